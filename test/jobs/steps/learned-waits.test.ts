import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis } from '../../../sandbox/redis.ts';
import type { RedisServer } from '../../../sandbox/redis.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { LearnedWaits, nextLook, surelyOver } from '../../../src/jobs/steps/learned-waits.ts';

/** Waits of a given length, looked at by what was learned of them. */
function play(lengths: readonly number[], usualMs: number): { late: number; looks: number }[] {
  const seen: { lasted: number; over: number }[] = [];
  return lengths.map((length) => {
    let now = 0;
    let lasted = 0;
    let likely = 0;
    let looks = 0;
    for (;;) {
      const next = nextLook(seen.slice(-12), now, likely, { usualMs });
      now += next.inMs;
      looks += 1;
      if (now >= length) break;
      lasted = now;
      if (next.likely) likely += 1;
    }
    seen.push({ lasted, over: now });
    return { late: now - length, looks };
  });
}

/** Moments at which one of many looks, up to where such a wait is surely over. */
function patiently(seen: Parameters<typeof nextLook>[0]): readonly number[] {
  const moments: number[] = [];
  let now = 0;
  while (now < surelyOver(seen)) {
    now += nextLook(seen, now, moments.length, { usualMs: 5_000, isPatient: true }).inMs;
    moments.push(now);
  }
  return moments;
}

describe('when to look again', () => {
  it('after the usual interval as long as nothing is known', () => {
    expect(nextLook([], 0, 0, { usualMs: 5_000 })).toEqual({ inMs: 5_000, likely: false });
  });

  it('by what such things usually take, else by what this one takes at least, as long as nobody has seen one', () => {
    const moments = (usual: Parameters<typeof nextLook>[3], most: number): number[] => {
      const all = [0];
      for (let now = 0; now < most; all.push(now)) now += nextLook([], now, 0, usual).inMs;
      return all.slice(1).map(Math.round);
    };

    expect(moments({ usualMs: 1_000, typicalMs: 20_000 }, 23_000)).toEqual([
      10_000, 15_000, 20_000, 22_000, 24_200,
    ]);
    expect(moments({ usualMs: 1_000, leastMs: 300_000 }, 309_000)).toEqual([
      150_000, 300_000, 304_500, 309_068,
    ]);
  });

  it('with few looks and hardly late once the length of such waits is known', () => {
    const later = play(Array(30).fill(61_000), 5_000).slice(10);

    expect(Math.max(...later.map((one) => one.late))).toBeLessThan(61_000 * 0.01);
    expect(later.reduce((sum, one) => sum + one.looks, 0) / later.length).toBeLessThan(1.5);
  });

  it('hardly late as soon as one wait was seen, however late that was noticed', () => {
    const [, second, third] = play(Array(3).fill(320_000), 5_000);

    expect(second?.late).toBeLessThan(320_000 * 0.03);
    expect(third?.late).toBeLessThan(320_000 * 0.015);
  });

  it('neither often nor late when such waits differ', () => {
    const lengths = Array.from({ length: 60 }, (_none, at) => 40_000 + ((at * 7_919) % 20_000));
    const later = play(lengths, 5_000).slice(12);

    expect(Math.max(...later.map((one) => one.late))).toBeLessThan(5_000);
    expect(later.reduce((sum, one) => sum + one.looks, 0) / later.length).toBeLessThan(12);
  });

  it('not before such a wait was ever over where many wait, and then at few moments, all together', () => {
    const alike = [
      { lasted: 90_000, over: 110_000 },
      { lasted: 0, over: 105_000 },
    ];
    const different = [50_000, 60_000, 70_000, 80_000, 90_000].map((over) => ({ lasted: over - 1, over }));

    expect(nextLook(alike, 0, 0, { usualMs: 5_000, isPatient: false }).inMs).toBe(97_500);
    expect(patiently(alike)).toEqual([93_750, 97_500, 101_250, 105_000]);
    expect(patiently([{ lasted: 2_900, over: 3_100 }])).toEqual([3_000, 3_100]);
    expect(patiently([{ lasted: 2_950, over: 3_050 }])).toEqual([3_050]);
    expect(patiently([{ lasted: 0, over: 3_000 }])).toEqual([3_000]);
    expect(nextLook(different, 0, 0, { usualMs: 5_000, isPatient: true }).inMs).toBeGreaterThan(75_000);
  });

  it('surely over after the shortest wait that was longer than all that lasted still', () => {
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

  it('never more often than ten times a second, and never later than the usual interval once it is overdue', () => {
    const seen = [{ lasted: 90, over: 100 }];

    expect(nextLook(seen, 100, 0, { usualMs: 5_000 }).inMs).toBeGreaterThanOrEqual(100);
    expect(nextLook(seen, 900_000, 50, { usualMs: 5_000 }).inMs).toBe(5_000);
    expect(nextLook(seen, 100, 0, { usualMs: 5_000, leastGapMs: 1_000 }).inMs).toBe(1_000);
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
