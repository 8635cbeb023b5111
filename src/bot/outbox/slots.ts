/** However many wait, each asks again after this: turns may become free sooner than was thought. Milliseconds. */
const LONGEST_MS = 20_000;

/**
 * Gives those who have to wait for a turn moments one after the other. If all asked again as soon as the next turn is
 * free, one would get it and the others would have worked for nothing, again and again.
 */
export class Slots {
  readonly #now: () => number;
  readonly #random: () => number;
  /** By queue, the last moment that was given away. */
  readonly #last = new Map<string, number>();

  constructor(now: () => number = Date.now, random: () => number = Math.random) {
    this.#now = now;
    this.#random = random;
  }

  /**
   * @param waitMs until the next turn is free
   * @param everyMs how often a turn becomes free
   * @returns how long to wait before asking again, milliseconds; never less than `waitMs`
   */
  after(queue: string, waitMs: number, everyMs: number): number {
    const now = this.#now();
    const slot = Math.max(now + waitMs, (this.#last.get(queue) ?? 0) + everyMs);
    // Beyond that order does not matter: who comes back first goes first.
    if (slot - now > LONGEST_MS) return Math.max(waitMs, LONGEST_MS * (0.75 + this.#random() / 4));
    if (this.#last.size > 1_000) this.#last.clear();
    this.#last.set(queue, slot);
    return Math.ceil(slot - now);
  }
}
