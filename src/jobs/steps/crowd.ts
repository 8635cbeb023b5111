import { MANAGED_BY, TAG } from '../../cluster/names.ts';
import { StartRounds } from './start-rounds.ts';

/** Reads a second, unscaled, that looks at waiting things may cost in a region, however many wait. */
const READS_A_SECOND = 3;
/** Each wait that ends allows for so many reads: the one that it takes, and one in vain. */
const READS_A_WAIT = 2;
/** So many may come at once before that: a few operations never notice it. */
const BURST = 30;
/** A look is never held back for longer than this, unscaled. */
const LONGEST_HOLD_MS = 20_000;
/** An operation that no step of was visited for this long no longer counts as waiting, unscaled. */
const FORGET_MS = 60_000;
/** A list of all clusters is read when so many operations at least wait, and not fewer looks are due than it has pages. */
const LEAST_CROWD = 3;
/** From so many operations on, a look that comes too early is one that others lack. */
const MANY = 30;
/** Of those so many look early nevertheless: else nobody would see that waits have become shorter. */
const SCOUTS = 0.2;

/** To list by. */
export type ListTags = Readonly<Record<string, string>>;
const ALL_CLUSTERS: ListTags = { [TAG.managed]: MANAGED_BY };

/** A step that waits. */
export interface Waiter {
  readonly operation: string;
  readonly step: { readonly id: string; readonly kind: string };
}

/** Steps of one kind that wait: they read the same lists. */
interface Kind {
  /** When each of them looks again, by operation and step. */
  readonly due: Map<string, number>;
  /** Pages that a look at all clusters took. */
  pages: number;
  /** When the last such look began: it serves all that were due before. */
  togetherAt: number;
}

/**
 * Those of this process that wait for things in one region. The more they are, the more they read together: one list of
 * all clusters instead of one each where that costs less, and in rounds, so that their reads stay within a rate.
 */
export class Crowd {
  readonly #timeScale: number;
  readonly #now: () => number;
  readonly #operations = new Map<string, number>();
  readonly #kinds = new Map<string, Kind>();
  /** Operations that are looked at right now, before they start. */
  #starting = 0;
  readonly #rounds: StartRounds;
  /** Pages of the longest list of all clusters that one of them went through last. */
  #startPages = 0;
  /** When the reads made so far are paid for, at the rate. */
  #paidAt = 0;
  /** When the round began whose answers serve those who were due before it. */
  #roundAt = 0;

  constructor(timeScale: number, now: () => number) {
    this.#timeScale = timeScale;
    this.#now = now;
    this.#rounds = new StartRounds(timeScale, now);
  }

