import type { Operation, Wish } from '../../cluster/operation.ts';

type Wanted = Pick<Operation, 'wish' | 'cluster' | 'planOnly'>;

/** What to type to ask for the same again: as it was typed, or what a form or a button stands for. */
export function commandAgain(operation: Wanted & Pick<Operation, 'requester'>): string {
  const { text } = operation.requester;
  const isTyped = text.startsWith('/') && !/ \((form|home)\)$/.test(text);
  if (isTyped && !/[`…\r\n]/.test(text)) return text;
  return commandFor(operation);
}

/** The command that asks for this, of this cluster. */
export function commandFor({ wish, cluster, planOnly }: Wanted): string {
  return `/ams ${planOnly === true ? 'plan ' : ''}${wordsFor(wish, cluster)}`;
}

function wordsFor(wish: Wish, cluster: string): string {
  if (wish.kind === 'create') return `create-cluster ${cluster}`;
  if (wish.kind === 'destroy') return `destroy-cluster ${cluster}`;
  if (wish.kind === 'repair') return `repair ${cluster}`;
  if (wish.kind === 'rollback') return `rollback ${wish.of}`;
  const { amount, role, withLimits } = wish;
  const number = 'set' in amount ? String(amount.set) : `${amount.add > 0 ? '+' : ''}${amount.add}`;
  return `scale ${role} ${number} ${cluster}${withLimits ? ' --with-limits' : ''}`;
}
