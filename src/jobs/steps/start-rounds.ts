import { patienceMs } from '../patience.ts';

/** Who comes so soon after the first is looked at in the same round, unscaled. */
const ROUND_MS = 1_000;
/** Who comes so long after his round is looked at alone, unscaled: what it read is too old to start by. */
const OVER_MS = 30_000;
/** However fast time goes: as long a busy computer may take for those of a round. */
const LEAST_OVER_MS = 5_000;

/** Operations that are looked at together before they start. Moments are of the clock that it is given. */
export interface StartRound {
  /** Nobody of it is looked at before: answers from then on serve all. */
  readonly at: number;
  readonly size: number;
}

/**
 * Where many operations start, and a list of all clusters has more pages than there are operations looked at at a time,
 * each of them would list alone. They wait for a common moment instead, so that one list serves them all.
 */
export class StartRounds {
  readonly #timeScale: number;
  readonly #now: () => number;
  readonly #roundOf = new Map<string, { at: number; size: number }>();
  /** When those came who came within the time of a round, the first of them first. */
  readonly #arrivals: number[] = [];
  #next = { at: Number.NEGATIVE_INFINITY, size: 0 };

  constructor(timeScale: number, now: () => number) {
    this.#timeScale = timeScale;
    this.#now = now;
  }

  /**
   * How long an operation waits for its round, whole milliseconds; 0: it is looked at now.
   * @param isWorthIt where it is not in a round yet: whether there is to be one, as so many came within the time of one
   */
  holdMs(operation: string, isWorthIt: (arrivals: number) => boolean): number {
    const now = this.#now();
    this.#forgetOver(now);
    if (!this.#roundOf.has(operation)) {
      if (!isWorthIt(this.#arrived(now))) return 0;
      if (this.#next.at <= now) this.#next = { at: now + ROUND_MS * this.#timeScale, size: 0 };
      this.#next.size += 1;
      this.#roundOf.set(operation, this.#next);
    }
    return Math.max(0, Math.ceil((this.#roundOf.get(operation)?.at ?? now) - now));
  }

  #arrived(now: number): number {
    this.#arrivals.push(now);
    while ((this.#arrivals[0] ?? now) < now - ROUND_MS * this.#timeScale) this.#arrivals.shift();
    return this.#arrivals.length;
  }

  /** The round of an operation that is looked at now. */
  take(operation: string): StartRound | undefined {
    this.#forgetOver(this.#now());
    const round = this.#roundOf.get(operation);
    this.#roundOf.delete(operation);
    return round;
  }

  /** What was begun before now proves nothing any more. */
  forget(): void {
    this.#roundOf.clear();
    this.#next = { at: Number.NEGATIVE_INFINITY, size: 0 };
  }

  #forgetOver(now: number): void {
    const overMs = patienceMs(OVER_MS, this.#timeScale, LEAST_OVER_MS);
    for (const [operation, { at }] of this.#roundOf) {
      if (at >= now - overMs) break;
      this.#roundOf.delete(operation);
    }
  }
}
