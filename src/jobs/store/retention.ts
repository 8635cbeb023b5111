import { BUSY_STATES } from '../../cluster/operation.ts';
import type { Operation } from '../../cluster/operation.ts';
import type { RedisClient } from '../../redis/connect.ts';
import type { Keys } from './keys.ts';
import { allMessagesOf } from './message-keys.ts';
import type { Store } from './store.ts';

/** Looked at in one sweep at most. */
const BATCH = 100;
const DAY_MS = 86_400_000;

/**
 * KEYS op, all, live, busy, untold, and whatever else is to go. ARGV id, rev. Removes an operation as it was seen, and
 * nothing when it changed since, is not over, or another operation holds its cluster: that one may refer to it, as a
 * roll back does. Returns 1 removed, 0 kept.
 */
const REMOVE_OPERATION = `
if redis.call('HGET', KEYS[1], 'rev') ~= ARGV[2] then return 0 end
if redis.call('ZSCORE', KEYS[3], ARGV[1]) then return 0 end
local holder = redis.call('GET', KEYS[4])
if holder and redis.call('ZSCORE', KEYS[3], holder) then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('SREM', KEYS[5], ARGV[1])
redis.call('DEL', KEYS[1], unpack(KEYS, 6))
return 1
`;

/** KEYS op, all. ARGV id. An index entry without a record leads nowhere. */
const REMOVE_ENTRY = `
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('ZREM', KEYS[2], ARGV[1]) end
`;

export interface RetentionParts {
  readonly redis: RedisClient;
  readonly keys: Keys;
  readonly store: Pick<Store, 'view'>;
  /** How long an operation is kept after its end; 0: for ever. Real days. */
  readonly keepDays: number;
  readonly now: () => number;
}

/**
 * Forgets operations that ended long ago: record, steps, and where their messages lie in Slack. A few at each sweep,
 * each at once and as a whole. The audit log stays.
 */
export class Retention {
  readonly #parts: RetentionParts;
  /** How many of the oldest had to stay, so that they do not hold up the rest. */
  #passed = 0;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /** @returns how many were forgotten */
  async sweep(): Promise<number> {
    const { redis, keys, keepDays, now } = this.#parts;
    if (keepDays === 0) return 0;
    const before = now() - keepDays * DAY_MS;
    const limit = ['LIMIT', this.#passed, BATCH] as const;
    const ids = await redis.zrangebyscore(keys.operations(), '-inf', `(${before}`, ...limit);
    let removed = 0;
    let stayed = 0;
    for (const id of ids) {
      const verdict = await this.#consider(id, before);
      if (verdict === 'removed') removed += 1;
      if (verdict === 'stays') stayed += 1;
    }
    this.#passed = ids.length < BATCH ? 0 : this.#passed + stayed;
    return removed;
  }

  async #consider(id: string, before: number): Promise<'removed' | 'stays' | 'was gone'> {
    const { redis, keys, store } = this.#parts;
    // Read before the record: whatever changes it from now on changes this too.
    const rev = await redis.hget(keys.operation(id), 'rev');
    const view = rev === null ? undefined : await store.view(id);
    if (rev === null || !view) {
      await redis.eval(REMOVE_ENTRY, 2, keys.operation(id), keys.operations(), id);
      return 'was gone';
    }
    const { operation } = view;
    if (!isOver(operation) || lastMoment(operation) >= before) return 'stays';
    const named = [
      keys.operation(id),
      keys.operations(),
      keys.liveOperations(),
      keys.busy(operation.cluster),
      keys.untold(),
      keys.steps(id),
      keys.fences(id),
      keys.shown(id),
      ...allMessagesOf(view).map((key) => keys.message(key)),
    ];
    const removed = await redis.eval(REMOVE_OPERATION, named.length, ...named, id, rev);
    return removed === 1 ? 'removed' : 'stays';
  }
}

function isOver({ state }: Operation): boolean {
  return !BUSY_STATES.includes(state);
}

function lastMoment({ createdAt, startedAt = 0, retriedAt = 0, endedAt = 0 }: Operation): number {
  return Math.max(createdAt, startedAt, retriedAt, endedAt);
}
