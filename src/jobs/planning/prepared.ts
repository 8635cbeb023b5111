import type { Problem } from '../../cluster/errors.ts';
import type { GroupNumbers, Operation } from '../../cluster/operation.ts';
import { ROLES } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import { planDigest } from '../../cluster/plan.ts';
import type { Plan, StepAction } from '../../cluster/plan.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Observing } from '../resource.ts';
import type { Store } from '../store/store.ts';
import type { Tools } from '../steps/step-context.ts';

/** A plan to approve. */
export interface ReadyPlan {
  readonly problems: readonly [];
  readonly regionId: string;
  readonly spec: ClusterSpec | undefined;
  readonly plan: Plan;
  readonly digest: string;
  /** Numbers of the group that the plan changes, as they are now. */
  readonly before?: GroupNumbers;
}

/** What planning found: a plan to approve, or all that is wrong. */
export type Prepared = { readonly problems: readonly Problem[] } | ReadyPlan;

export interface PrepareParts {
  readonly tools: Tools;
  readonly store: Store;
  readonly signal: AbortSignal;
  /** To list by, where many clusters are looked at at the same time: see `Observing`. */
  readonly tags?: Observing['tags'];
}

/** A plan with the digest that its approval is bound to. */
export function readyPlan(
  operation: Operation,
  regionId: string,
  spec: ClusterSpec | undefined,
  plan: Plan,
): ReadyPlan {
  const { cluster, wish } = operation;
  const digest = planDigest(
    { cluster, regionId, wish, spec: spec && withoutOthersNumbers(spec, plan, wish) },
    plan,
  );
  return { problems: [], regionId, spec, plan, digest };
}

/**
 * Numbers that the plan leaves alone are no part of what is approved: auto-scaling moves them all the time. A repair
 * takes over those of a group only where it makes it anew.
 */
function withoutOthersNumbers(spec: ClusterSpec, { steps }: Plan, { kind }: Operation['wish']): unknown {
  const leaves: readonly StepAction[] = kind === 'repair' ? ['check', 'update'] : ['check'];
  const isChanged = (role: Role): boolean =>
    steps.some(({ part, action }) => part === `scaling-group-${role}` && !leaves.includes(action));
  const groups = ROLES.filter((role) => !isChanged(role)).map((role) => {
    const { min: _min, max: _max, desired: _desired, ...rest } = spec[role];
    return [role, rest] as const;
  });
  return { ...spec, ...Object.fromEntries(groups) };
}

/** A refusal before anybody is asked. */
export function refused(code: string, message: string, hint: string): Prepared {
  return { problems: [{ code, message, hint }] };
}
