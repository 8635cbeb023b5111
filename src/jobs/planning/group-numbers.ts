import { ROLES } from '../../cluster/names.ts';
import type { GroupNumbers } from '../../cluster/operation.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Observed } from './planner.ts';
import type { SeenScalingGroup } from '../resources/scaling-group-diff.ts';

/** The numbers of a group as Auto Scaling has them; undefined when there is no such group. */
export function numbersOf(observed: Observed, role: string): GroupNumbers | undefined {
  const group = (observed.get('scaling-group') ?? []).find((one) => one.part === `scaling-group-${role}`);
  if (!group) return undefined;
  const seen = group.seen as Pick<
    SeenScalingGroup,
    'minSize' | 'maxSize' | 'desiredCapacity' | 'totalCapacity'
  >;
  return {
    min: seen.minSize,
    max: seen.maxSize,
    desired: seen.desiredCapacity ?? seen.totalCapacity,
  };
}

/**
 * The spec with the numbers of both groups as the cloud has them now, so that no plan takes back what auto-scaling or a
 * person decided meanwhile.
 */
export function withNumbersOfNow(spec: ClusterSpec, observed: Observed): ClusterSpec {
  const groups = { ...spec };
  for (const role of ROLES) {
    const now = numbersOf(observed, role);
    if (now) groups[role] = { ...spec[role], ...now };
  }
  return groups;
}
