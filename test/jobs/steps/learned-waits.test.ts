import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis } from '../../../sandbox/redis.ts';
import type { RedisServer } from '../../../sandbox/redis.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { LearnedWaits, surelyOver } from '../../../src/jobs/steps/learned-waits.ts';

describe('a wait, by those before', () => {
  it('is surely over after the shortest wait that was longer than all that lasted still', () => {
    expect(surelyOver([])).toBe(0);
    expect(surelyOver([{ lasted: 100, over: 4_000 }])).toBe(4_000);
    const noisy = [
      { lasted: 100, over: 900 },
      { lasted: 1_200, over: 3_000 },
      { lasted: 100, over: 4_000 },
    ];
    expect(surelyOver(noisy)).toBe(3_000);
    expect(surelyOver([...noisy, { lasted: 4_500, over: 4_500 }])).toBe(4_500);
  });
});

describe('what is learned', () => {
  let redis: RedisServer;
  let client: Redis;
  beforeAll(async () => {
    redis = await startRedis();
    client = new Redis(redis.url);
  });
  afterAll(async () => {
    client.disconnect();
    await redis.close();
  });

  it('is kept for each region and kind, the newest dozen', async () => {
    const learned = new LearnedWaits(client, new Keys('test'));
    for (let at = 1; at <= 20; at += 1)
      await learned.add('eu-central-1', 'vpc', { lasted: at, over: at + 1 });

    const seen = await learned.of('eu-central-1', 'vpc');

    expect(seen).toHaveLength(12);
    expect(seen[0]).toEqual({ lasted: 20, over: 21 });
    expect(await learned.of('cn-hangzhou', 'vpc')).toEqual([]);
  });
});
