import { AsyncLocalStorage } from 'node:async_hooks';

/** Asked right before a request that changes something is sent; rejects when it must not be sent any more. */
export type Leave = () => Promise<void>;

const current = new AsyncLocalStorage<Leave>();

/** Carries what a {@link Leave} rejected with past the places that judge the cloud's own errors. */
export class NoLeave extends Error {
  override readonly name = 'NoLeave';
}

/**
 * Runs work whose changes in the cloud each need leave. A process may be frozen between its look and its change; when
 * it wakes, somebody else may have done the work, and gone on.
 */
export function withLeave<Result>(leave: Leave, work: () => Promise<Result>): Promise<Result> {
  return current.run(leave, work);
}

/** Asks whoever runs the present work; free where nobody set a condition. @throws NoLeave with the cause */
export async function askLeave(): Promise<void> {
  try {
    await current.getStore()?.();
  } catch (cause) {
    throw new NoLeave('not any more', { cause });
  }
}
