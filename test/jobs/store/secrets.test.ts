import { describe, expect, it } from 'vitest';
import { Keys } from '../../../src/jobs/store/keys.ts';
import type { Store } from '../../../src/jobs/store/store.ts';
import { Secrets, SecretUnreadable } from '../../../src/jobs/store/secrets.ts';
import type { RedisClient } from '../../../src/redis/connect.ts';
import { draft, emptyStore, requested } from './empty-store.ts';

let redis: RedisClient;
const keys = new Keys('store-test');
let store: Store;
emptyStore(keys, (...given) => ([redis, store] = given));

describe('secrets', () => {
  it('are the same for everybody who races to make them, and never lie in Redis in clear', async () => {
    const secrets = new Secrets(redis, keys, 'a key of sixteen or more');
    let made = 0;
    const get = () =>
      secrets.getOrMake('live', ['admin', 'jwt'], () => ({ admin: `hunter-${(made += 1)}`, jwt: 'j' }));

    const all = await Promise.all(Array.from({ length: 20 }, get));

    expect(new Set(all.map((one) => one.admin)).size).toBe(1);
    const stored = JSON.stringify(await redis.hgetall(keys.secrets('live')));
    expect(stored).not.toContain('hunter');
  });

  it('cannot be opened with another key, nor under another name', async () => {
    await new Secrets(redis, keys, 'a key of sixteen or more').put('live', 'mongo', 'mongodb://x');
    const sealed = (await redis.hget(keys.secrets('live'), 'mongo')) ?? '';
    await redis.hset(keys.secrets('live'), 'admin', sealed);

    await expect(new Secrets(redis, keys, 'another key altogether').get('live', 'mongo')).rejects.toThrow(
      SecretUnreadable,
    );
    await expect(new Secrets(redis, keys, 'a key of sixteen or more').get('live', 'admin')).rejects.toThrow(
      SecretUnreadable,
    );
  });

  it('are forgotten by the operation that holds the cluster alone, and only as long as it stands so', async () => {
    const secrets = new Secrets(redis, keys, 'a key of sixteen or more');
    await secrets.put('live', 'admin', 'hunter');
    await store.add(draft('op-1', { state: 'approved' }), requested);

    await secrets.forget('live', { operation: 'op-1', state: 'running' });
    await secrets.forget('live', { operation: 'op-0', state: 'approved' });
    expect(await secrets.get('live', 'admin')).toBe('hunter');
    await secrets.forget('live', { operation: 'op-1', state: 'approved' });
    expect(await secrets.get('live', 'admin')).toBeUndefined();
  });
});
