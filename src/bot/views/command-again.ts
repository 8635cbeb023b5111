import type { Operation } from '../../cluster/operation.ts';

/** What to type to ask for the same again: as it was typed, or what a form or a button stands for. */
export function commandAgain({
  wish,
  cluster,
  requester,
}: Pick<Operation, 'wish' | 'cluster' | 'requester'>): string {
  const { text } = requester;
  const isTyped = text.startsWith('/') && !/ \((form|home)\)$/.test(text);
  if (isTyped && !/[`…\r\n]/.test(text)) return text;
  if (wish.kind === 'create') return `/ams create-cluster ${cluster}`;
  if (wish.kind === 'destroy') return `/ams destroy-cluster ${cluster}`;
  if (wish.kind === 'repair') return `/ams repair ${cluster}`;
  if (wish.kind === 'rollback') return `/ams rollback ${wish.of}`;
  const { amount, role, withLimits } = wish;
  const number = 'set' in amount ? String(amount.set) : `${amount.add > 0 ? '+' : ''}${amount.add}`;
  return `/ams scale ${role} ${number} ${cluster}${withLimits ? ' --with-limits' : ''}`;
}
