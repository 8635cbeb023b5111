import type { Operation } from './operation.ts';
import { removesCluster } from './plan.ts';

/**
 * The operation that ended what an operation's first password was for: it began later, on the same cluster, and removed
 * it or makes a first administrator of its own. The password that is kept by then is for whoever asked for that one.
 * @param others operations of the same cluster, in any order
 */
export function laterOwner(operation: Operation, others: readonly Operation[]): Operation | undefined {
  return others.find(
    (one) =>
      one.id !== operation.id &&
      one.startedAt !== undefined &&
      one.createdAt > operation.createdAt &&
      (makesAdmin(one) || (one.state === 'succeeded' && removesCluster(one.plan))),
  );
}

/** By its plan, so that it holds as soon as the operation begins, and by what it told. */
function makesAdmin({ plan, outcome }: Operation): boolean {
  return outcome?.adminSecret !== undefined || (plan?.steps.some((step) => step.kind === 'admin') ?? false);
}
