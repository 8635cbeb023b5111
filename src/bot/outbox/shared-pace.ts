import type { Keys } from '../../jobs/store/keys.ts';
import { within } from '../../jobs/redis-deadline.ts';
import type { RedisClient } from '../../redis/connect.ts';
import { BUCKETS, kindOf } from './pace.ts';
import type { Lane, Pace, Urgency } from './pace.ts';
import { Slots } from './slots.ts';

/** Redis has this long to say whose turn it is, milliseconds. */
const DEADLINE_MS = 200;

/**
 * KEYS bucket, silence. ARGV burst, tokens a second, tokens that must be there. Takes a turn by the clock of Redis,
 * which all bots share. Returns 0 when it may be sent now, else how many milliseconds to wait before asking again.
 */
const TAKE = `
local silent = redis.call('PTTL', KEYS[2])
if silent > 0 then return silent end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local burst, rate, needed = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local known = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(known[1] or burst), tonumber(known[2] or now)
tokens = math.min(burst, tokens + math.max(0, now - at) / 1000 * rate)
local wait = 0
if tokens < needed then wait = math.ceil((needed - tokens) / rate * 1000) else tokens = tokens - 1 end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
return wait
`;

/** KEYS silence. ARGV milliseconds. A shorter silence does not end a longer one. */
const SILENCE = `
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
return 1
`;

/** Keeps senders within Slack's rate limits. */
export interface Turns {
  /**
   * Takes a turn. Never throws.
   * @param urgency it leaves some turns to what is more urgent, and queues up behind its like; `news` unless told
   * @returns 0 when it may be sent now, else how many milliseconds to wait before asking again
   */
  take(lane: Lane, urgency?: Urgency): Promise<number>;
  /** Slack answered 429: nothing of this kind for so long. Never throws. */
  silence(lane: Lane, ms: number): Promise<void>;
}

/**
 * One budget for all bots of an app, in Redis. While Redis is away or slow each bot keeps to a budget of its own; if that
 * is too much together, Slack says so and is heeded.
 */
export class SharedPace implements Turns {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #alone: Pace;
  readonly #slots = new Slots();

  constructor(redis: RedisClient, keys: Keys, alone: Pace) {
    this.#redis = redis;
    this.#keys = keys;
    this.#alone = alone;
  }

  async take(lane: Lane, urgency: Urgency = 'news'): Promise<number> {
    const wait = await this.#ask(lane, urgency);
    if (wait === 0) return 0;
    return this.#slots.after(`${lane} ${urgency}`, wait, 1_000 / BUCKETS[kindOf(lane)].perSecond);
  }

  async #ask(lane: Lane, urgency: Urgency): Promise<number> {
    const silent = this.#alone.silentFor(lane);
    if (silent > 0) return silent;
    const { burst, perSecond, kept } = BUCKETS[kindOf(lane)];
    const needed = 1 + kept[urgency];
    const [bucket, silence] = [this.#keys.pace(lane), this.#keys.pace(`silent:${kindOf(lane)}`)];
    try {
      const wait = Number(
        await within(DEADLINE_MS, this.#redis.eval(TAKE, 2, bucket, silence, burst, perSecond, needed)),
      );
      // What all have spent is spent here too, for when Redis is out of reach.
      if (wait === 0) this.#alone.take(lane);
      return wait;
    } catch {
      return this.#alone.take(lane, urgency);
    }
  }

  async silence(lane: Lane, ms: number): Promise<void> {
    this.#alone.silence(lane, ms);
    const key = this.#keys.pace(`silent:${kindOf(lane)}`);
    await within(DEADLINE_MS, this.#redis.eval(SILENCE, 1, key, Math.ceil(ms))).catch(() => undefined);
  }
}
