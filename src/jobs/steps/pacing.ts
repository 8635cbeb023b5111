import type { StepRecord, StepWait, Wish } from '../../cluster/operation.ts';
import { surelyOver } from './learned-waits.ts';
import type { LearnedWaits, SeenWait } from './learned-waits.ts';
import { nextLook } from './next-look.ts';
import type { Usual } from './next-look.ts';

/** However sure the moment is, people want to hear of trouble: a look this often, unscaled. */
const LONGEST_PAUSE_MS = 180_000;
/** Earlier refusals that lasted longer than this do not put a removal off: it is asked for at once, unscaled. */
export const MOST_AHEAD_MS = 15_000;
/** What was refused is asked for again after this at the latest: what held others for long need not hold this one. */
const LONGEST_REFUSED_MS = 20_000;
/** The longest pause while something is being removed: nothing can go wrong that people need to hear. */
const LONGEST_GOING_MS = 600_000;
/** Looks at what nothing is known of come at common moments, so much of their pause apart at most: they share what they read. */
const BEAT = 0.25;
/** and no further apart than this, unscaled. */
const MOST_BEAT_MS = 600;
/** Operations: the same wait in one of another kind tells how long it usually is, */
const OPERATIONS: readonly Wish['kind'][] = ['create', 'scale', 'repair', 'rollback', 'destroy'];
/** as long as fewer than this were seen in its own. */
const ENOUGH = 4;
/** So many of its own say nothing against it. */
const UNPROVEN = 2;

export interface PacingParts {
  /** Without it every wait has its usual interval. */
  readonly learned: LearnedWaits | undefined;
  readonly timeScale: number;
  readonly now: () => number;
}

/** Decides when a waiting step looks again, from how long earlier waits of its kind took in its region. */
export class Pacing {
  readonly #parts: PacingParts;

  constructor(parts: PacingParts) {
    this.#parts = parts;
  }

