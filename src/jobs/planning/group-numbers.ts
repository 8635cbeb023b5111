import { ROLES } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import type { GroupNumbers } from '../../cluster/operation.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Observed } from './planner.ts';
import type { SeenScalingGroup } from '../resources/scaling-group-diff.ts';

/** The numbers of a group as Auto Scaling has them; undefined when there is no such group. */
export function numbersOf(observed: Observed, role: Role): GroupNumbers | undefined {
  const seen = seenGroup(observed, role);
  if (!seen) return undefined;
  return {
    min: seen.minSize,
    max: seen.maxSize,
    desired: seen.desiredCapacity ?? seen.totalCapacity,
  };
}

/**
 * How many nodes a group comes to by itself: those that it wants, which Auto Scaling sees to; where that has stopped
 * (disabled or suspended by somebody, or after a week of failures) those that are there. 0 without a group.
 */
export function nodesByItself(observed: Observed, role: Role): number {
  const seen = seenGroup(observed, role);
  if (seen === undefined || seen.lifecycleState === 'Deleting') return 0;
  return isStopped(seen) ? seen.totalCapacity : (seen.desiredCapacity ?? seen.totalCapacity);
}

/** What is to be known of waking groups that had stopped, in sentences by part: nodes start or go with that. */
export function wakingWords(observed: Observed): ReadonlyMap<string, readonly string[]> {
  const words = ROLES.flatMap((role) => {
    const seen = seenGroup(observed, role);
    if (seen === undefined || !isStopped(seen)) return [];
    const { desiredCapacity: wanted = seen.totalCapacity, totalCapacity: there } = seen;
    if (wanted === there) return [];
    const what = wanted > there ? `${wanted - there} more will be started` : `${there - wanted} will go`;
    return [
      [
        `scaling-group-${role}`,
        [`${role} group: it wants ${wanted} node${wanted === 1 ? '' : 's'} and has ${there}: ${what}`],
      ] as const,
    ];
  });
  return new Map(words);
}

/** Auto Scaling does not bring it to the number that it wants until it is enabled, changed or resumed. */
function isStopped(seen: SeenScalingGroup): boolean {
  if (seen.lifecycleState === 'Inactive' || seen.suspended) return true;
  const { desiredCapacity: wanted, totalCapacity: there } = seen;
  if (wanted === undefined || wanted === there) return false;
  return seen.suspendedProcesses.includes(wanted > there ? 'ScaleOut' : 'ScaleIn');
}

function seenGroup(observed: Observed, role: Role): SeenScalingGroup | undefined {
  const group = (observed.get('scaling-group') ?? []).find((one) => one.part === `scaling-group-${role}`);
  return group?.seen as SeenScalingGroup | undefined;
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
