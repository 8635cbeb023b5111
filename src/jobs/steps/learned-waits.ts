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
