import { answersSince, countRead } from './answers.ts';

/** Shares the answers of equal reads among all work of a process. */
export interface ReadCache {
  /**
   * The answer of an equal read that is new enough for the present work (see `withAnswersSince`), done, under way or
   * about to begin, else that of `load`. Answers are shared: never change them.
   */
  read(key: string, load: () => Promise<unknown>): Promise<unknown>;
}

/**
 * Answers are kept until together they weigh more than this, each as much as the rows in it and one more; the least
 * lately read go first. It is enough for what a thousand clusters are looked at by before their operations start, which
 * their steps go by as well.
 */
const MOST_WEIGHT = 30_000;

interface Kept {
  /** Undefined once it is over: a promise holds on to all that the work which made it knew (AsyncLocalStorage). */
  underWay: Promise<unknown> | undefined;
  /** What was answered, once it is over. */
  said: unknown;
  weight: number;
  /** Infinity until it begins, and so after whatever asks for it now. */
  beganAt: number;
}

/**
 * Makes a cache. What others change does not end the sharing: each work says itself from when on answers serve it. Work
 * that says nothing gets an answer of its own. Of equal reads one is under way at a time: who needs a newer one waits
 * for its end, together with all others who do.
 */
export function createReadCache(now: () => number = () => performance.now()): ReadCache {
  const kept = new Map<string, Kept>();
  let weight = 0;

  function drop(key: string): void {
    weight -= kept.get(key)?.weight ?? 0;
    kept.delete(key);
  }

  function end(key: string, one: Kept, said: unknown): void {
    one.underWay = undefined;
    one.said = said;
    if (kept.get(key) !== one) return;
    const rows = rowsOf(said);
    one.weight += rows;
    weight += rows;
  }

  function begin(key: string, load: () => Promise<unknown>, before: Kept | undefined): Promise<unknown> {
    countRead();
    const start = (): Promise<unknown> => {
      one.beganAt = now();
      return load();
    };
    const answer = before?.underWay?.then(start, start) ?? Promise.resolve().then(start);
    const one: Kept = { underWay: answer, said: undefined, weight: 1, beganAt: Number.POSITIVE_INFINITY };
    drop(key);
    kept.set(key, one);
    weight += one.weight;
    answer.then(
      (said) => end(key, one, said),
      () => {
        one.underWay = undefined;
        if (kept.get(key) === one) drop(key);
      },
    );
    for (const oldest of kept.keys()) {
      if (weight <= MOST_WEIGHT) break;
      drop(oldest);
    }
    return answer;
  }

  return {
    read(key, load) {
      const since = answersSince();
      const found = kept.get(key);
      if (since === undefined) return begin(key, load, undefined);
      if (found && found.beganAt >= since) return found.underWay ?? Promise.resolve(found.said);
      return begin(key, load, found);
    },
  };
}

/** The rows of an answer with a list, which some products put one level deeper than others. */
function rowsOf(answer: unknown, depth = 3): number {
  if (Array.isArray(answer)) return answer.length;
  if (depth === 0 || typeof answer !== 'object' || answer === null) return 0;
  return Object.values(answer).reduce<number>((sum, part) => sum + rowsOf(part, depth - 1), 0);
}
