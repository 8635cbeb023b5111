import type { Log } from './log.ts';

/** The same trouble is logged so often at most: while Redis is away each connection is tried five times a second. */
const AGAIN_MS = 30_000;
/** Texts that are remembered at a time. */
const MOST_KEPT = 100;

/** Logs an error as trouble with `what`, unless the same was logged a moment ago. */
export type TroubleLog = (what: string, error: Error) => void;

export function troubleLog(log: Log, now: () => number = () => performance.now()): TroubleLog {
  const logged = new Map<string, number>();
  return (what, error) => {
    const words = wordsOf(error);
    const key = `${what} ${words}`;
    if (now() - (logged.get(key) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return;
    if (logged.size >= MOST_KEPT) logged.clear();
    logged.set(key, now());
    log.warn({ error: words }, `${what} trouble`);
  };
}

/** Where a name has several addresses, of which none answers, Node says nothing but a code. */
function wordsOf(error: Error & { readonly code?: unknown }): string {
  if (error.message !== '') return error.message;
  return typeof error.code === 'string' ? error.code : error.name;
}
