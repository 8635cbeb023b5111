import type { RedisClient } from '../../redis/connect.ts';
import type { Keys } from '../store/keys.ts';

/** One earlier wait, milliseconds of unscaled time: when it was seen to last still, and when it was seen to be over. */
export interface SeenWait {
  readonly lasted: number;
  readonly over: number;
}

/** Newest waits of a kind that are kept: enough to see how much they differ, few enough to follow a cloud that changes. */
const KEPT = 12;
const KEEP_SECONDS = 90 * 86_400;
/** A wait that was over at its first look may have been over a little earlier: the next look comes by so much sooner. */
const SOONER = 0.97;
/** Known to so much of itself, a moment is not worth another look. */
const NARROW = 0.01;
/** In so many parts a span is looked through where many wait: those due at one moment may share what they read. */
const PARTS = 4;
/** Where waits differ, of them that many were over when the first look comes; and where looks are few. */
const FIRST_OVER = 0.25;
const SURELY_OVER = 0.75;
/** Looks around the expected moment are so much of the time waited apart, by how far the waits before were apart, */
const LEAST_GAP = 0.005;
const MOST_GAP = 0.015;
/** and further apart the longer it takes. */
const WIDER = 1.4;
/** Never more often than this, unscaled: each look is a request. */
const LEAST_GAP_MS = 100;
/** With nothing learned yet looks come after so much of the usual duration: things are rarely faster. */
const UNKNOWN_MOMENTS = [0.5, 0.75, 1] as const;
/** Where it is meant to last so long at least, few looks come before, for a cloud that has no need of that time. */
const LEAST_MOMENTS = [0.5, 1] as const;
/** After that looks are so much of the time waited apart, */
const UNKNOWN_GAP = 0.1;
/** and no closer than this, unscaled. */
const LEAST_UNKNOWN_MS = 500;

/** What is known of a wait beforehand, unscaled. */
export interface Usual {
  /** The interval when nothing else is known; also the longest between two looks once a learned wait is overdue. */
  readonly usualMs: number;
  /** How long such things usually take, where that is known. */
  readonly typicalMs?: number | undefined;
  /** How long this one is meant to take at least, where that is known. */
  readonly leastMs?: number | undefined;
  /** Looks are at least so far apart once the wait is overdue. */
  readonly leastGapMs?: number | undefined;
  /** Many wait, and looks are few: none before such a wait was ever over. */
  readonly isPatient?: boolean | undefined;
}

/**
 * When to look at something again. Without anything learned, by how long such things usually take, and where nobody
 * knows that, after the usual interval; the longer it takes, the more slowly. Else at the moment that earlier waits of
 * its kind point to, then again and again, soon at first and then more and more slowly.
 * @param elapsedMs since the wait began, unscaled
 * @param looks how often it was looked at when it might have been ready
 * @returns the next pause, unscaled, and whether it ends at a moment where the wait may be over
 */
export function nextLook(
  seen: readonly SeenWait[],
  elapsedMs: number,
  looks: number,
  usual: Usual,
): { readonly inMs: number; readonly likely: boolean } {
  if (seen.length === 0) return { inMs: unknownPause(elapsedMs, usual), likely: false };
  const { usualMs, leastGapMs = LEAST_GAP_MS, isPatient = false } = usual;
  const { moments, spread } = expected(seen, isPatient);
  const next = moments.find((moment) => elapsedMs < moment - LEAST_GAP_MS / 2);
  if (next !== undefined) return { inMs: next - elapsedMs, likely: true };
  const apart = elapsedMs * (isPatient ? MOST_GAP : Math.min(Math.max(spread, LEAST_GAP), MOST_GAP));
  const gap = Math.max(leastGapMs, apart) * WIDER ** Math.min(looks, 20);
  return { inMs: Math.min(gap, Math.max(usualMs, leastGapMs)), likely: true };
}

/** Nobody has seen such a wait yet. */
function unknownPause(elapsedMs: number, { usualMs, typicalMs, leastMs }: Usual): number {
  const moments =
    leastMs === undefined
      ? UNKNOWN_MOMENTS.map((part) => part * (typicalMs ?? 0))
      : LEAST_MOMENTS.map((part) => part * leastMs);
  const next = moments.find((moment) => elapsedMs < moment - LEAST_GAP_MS / 2);
  if (next !== undefined) return next - elapsedMs;
  const least = typicalMs === undefined ? usualMs : LEAST_UNKNOWN_MS;
  return Math.max(least, elapsedMs * (leastMs === undefined ? UNKNOWN_GAP : MOST_GAP));
}

/**
 * Moments to look at, and how far waits of the kind differ, as a part of themselves. Each wait before tells a span in
 * which it ended. Where one moment lies in all of the spans, such waits are taken to be alike: what the spans have in
 * common is halved with each wait until it is narrow. Where none does, they differ.
 */
function expected(
  seen: readonly SeenWait[],
  isPatient: boolean,
): { moments: readonly number[]; spread: number } {
  const from = Math.max(...seen.map(({ lasted }) => lasted));
  const to = Math.min(...seen.map((one) => one.over));
  if (from === 0) return { moments: isPatient ? [to] : [to * SOONER, to], spread: 0 };
  if (from < to) {
    const isNarrow = to - from <= Math.max(to * NARROW, LEAST_GAP_MS);
    return { moments: isNarrow ? [to] : between(from, to, isPatient ? PARTS : 2), spread: 0 };
  }
  const sorted = seen
    .map((one) => (one.lasted > 0 ? (one.lasted + one.over) / 2 : one.over * SOONER))
    .toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
  const first = at(isPatient ? SURELY_OVER : FIRST_OVER);
  return { moments: [first], spread: (at(0.75) - at(0.25)) / 3 / Math.max(at(0.5), 1) };
}

/** The ends of so many equal parts of a span, of fewer where they would be too close. */
function between(from: number, to: number, parts: number): readonly number[] {
  const count = Math.min(parts, Math.floor((to - from) / LEAST_GAP_MS));
  return Array.from({ length: count }, (_, nth) => from + ((nth + 1) * (to - from)) / count);
}

/** The least time after which none of the waits that were seen was known to last still, unscaled; 0 when none was seen. */
export function surelyOver(seen: readonly SeenWait[]): number {
  const lasted = Math.max(0, ...seen.map((one) => one.lasted));
  const ends = seen.map(({ over }) => over).toSorted((a, b) => a - b);
  return ends.find((over) => over > lasted) ?? ends.at(-1) ?? 0;
}

/** How long things took in a region, learned by all workers together. A memory: without it looks are merely later. */
export class LearnedWaits {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** The newest waits of a kind, newest first. */
  async of(regionId: string, kind: string): Promise<readonly SeenWait[]> {
    const rows = await this.#redis.lrange(this.#keys.waits(regionId, kind), 0, KEPT - 1);
    return rows.flatMap((row) => {
      const [lasted, over] = row.split(' ').map(Number);
      return lasted !== undefined && over !== undefined && over >= lasted ? [{ lasted, over }] : [];
    });
  }

  async add(regionId: string, kind: string, wait: SeenWait): Promise<void> {
    const key = this.#keys.waits(regionId, kind);
    await this.#redis
      .pipeline()
      .lpush(key, `${Math.round(wait.lasted)} ${Math.round(wait.over)}`)
      .ltrim(key, 0, KEPT - 1)
      .expire(key, KEEP_SECONDS)
      .exec();
  }
}
