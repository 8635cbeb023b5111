import { randomUUID } from 'node:crypto';
import type { MessageKey } from '../../jobs/desk.ts';
import { TAKING } from '../../jobs/store/keys.ts';
import type { Keys } from '../../jobs/store/keys.ts';
import type { RedisClient } from '../../redis/connect.ts';
import { Script } from '../../redis/script.ts';

/** Where a message lies in Slack, and what is known of sending it. */
export interface Place {
  readonly channel?: string;
  readonly ts?: string;
  /** Of what was sent last: the same again is not sent. */
  readonly hash?: string;
  /** Milliseconds since 1970. */
  readonly sentAt?: number;
  /** A post began then and its outcome is not known: look for it before posting again. */
  readonly postingSince?: number;
  /** The channel would not take it, so it went to the requester. */
  readonly detour?: boolean;
  /** Of what one person alone was told last: it has no place and cannot be changed. */
  readonly whispered?: string;
  /** A picture uploaded for it, whether Slack has all of it, and since when, milliseconds since 1970. */
  readonly file?: { readonly id: string; readonly isWhole: boolean; readonly at: number };
  /** Nothing more is to be done with it: nobody can be reached, or a picture is where it belongs. */
  readonly closed?: boolean;
  /** When this was written down, milliseconds since 1970: of what two know the newer counts. */
  readonly writtenAt?: number;
}

/** KEYS place. ARGV ts. What was sent there is no longer known, unless the message lies elsewhere by now. */
const DOUBT = new Script(`
local text = redis.call('GET', KEYS[1])
local place = text and cjson.decode(text)
if not place or place.ts ~= ARGV[1] then return 0 end
place.hash = nil
redis.call('SET', KEYS[1], cjson.encode(place), 'KEEPTTL')
return 1
`);

/** A place is kept as long as its operation, and so many days at least, and at most where that is kept for ever. */
const LEAST_KEEP_DAYS = 90;
const MOST_KEEP_DAYS = 3_650;
const REMEMBERED = 5_000;

/**
 * Places of messages, in Redis, so that any process can bring any message up to date. What this process wrote lately it
 * remembers itself as well: a Redis that comes back from an older file knows less than Slack shows.
 */
export class Places {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #keepSeconds: number;
  readonly #own = new Map<MessageKey, Place>();

  /** @param keepDays how long operations are kept after their end; 0: for ever */
  constructor(redis: RedisClient, keys: Keys, keepDays = LEAST_KEEP_DAYS) {
    this.#redis = redis;
    this.#keys = keys;
    this.#keepSeconds = 86_400 * (keepDays === 0 ? MOST_KEEP_DAYS : Math.max(LEAST_KEEP_DAYS, keepDays));
  }

  async read(key: MessageKey): Promise<Place> {
    const text = await this.#redis.get(this.#keys.message(key));
    const place = text === null ? {} : (JSON.parse(text) as Place);
    const own = this.#own.get(key);
    return (own?.writtenAt ?? 0) > (place.writtenAt ?? place.sentAt ?? 0) ? (own ?? place) : place;
  }

  async write(key: MessageKey, written: Place): Promise<Place> {
    const place = { ...written, writtenAt: Date.now() };
    this.#own.delete(key);
    this.#own.set(key, place);
    if (this.#own.size > REMEMBERED) this.#own.delete(this.#own.keys().next().value ?? key);
    await this.#redis.set(this.#keys.message(key), JSON.stringify(place), 'EX', this.#keepSeconds);
    return place;
  }

  /** The message may have gone from there: whoever sends it next looks, whatever it shows. */
  async doubt(key: MessageKey, ts: string): Promise<void> {
    if (this.#own.get(key)?.ts === ts) this.#own.delete(key);
    await DOUBT.run(this.#redis, [this.#keys.message(key)], [ts]);
  }

  /** Those of the keys that were never sent. */
  async missing(keys: readonly MessageKey[]): Promise<readonly MessageKey[]> {
    if (keys.length === 0) return [];
    const found = await this.#redis.mget(keys.map((key) => this.#keys.message(key)));
    return keys.filter((key, at) => found[at] === null && this.#own.get(key)?.sentAt === undefined);
  }

  /** The first of the keys that is not sent yet and will be. */
  async awaited(keys: readonly MessageKey[]): Promise<MessageKey | undefined> {
    const places = await Promise.all(keys.map((key) => this.read(key)));
    return keys.find((_key, at) => places[at]?.ts === undefined && places[at]?.closed !== true);
  }

  /** Notes that a person opened the app's home just now. */
  async opened(user: string): Promise<void> {
    await this.#redis.zadd(this.#keys.homes(), Date.now(), user);
  }

  /** Who opened the app's home within the last `ms`. Whoever did not is forgotten. */
  async openedWithin(ms: number): Promise<readonly string[]> {
    const oldest = Date.now() - ms;
    await this.#redis.zremrangebyscore(this.#keys.homes(), '-inf', `(${oldest}`);
    return this.#redis.zrangebyscore(this.#keys.homes(), oldest, '+inf');
  }

  /**
   * Whether this delivery id is seen for the first time within ten minutes. A command that got no answer is sent again
   * when the connection is back, so the mark may be there because this very call has put it.
   */
  async isFirst(deliveryId: string): Promise<boolean> {
    const key = this.#keys.message(`seen:${deliveryId}`);
    const call = randomUUID();
    if ((await this.#redis.set(key, call, 'EX', 600, 'NX')) === 'OK') return true;
    return (await this.#redis.get(key)) === call;
  }

  async wasShown(operationId: string): Promise<boolean> {
    const mark = await this.#redis.get(this.#keys.shown(operationId));
    return mark !== null && !mark.startsWith(TAKING);
  }
}