  /** A step waits here and looks again at `dueAt`. */
  waits(waiter: Waiter, dueAt: number): void {
    this.#note(waiter);
    const { due } = this.#kind(waiter);
    const key = keyOf(waiter);
    due.delete(key);
    due.set(key, dueAt);
    for (const [oldest, at] of due) {
      if (at >= this.#forgottenAt()) break;
      due.delete(oldest);
    }
  }

  /**
   * A step looks again.
   * @param isLikelyGone at whether something is gone, which is likely by now: what a list of all clusters lacks has to be
   *   looked for alone all the same
   * @returns the tags to list by: those of all clusters where that costs less, else undefined
   */
  looks(waiter: Waiter, isLikelyGone = false): ListTags | undefined {
    const now = this.#now();
    this.#note(waiter);
    const kind = this.#kind(waiter);
    const dueAt = kind.due.get(keyOf(waiter)) ?? now;
    kind.due.delete(keyOf(waiter));
    if (isLikelyGone || this.#operations.size < LEAST_CROWD) return undefined;
    if (dueAt <= kind.togetherAt) return ALL_CLUSTERS;
    if (!this.#fillsPages(kind, now)) return undefined;
    kind.togetherAt = now;
    return ALL_CLUSTERS;
  }

  /** Whether as many looks are due, with the one that comes now, as a list of all has pages: no more are counted. */
  #fillsPages({ due, pages }: Kind, now: number): boolean {
    const forgottenAt = this.#forgottenAt();
    let count = 1;
    for (const at of due.values()) {
      if (count >= pages) break;
      if (at <= now && at >= forgottenAt) count += 1;
    }
    return count >= pages;
  }

  /** How long an operation that is to start waits to be looked at together with others, milliseconds; mostly 0. */
  holdStartMs(operation: string): number {
    const pages = this.#mostPages();
    // They may come one after the other, each looked at before the next one is there, and yet fill a round.
    const fillRound = (arrivals: number): boolean => pages > LEAST_CROWD && arrivals >= pages;
    return this.#rounds.holdMs(
      operation,
      (arrivals) => this.#starting < pages && (this.#starting >= LEAST_CROWD || fillRound(arrivals)),
    );
  }

  /**
   * Looks at an operation before it starts, by the tags of all clusters where many are looked at at the same time.
   * @param look is told from when on answers serve it, where that is not from now on
   */
  async starting<Result>(
    operation: string,
    look: (tags: ListTags | undefined, since: number | undefined) => Promise<Result>,
  ): Promise<Result> {
    this.#starting += 1;
    try {
      const least = Math.max(LEAST_CROWD, this.#mostPages());
      const round = this.#rounds.take(operation);
      if (round !== undefined && round.size >= least) return await look(ALL_CLUSTERS, round.at);
      return await look(this.#starting >= least ? ALL_CLUSTERS : undefined, undefined);
    } finally {
      this.#starting -= 1;
    }
  }

  /** A look before a start went through a list of all clusters with so many pages. */
  sawStartPages(pages: number): void {
    this.#startPages = pages;
  }

  /** Redis was out of sight: who is approved by what it says now may have started already. */
  forgetStarts(): void {
    this.#rounds.forget();
  }

  /** Pages of the longest list of all clusters. */
  #mostPages(): number {
    return Math.max(this.#startPages, ...[...this.#kinds.values()].map((kind) => kind.pages));
  }

  /**
   * Whether one of those who wait here best looks only once such a wait has been over before, so many are they.
   * @param random 0 to below 1: some look earlier nevertheless
   */
  isPatient(random: number): boolean {
    return this.#operations.size >= MANY && random >= SCOUTS;
  }

  /** How long a look that was due at `dueAt` has to wait for the next round, whole milliseconds; 0: it may come now. */
  holdMs(dueAt: number): number {
    if (dueAt <= this.#roundAt) return 0;
    return Math.max(0, Math.ceil(this.#freeAt() - this.#now()));
  }

  /** A look at all clusters went through a list of so many pages. */
  sawPages(waiter: Waiter, pages: number): void {
    // What is read of a cluster alone fits into one.
    if (pages > 1) this.#kind(waiter).pages = pages;
  }

  /** A look at something that still waits cost so many reads of its own. @param isWide it listed all clusters */
  spent(reads: number, beganAt: number, isWide: boolean): void {
    if (reads === 0) return;
    if (isWide && this.#freeAt() <= beganAt) this.#roundAt = Math.max(this.#roundAt, beganAt);
    const now = this.#now();
    const paidAt = Math.max(this.#paidAt, now) + (reads * 1_000 * this.#timeScale) / READS_A_SECOND;
    const latest = now + ((BURST * 1_000) / READS_A_SECOND + LONGEST_HOLD_MS) * this.#timeScale;
    this.#paidAt = Math.min(paidAt, latest);
  }

  /** A wait was over: the reads that waits take at the least are not held back. */
  earned(): void {
    this.#paidAt -= (READS_A_WAIT * 1_000 * this.#timeScale) / READS_A_SECOND;
  }

  #kind({ step: { kind } }: Waiter): Kind {
    const known = this.#kinds.get(kind) ?? { due: new Map(), pages: 0, togetherAt: Number.NEGATIVE_INFINITY };
    this.#kinds.set(kind, known);
    return known;
  }

  #note({ operation }: Waiter): void {
    this.#operations.delete(operation);
    this.#operations.set(operation, this.#now());
    for (const [oldest, at] of this.#operations) {
      if (at >= this.#forgottenAt()) break;
      this.#operations.delete(oldest);
    }
  }

  #forgottenAt(): number {
    return this.#now() - FORGET_MS * this.#timeScale;
  }

  #freeAt(): number {
    return this.#paidAt - (BURST * 1_000 * this.#timeScale) / READS_A_SECOND;
  }
}

function keyOf({ operation, step }: Waiter): string {
  return `${operation} ${step.id}`;
}