  /**
   * The pause after a visit that found its step still waiting.
   * @param visit `kind` names what is waited for; undefined where the number of looks counts. `lookedAt`: when the
   *   visit began
   * @returns real milliseconds, and what the step's record keeps of the wait
   */
  async pause(
    regionId: string,
    record: StepRecord,
    visit: Usual & {
      readonly kind: string | undefined;
      readonly lookedAt: number;
      /** When the wait began, where it was before this visit. */
      readonly since?: number | undefined;
      /** `since` is merely the earliest moment at which it may have begun. */
      readonly isAdopted?: boolean;
      /** When somebody let the operation go on: how long what began before has taken since, nobody knows. */
      readonly notBefore?: number | undefined;
    },
  ): Promise<{ readonly ms: number; readonly wait: StepWait | undefined }> {
    const { learned, timeScale, now } = this.#parts;
    const { kind, lookedAt } = visit;
    const before = record.wait;
    if (before !== undefined && before.kind !== kind) await this.ended(regionId, record, lookedAt);
    if (kind === undefined || learned === undefined)
      return { ms: visit.usualMs === 0 ? 0 : this.#real(visit.usualMs), wait: undefined };
    // One that has yet to begin by a clock that was set back, or by that of another machine, begins anew.
    const same = before?.kind === kind && before.since <= now() ? before : undefined;
    const began = same?.since ?? visit.since ?? now();
    const since = Math.min(began, now());
    const looks = same === undefined ? 0 : same.looks + (same.likely === true ? 1 : 0);
    const own = await learned.of(regionId, kind).catch(() => []);
    const seen = own.length >= ENOUGH ? own : together(own, await this.#elsewhere(regionId, kind));
    const next = nextLook(seen, (now() - since) / timeScale, looks, visit);
    const isOld = visit.isAdopted === true || began < (visit.notBefore ?? 0);
    const isAdopted = same === undefined ? isOld || before?.kind === kind : same.isAdopted === true;
    // What began nobody knows when may be over at any moment.
    const longestMs = isAdopted ? visit.usualMs : longestOf(kind);
    const wait: StepWait = {
      kind,
      since,
      seenAt: same === undefined && visit.since === undefined ? since : lookedAt,
      looks,
      ...(next.likely && next.inMs <= longestMs ? { likely: true as const } : {}),
      ...(next.isLate && next.inMs <= longestMs ? { isLate: true as const } : {}),
      ...(isAdopted ? { isAdopted } : {}),
    };
    const ms = this.#real(Math.min(next.inMs, longestMs));
    return { ms: next.likely ? ms : this.#onBeat(ms), wait };
  }

  /** The pause after a visit that learned nothing of what its step waits for. @param ms unscaled */
  untold(record: StepRecord, ms: number): { readonly ms: number; readonly wait: StepWait | undefined } {
    return { ms: this.#real(ms), wait: record.wait };
  }

  /**
   * How long a change does best to wait from the moment where it may begin, since such changes were refused at that
   * moment before and taken a little later; real milliseconds, mostly 0. Never rejects.
   * @param kind names that wait
   * @param usualMs as long as nothing is learned of it, unscaled
   */
  async ahead(regionId: string, kind: string, usualMs = 0): Promise<number> {
    const seen = (await this.#parts.learned?.of(regionId, kind).catch(() => [])) ?? [];
    const near = seen.filter(({ over }) => over <= MOST_AHEAD_MS);
    const aheadMs = near.length > 0 ? surelyOver(near) : usualMs;
    return aheadMs === 0 ? 0 : this.#real(aheadMs);
  }

  /** What a step waited for is there, or gone: remembered for the next one. Never rejects. */
  async ended(regionId: string, record: StepRecord, lookedAt: number): Promise<void> {
    const { wait } = record;
    if (wait === undefined || wait.isAdopted === true || wait.isLate === true) return;
    if (lookedAt < wait.since) return;
    const { timeScale, learned } = this.#parts;
    const lasted = Math.max(0, (wait.seenAt - wait.since) / timeScale);
    const over = Math.max(lasted, (lookedAt - wait.since) / timeScale);
    await learned?.add(regionId, wait.kind, { lasted, over }).catch(() => undefined);
  }

  /** What was seen of such waits in operations of another kind, of one kind alone. */
  async #elsewhere(regionId: string, kind: string): Promise<readonly SeenWait[]> {
    const { learned } = this.#parts;
    if (!learned) return [];
    const [own, ...rest] = kind.split('.');
    const others = OPERATIONS.filter((one) => one !== own).map((one) => [one, ...rest].join('.'));
    const seen = await Promise.all(others.map((one) => learned.of(regionId, one).catch(() => [])));
    return seen.find((one) => one.length > 0) ?? [];
  }

  /** The next common moment after a pause, as a pause. */
  #onBeat(ms: number): number {
    const most = Math.min(ms * BEAT, this.#real(MOST_BEAT_MS));
    const beat = 2 ** Math.floor(Math.log2(Math.max(1, most)));
    const now = this.#parts.now();
    return Math.ceil((now + ms) / beat) * beat - now;
  }

  /** Without jitter: steps that began together look together, and share what they read. */
  #real(ms: number): number {
    return Math.max(1, Math.round(ms * this.#parts.timeScale));
  }
}

/**
 * What was seen in operations of another kind counts where nothing else was. Besides that it tells how long such a wait
 * lasts at least, unless it contradicts. Two that were over when they were first looked at contradict nothing: the third
 * is looked at by itself.
 */
function together(own: readonly SeenWait[], others: readonly SeenWait[]): readonly SeenWait[] {
  if (own.length === 0 || others.length === 0) return own.length === 0 ? others : own;
  if (own.length >= UNPROVEN && own.every(({ lasted }) => lasted === 0)) return own;
  const lasted = Math.max(...others.map((one) => one.lasted));
  const ends = own.map(({ over }) => over);
  return lasted < Math.min(...ends) ? [...own, { lasted, over: Math.max(...ends) }] : own;
}

function longestOf(kind: string): number {
  if (kind.includes('.refused-')) return LONGEST_REFUSED_MS;
  return kind.endsWith('.gone') ? LONGEST_GOING_MS : LONGEST_PAUSE_MS;
}
