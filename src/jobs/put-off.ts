/** Clocks that differ by less than this are taken to agree, real milliseconds. */
export const AHEAD_MS = 5_000;

/** A schedule: when it comes next, milliseconds since 1970, and how often. */
interface Schedule {
  readonly next?: number;
  readonly every?: number;
}

/**
 * Finds schedules that a clock has put off which is ahead, and that nobody moves on. As long as the machine of that
 * clock lives they go on by it: begun anew they would come twice, and be put off again.
 */
export class PutOff {
  readonly #now: () => number;
  readonly #steady: () => number;
  /** Schedules that are far off: when each comes next, and since when it stands there. */
  readonly #seen = new Map<string, { readonly next: number; readonly since: number }>();

  /** @param clocks that of this machine, and one that nobody sets */
  constructor(
    clocks: { readonly now: () => number; readonly steady: () => number } = {
      now: () => Date.now(),
      steady: () => performance.now(),
    },
  ) {
    this.#now = clocks.now;
    this.#steady = clocks.steady;
  }

  /**
   * Whether the time of a schedule before the next is yet to come, by more than an interval and than clocks may differ,
   * and whether it has stood so for an interval.
   * @param earlyMs a look may come so much too early
   */
  isLeft(name: string, { next = 0, every = 0 }: Schedule, earlyMs: number): boolean {
    if (next - every - this.#now() <= Math.max(every, AHEAD_MS)) return false;
    const before = this.#seen.get(name);
    const now = this.#steady();
    const since = before?.next === next ? before.since : now;
    this.#seen.set(name, { next, since });
    return now - since > every - earlyMs;
  }
}
