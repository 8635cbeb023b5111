import type { RedisClient } from '../redis/connect.ts';
import type { Keys } from './keys.ts';

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
/** Looks around the expected moment are so much of the time waited apart, and further apart the longer it takes. */
const FIRST_GAP = 0.015;
const WIDER = 1.6;
/** Never more often than this, unscaled: each look is a request. */
const LEAST_GAP_MS = 200;
/** With nothing learned yet the first look comes after so much of the usual duration: things are rarely faster. */
const EARLIEST = 0.5;
/** After that looks are so much of the time waited apart, */
const UNKNOWN_GAP = 0.1;
/** and no closer than this, unscaled. */
const LEAST_UNKNOWN_MS = 500;

/**
 * When to look at something again. Without anything learned, by how long such things usually take, and where nobody
 * knows that, after the usual interval; the longer it takes, the more slowly. Else right before most earlier
 * waits of its kind were over, then again and again, soon at first and then more and more slowly.
 * @param elapsedMs since the wait began, unscaled
 * @param looks how often it was looked at when it might have been ready
 * @param usualMs the interval when nothing is known; also the longest between two looks once it is overdue
 * @param typicalMs how long such things usually take, unscaled, where that is known (CONTRACT 1.2)
 * @returns the next pause, unscaled, and whether it ends at a moment where the wait may be over
 */
export function nextLook(
  seen: readonly SeenWait[],
  elapsedMs: number,
  looks: number,
  usualMs: number,
  typicalMs?: number,
): { readonly inMs: number; readonly likely: boolean } {
  if (seen.length === 0) {
    const gap = Math.max(typicalMs === undefined ? usualMs : LEAST_UNKNOWN_MS, elapsedMs * UNKNOWN_GAP);
    return { inMs: Math.max(gap, EARLIEST * (typicalMs ?? 0) - elapsedMs), likely: false };
  }
  const moments = seen.map(({ lasted, over }) => (lasted > 0 ? (lasted + over) / 2 : over * SOONER));
  const sorted = moments.toSorted((a, b) => a - b);
  const expected = sorted[Math.floor((sorted.length - 1) * 0.25)] ?? 0;
  if (elapsedMs < expected - LEAST_GAP_MS) return { inMs: expected - elapsedMs, likely: true };
  const gap = Math.max(LEAST_GAP_MS, elapsedMs * FIRST_GAP) * WIDER ** Math.min(looks, 20);
  return { inMs: Math.min(gap, Math.max(usualMs, LEAST_GAP_MS)), likely: true };
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
