import { createHash } from 'node:crypto';
import type { RedisClient } from './connect.ts';

/** A Lua script: Redis gets its text once and is told its digest from then on. Run from many places at once. */
export class Script {
  readonly #text: string;
  /** What Redis knows it by. */
  readonly digest: string;

  constructor(text: string) {
    this.#text = text;
    this.digest = createHash('sha1').update(text).digest('hex');
  }

  /** Runs it, alone as Redis runs all scripts. @param keys all keys that it touches, of one hash slot */
  async run(
    redis: RedisClient,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await redis.evalsha(this.digest, keys.length, ...keys, ...args);
    } catch (error) {
      // A Redis that was started anew, or another one after a failover: nothing has run.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(this.#text, keys.length, ...keys, ...args);
    }
  }
}
