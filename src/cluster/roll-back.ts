import { RefusedError } from './errors.ts';
import type { Operation } from './operation.ts';

/**
 * A roll back undoes the last change of a cluster, once, and only one that did not end well: what succeeded is changed
 * by another wish, and below a later change nothing can be pulled away.
 * @param others operations of the same cluster, in any order
 * @throws RefusedError with one sentence and what to do instead
 */
export function checkMayRollBack(operation: Operation, others: readonly Operation[]): void {
  const { id, cluster, wish, state } = operation;
  if (wish.kind === 'rollback')
    throw new RefusedError(
      `${id} is a roll back itself.`,
      `\`/ams retry ${id}\` carries it on; a fresh plan is \`/ams rollback ${wish.of}\`.`,
    );
  if (state === 'running' || state === 'approved')
    throw new RefusedError(
      `${id} is ${state === 'running' ? 'running' : 'about to start'}.`,
      `Stop it first: \`/ams cancel ${id}\`.`,
    );
  if (operation.startedAt === undefined)
    throw new RefusedError(
      `${id} never began (${state}), so there is nothing to roll back.`,
      `\`/ams ops ${cluster}\` lists the operations of ${cluster}.`,
    );
  if (wish.kind === 'destroy')
    throw new RefusedError(
      `${id} is a removal: what it removed is gone and cannot be brought back.`,
      state === 'succeeded'
        ? `\`/ams create-cluster ${cluster}\` makes it anew.`
        : `\`/ams retry ${id}\` carries it on.`,
    );
  if (state === 'succeeded')
    throw new RefusedError(`${id} succeeded, so there is nothing to roll back.`, instead(operation));
  const done = others.find((one) => isRollBackOf(one, id) && one.state === 'succeeded');
  if (done)
    throw new RefusedError(`${id} was rolled back already, by ${done.id}.`, `\`/ams status ${cluster}\``);
  const later = laterChange(operation, others);
  if (later)
    throw new RefusedError(
      `${later.id} has changed ${cluster} since ${id}, so ${id} cannot be rolled back any more.`,
      later.state === 'failed' || later.state === 'cancelled'
        ? `Roll that one back first: \`/ams rollback ${later.id}\`.`
        : `Look at it with \`/ams status ${cluster}\`, then scale, repair or remove it.`,
    );
}

/**
 * The operation that began to change the cluster after this one, unless it was undone. A roll back counts where it
 * takes back what came before: that pulls away what this one builds on.
 */
export function laterChange(operation: Operation, others: readonly Operation[]): Operation | undefined {
  const undone = new Set(
    others.flatMap((one) => (one.wish.kind === 'rollback' && one.state === 'succeeded' ? [one.wish.of] : [])),
  );
  const later = others.filter((one) => one.id !== operation.id && one.createdAt > operation.createdAt);
  const own = operation.wish.kind === 'rollback' ? operation.wish.of : operation.id;
  const harmless = new Set([own, ...later.map(({ id }) => id)]);
  return later.find(
    ({ id, wish, startedAt }) =>
      startedAt !== undefined && (wish.kind === 'rollback' ? !harmless.has(wish.of) : !undone.has(id)),
  );
}

function isRollBackOf(one: Operation, id: string): boolean {
  return one.wish.kind === 'rollback' && one.wish.of === id;
}

/** What changes a cluster whose last change went well. */
function instead({ cluster, wish, before }: Operation): string {
  if (wish.kind === 'create') return `\`/ams destroy-cluster ${cluster}\` removes it.`;
  if (wish.kind === 'scale' && before)
    return `\`/ams scale ${wish.role} ${before.desired} ${cluster}\` brings back the number before.`;
  return `\`/ams status ${cluster}\` shows how it is.`;
}
