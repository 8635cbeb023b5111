/** Shares equal reads: those under way at the same moment, and answers up to an age. */
export interface ReadCache {
  /**
   * The answer of an equal read that is under way or young enough, else that of `load`. Answers are shared: never
   * change them.
   * @param scope product and region; a write in it ends the sharing of all reads begun before
   */
  read(scope: string, key: string, load: () => Promise<unknown>): Promise<unknown>;
  /** Runs a write; reads that began before its end are not given to anybody who asks after it. */
  write(scope: string, run: () => Promise<unknown>): Promise<unknown>;
}

/** Most answers that are kept at a time. */
const MOST_KEPT = 500;

/**
 * Makes a cache. A find that follows a create must see it, so a write cuts its scope off from everything read before
 * it began and before it ended.
 * @param maxAgeMs how old an answer may be, milliseconds; 0 shares only what is under way
 */
export function createReadCache(maxAgeMs: number, now: () => number = () => performance.now()): ReadCache {
  const kept = new Map<string, { readonly answer: Promise<unknown>; readonly startedAt: number }>();
  const writes = new Map<string, number>();
  const cut = (scope: string): unknown => writes.set(scope, (writes.get(scope) ?? 0) + 1);
  return {
    read(scope, key, load) {
      const full = `${scope} ${writes.get(scope) ?? 0} ${key}`;
      const found = kept.get(full);
      if (found && (found.startedAt === Number.POSITIVE_INFINITY || now() - found.startedAt <= maxAgeMs))
        return found.answer;
      const startedAt = now();
      const answer = load();
      const forget = (): void => {
        if (kept.get(full)?.answer === answer) kept.delete(full);
      };
      kept.set(full, { answer, startedAt: Number.POSITIVE_INFINITY });
      const settle = (): void => {
        forget();
        if (maxAgeMs > 0) keep(kept, full, { answer, startedAt });
      };
      answer.then(settle, forget);
      return answer;
    },
    async write(scope, run) {
      cut(scope);
      try {
        return await run();
      } finally {
        cut(scope);
      }
    },
  };
}

function keep<Value>(kept: Map<string, Value>, key: string, value: Value): void {
  kept.set(key, value);
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) return;
    kept.delete(oldest);
  }
}
