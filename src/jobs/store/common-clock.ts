/** Clocks that differ by less than this are taken to agree, milliseconds. */
const AGREE_MS = 5_000;

/** That of this process, which goes on evenly when somebody sets the clock of its machine. */
function steady(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Tells the time of Redis' clock, which workers on all machines have in common. One after the other they may visit a
 * step: times that they leave each other have to be of one clock.
 */
export class CommonClock {
  readonly #now: () => number;
  #aheadMs = 0;

  /** @param now the clock of this process */
  constructor(now: () => number = steady) {
    this.#now = now;
  }

  /** What time it is, milliseconds since 1970. */
  now(): number {
    return Math.round(this.#now() - this.aheadMs);
  }

  /** How far the clock of this process is ahead, milliseconds; 0 where the clocks agree. */
  get aheadMs(): number {
    return Math.abs(this.#aheadMs) < AGREE_MS ? 0 : this.#aheadMs;
  }

  /**
   * Right before Redis is asked something.
   * @returns takes the time that Redis told in its answer, as soon as that is there; milliseconds since 1970
   */
  asking(): (toldAt: number) => void {
    const askedAt = this.#now();
    return (toldAt) => {
      // What is known by now holds as far as the answer allows: one that took long says little.
      const least = askedAt - toldAt;
      const most = this.#now() - toldAt;
      this.#aheadMs = Math.min(Math.max(this.#aheadMs, least), most);
    };
  }
}
