import type { StepRecord, StepWait } from '../cluster/operation.ts';
import { nextLook, surelyOver } from './learned-waits.ts';
import type { LearnedWaits, Usual } from './learned-waits.ts';

/** However sure the moment is, people want to hear of trouble: a look this often, unscaled. */
const LONGEST_PAUSE_MS = 180_000;
/** A removal that such ones were refused for longer than this is asked for all the same, unscaled. */
export const MOST_AHEAD_MS = 15_000;
/** What was refused is asked for again after this at the latest: what held others for long need not hold this one. */
const LONGEST_REFUSED_MS = 20_000;
/** What is going has no trouble to tell. */
const LONGEST_GOING_MS = 600_000;

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
      /** When the wait began, where it was before this step. */
      readonly since?: number | undefined;
    },
  ): Promise<{ readonly ms: number; readonly wait: StepWait | undefined }> {
    const { learned, timeScale, now } = this.#parts;
    const { kind, lookedAt } = visit;
    const before = record.wait;
    if (before !== undefined && before.kind !== kind) await this.ended(regionId, record, lookedAt);
    if (kind === undefined || learned === undefined)
      return { ms: this.#real(visit.usualMs), wait: undefined };
    const same = before?.kind === kind ? before : undefined;
    const since = same?.since ?? visit.since ?? now();
    const looks = same === undefined ? 0 : same.looks + (same.likely === true ? 1 : 0);
    const seen = await learned.of(regionId, kind).catch(() => []);
    const next = nextLook(seen, (now() - since) / timeScale, looks, visit);
    const longestMs = longestOf(kind);
    const wait: StepWait = {
      kind,
      since,
      seenAt: same === undefined && visit.since === undefined ? since : lookedAt,
      looks,
      ...(next.likely && next.inMs <= longestMs ? { likely: true as const } : {}),
    };
    return { ms: this.#real(Math.min(next.inMs, longestMs)), wait };
  }

  /**
   * How long a change does best to wait from the moment where it may begin, since such changes were refused at that
   * moment before and taken a little later; real milliseconds, mostly 0. Never rejects.
   * @param kind names that wait
   */
  async ahead(regionId: string, kind: string): Promise<number> {
    const seen = (await this.#parts.learned?.of(regionId, kind).catch(() => [])) ?? [];
    const aheadMs = surelyOver(seen.filter(({ over }) => over <= MOST_AHEAD_MS));
    return aheadMs === 0 ? 0 : this.#real(aheadMs);
  }

  /** What a step waited for is there, or gone: remembered for the next one. Never rejects. */
  async ended(regionId: string, record: StepRecord, lookedAt: number): Promise<void> {
    const { wait } = record;
    if (wait === undefined) return;
    const { timeScale, learned } = this.#parts;
    const lasted = Math.max(0, (wait.seenAt - wait.since) / timeScale);
    const over = Math.max(lasted, (lookedAt - wait.since) / timeScale);
    await learned?.add(regionId, wait.kind, { lasted, over }).catch(() => undefined);
  }

  /** Without jitter: steps that began together look together, and share what they read. */
  #real(ms: number): number {
    return Math.max(1, Math.round(ms * this.#parts.timeScale));
  }
}

function longestOf(kind: string): number {
  if (kind.includes('.refused-')) return LONGEST_REFUSED_MS;
  return kind.endsWith('.gone') ? LONGEST_GOING_MS : LONGEST_PAUSE_MS;
}
