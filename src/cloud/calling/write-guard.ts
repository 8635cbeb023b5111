import { AsyncLocalStorage } from 'node:async_hooks';

/** Asked right before a request that changes something is sent; rejects when it must not be sent any more. */
export type WriteGuard = () => Promise<void>;

const current = new AsyncLocalStorage<WriteGuard>();

/** Carries what a {@link WriteGuard} rejected with past the places that judge the cloud's own errors. */
export class WriteForbidden extends Error {
  override readonly name = 'WriteForbidden';
}

/**
 * Runs work that may change the cloud only as long as its guard resolves. A process may be frozen between its look and
 * its change; when it wakes, somebody else may have done the work, and gone on.
 */
export function withWriteGuard<Result>(guard: WriteGuard, work: () => Promise<Result>): Promise<Result> {
  return current.run(guard, work);
}

/** Asks the guard of the present work; resolves where it has none. @throws WriteForbidden with the cause */
export async function checkWriteAllowed(): Promise<void> {
  try {
    await current.getStore()?.();
  } catch (cause) {
    throw new WriteForbidden('not any more', { cause });
  }
}
