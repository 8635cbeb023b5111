import type { StepRecord } from '../../cluster/operation.ts';

/** The epoch of a step's ClientToken is part of its memory, under this key. */
export const TOKEN_EPOCH = 'tokenEpoch';

/**
 * Of one that somebody lets go on by Retry: what it remembers stays, and when the cloud last said yes, since lists may
 * not show yet what it made then. What the cloud has refused is asked for by a new ClientToken, since an old one may get
 * the old answer again. Not where time ran out: then an answer may be under way.
 */
export function reopenedRecord({ state, problem, memory, notes, changedAt }: StepRecord): StepRecord {
  const isRefused = state === 'failed' && problem?.code !== 'deadline';
  const epoch = Number(memory?.[TOKEN_EPOCH] ?? 0);
  const kept = isRefused ? { ...memory, [TOKEN_EPOCH]: epoch + 1 } : memory;
  return {
    state: 'pending',
    ...(kept ? { memory: kept } : {}),
    ...(notes ? { notes } : {}),
    ...(changedAt === undefined ? {} : { changedAt }),
  };
}
