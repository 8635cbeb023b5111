import { afterAll, expect, it } from 'vitest';
import { openBench, step } from '../support/engine-bench.ts';
import { ownRedis } from '../support/own-redis.ts';

const own = ownRedis();
const memory = (most: string): Promise<unknown> => own.redis.config('SET', 'maxmemory', most);
afterAll(() => memory('0'));

it('begins once a Redis that was full takes something again, and ends no process before', async () => {
  const bench = openBench(own.redis);
  await memory('1');
  const started = bench.work();
  await expect.poll(() => own.redis.info('errorstats'), { timeout: 10_000 }).toContain('errorstat_OOM');

  await memory('0');
  await started;

  const id = await bench.begin([step('a')]);
  await bench.state(id, 'succeeded');
  expect(await bench.queues.asks.getJobScheduler('sweep')).toBeDefined();
  await bench.close();
});
