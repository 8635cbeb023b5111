import { answersSince, countRead } from './answers.ts';

/** Shares the answers of equal reads among all work of a process. */
export interface ReadCache {
  /**
   * The answer of an equal read that is new enough for the present work (see `withAnswersSince`), done, under way or
   * about to begin, else that of `load`. Answers are shared: never change them.
   */
  read(key: string, load: () => Promise<unknown>): Promise<unknown>;
}

/** Most answers that are kept at a time; the least lately asked for go first. */
const MOST_KEPT = 500;

interface Kept {
  readonly answer: Promise<unknown>;
  /** Infinity until it begins, and so after whatever asks for it now. */
  beganAt: number;
  isOver: boolean;
}

/**
 * Makes a cache. What others change does not end the sharing: each work says itself from when on answers serve it. Work
 * that says nothing gets an answer of its own. Of equal reads one is under way at a time: who needs a newer one waits
 * for its end, together with all others who do.
 */
export function createReadCache(now: () => number = () => performance.now()): ReadCache {
  const kept = new Map<string, Kept>();

  function begin(key: string, load: () => Promise<unknown>, before: Kept | undefined): Promise<unknown> {
    countRead();
    const start = (): Promise<unknown> => {
      one.beganAt = now();
      return load();
    };
    const answer =
      before === undefined || before.isOver
        ? Promise.resolve().then(start)
        : before.answer.then(start, start);
    const one: Kept = { answer, beganAt: Number.POSITIVE_INFINITY, isOver: false };
    kept.delete(key);
    kept.set(key, one);
    answer.then(
      () => (one.isOver = true),
      () => {
        one.isOver = true;
        if (kept.get(key) === one) kept.delete(key);
      },
    );
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_KEPT) break;
      kept.delete(oldest);
    }
    return answer;
  }

  return {
    read(key, load) {
      const since = answersSince();
      const found = kept.get(key);
      if (since === undefined) return begin(key, load, undefined);
      if (found && found.beganAt >= since) return found.answer;
      return begin(key, load, found);
    },
  };
}
