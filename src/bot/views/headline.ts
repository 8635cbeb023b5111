import type { Operation, Wish } from '../../cluster/operation.ts';

/** What an operation does, in a few words: `create cluster live`. */
export function headline(operation: Pick<Operation, 'cluster' | 'wish'>): string {
  return wishWords(operation.wish, operation.cluster);
}

function wishWords(wish: Wish, cluster: string): string {
  if (wish.kind === 'create') return `create cluster ${cluster}`;
  if (wish.kind === 'destroy') return `remove cluster ${cluster}`;
  if (wish.kind === 'repair') return `repair cluster ${cluster}`;
  if (wish.kind === 'rollback') return `roll back ${wish.of} of ${cluster}`;
  const { amount, role } = wish;
  if ('set' in amount) return `scale ${role} of ${cluster} to ${amount.set}`;
  return `scale ${role} of ${cluster} by ${amount.add > 0 ? '+' : ''}${amount.add}`;
}

/** The same with a capital letter, for the beginning of a sentence. */
export function sentence(operation: Pick<Operation, 'cluster' | 'wish'>): string {
  const words = headline(operation);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
