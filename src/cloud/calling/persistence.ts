import { AsyncLocalStorage } from 'node:async_hooks';
import { CloudError } from '../errors.ts';
import { pause } from './pause.ts';

/** Troubles of the way and of the moment: the same read may well be answered a little later. */
const PASSES: ReadonlySet<CloudError['errorClass']> = new Set(['throttled', 'server', 'network']);

/** How often and how long a read that failed is made again, within the work that needs it. */
export interface Persistence {
  /** How often at most a read is made again. */
  readonly most: number;
  /** Nothing is made again after this moment, by `performance.now()`. */
  readonly until: number;
  /** How long to wait, milliseconds, before making a read again that failed so many times before, 0 or more. */
  readonly delayMs: (error: CloudError, attempt: number) => number;
  /** Ends the waiting: the read then fails as it did. */
  readonly signal: AbortSignal;
}

const current = new AsyncLocalStorage<Persistence>();

/**
 * Runs work of many reads, of which a throttled or an unanswered one is made again by itself: to begin the whole anew
 * would ask for everything that was answered once more, and meet the limit again.
 */
export function withPersistence<Result>(how: Persistence, work: () => Promise<Result>): Promise<Result> {
  return current.run(how, work);
}

/** Makes a read, again while the present work's {@link Persistence} says so. @throws CloudError */
export async function persistently<Answer>(read: () => Promise<Answer>): Promise<Answer> {
  const how = current.getStore();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      if (!how || !(error instanceof CloudError) || !PASSES.has(error.errorClass)) throw error;
      const delayMs = how.delayMs(error, attempt);
      if (attempt >= how.most || how.signal.aborted || performance.now() + delayMs > how.until) throw error;
      await pause(delayMs, how.signal);
      if (how.signal.aborted) throw error;
    }
  }
}
