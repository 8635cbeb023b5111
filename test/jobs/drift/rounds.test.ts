import { afterEach, beforeEach, expect, it } from 'vitest';
import { Settings } from '../../../src/cluster/settings.ts';
import { lookAtAll } from '../../../src/jobs/drift/look.ts';
import { openBench } from '../../support/engine-bench.ts';
import type { Bench } from '../../support/engine-bench.ts';
import { ownRedis } from '../../support/own-redis.ts';

/** When the clusters of a round are looked at. */
const own = ownRedis();
let bench: Bench;

beforeEach(() => {
  bench = openBench(own.redis);
});

afterEach(() => bench.close());

/** Queues a round. @returns how long its looks are put off, milliseconds, the first first */
async function round(clusters: number, every: string): Promise<readonly number[]> {
  const { store, queues, asks } = bench;
  for (let nth = 0; nth < clusters; nth += 1)
    await store.clusters.remember({ cluster: `event-${nth}`, regionId: 'eu-central-1' });
  const settings = Settings.parse({ drift: { every } });
  await lookAtAll({ ...asks, tools: { ...asks.tools, settings, timeScale: 1 } });
  const jobs = await queues.asks.getJobs(['delayed', 'prioritized']);
  return jobs.map(({ delay }) => delay).toSorted((a, b) => a - b);
}

it('begins the looks at hundreds of clusters one after the other', async () => {
  const delays = await round(300, '15m');

  expect(delays).toHaveLength(300);
  expect(delays.slice(0, 3)).toEqual([0, 1_000, 2_000]);
  expect(delays.at(-1)).toBe(299_000);
});

it('begins the last look before the next round, which puts off none that wait', async () => {
  const first = await round(150, '1m');
  const second = await round(150, '1m');

  expect(first.at(-1)).toBeLessThan(60_000);
  expect(second).toEqual(first);
});
