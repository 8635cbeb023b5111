import type { Problem } from '../../cluster/errors.ts';
import type { GroupNumbers, Operation } from '../../cluster/operation.ts';
import { planDigest } from '../../cluster/plan.ts';
import type { Plan } from '../../cluster/plan.ts';
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
export function ready(
  operation: Operation,
  regionId: string,
  spec: ClusterSpec | undefined,
  plan: Plan,
): ReadyPlan {
  const digest = planDigest({ cluster: operation.cluster, regionId, wish: operation.wish, spec }, plan);
  return { problems: [], regionId, spec, plan, digest };
}

/** A refusal before anybody is asked. */
export function problem(code: string, message: string, hint: string): Prepared {
  return { problems: [{ code, message, hint }] };
}
