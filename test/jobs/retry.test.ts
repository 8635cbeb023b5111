import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Operation } from '../../src/cluster/operation.ts';
import { createDesk } from '../../src/jobs/create-desk.ts';
import { Secrets } from '../../src/jobs/store/secrets.ts';
import { operation, samplePlan } from '../bot/samples.ts';
import { openBench } from '../support/engine-bench.ts';
import type { Bench } from '../support/engine-bench.ts';
import { ownRedis } from '../support/own-redis.ts';

const own = ownRedis();
/** More than are read of a list at a time. */
const MANY = 120;
let bench: Bench;

beforeEach(() => {
  bench = openBench(own.redis);
});

afterEach(() => bench.close());

/** An operation of the cluster `live` as it is recorded when it is over. */
async function ended(id: string, createdAt: number, change: Partial<Operation>): Promise<void> {
  await bench.store.add(operation('draft', { id, createdAt }), { event: 'requested' });
  await bench.store.update(id, undefined, (one) => ({ ...one, ...change }));
}

it('no operation is carried on past a later change of its cluster, however many came to nothing since', async () => {
  await ended('op-failed', 1_000, { state: 'failed', startedAt: 1_000 });
  await ended('op-later', 2_000, { state: 'succeeded', startedAt: 2_000 });
  for (let nth = 0; nth < MANY; nth += 1)
    await ended(`op-rejected-${nth}`, 3_000 + nth, { state: 'rejected' });

  await expect(bench.desk.retry('op-failed', 'U1')).rejects.toThrow('op-later has changed live');

  expect((await bench.store.read('op-failed'))?.state).toBe('failed');
});

it('an operation is carried on past a later one that left nothing behind, and only past such a one', async () => {
  const { desk, keys, store } = bench;
  const failed = { state: 'failed', plan: samplePlan() } as const;
  await ended('op-failed', 1_000, { ...failed, startedAt: 1_000 });
  await ended('op-repair', 2_000, { ...failed, startedAt: 2_000 });
  const wasIn = (record: object) => own.redis.hset(keys.steps('op-repair'), 'vpc', JSON.stringify(record));

  await wasIn({ state: 'failed', startedAt: 2_000, changedAt: 2_001 });
  await expect(desk.retry('op-failed', 'U1')).rejects.toThrow('op-repair has changed live');
  await wasIn({ state: 'failed', startedAt: 2_000 });
  await desk.retry('op-failed', 'U1');

  expect((await store.read('op-failed'))?.state).toBe('running');
});

it('no operation is carried on by a bot that was frozen since it looked what had changed its cluster', async () => {
  await ended('op-failed', 1_000, { state: 'failed', startedAt: 1_000, run: 1 });
  const { engine, keys, queues, store } = bench;
  const times = [0, 180_000];
  const now = (): number => times.shift() ?? 0;
  const secrets = new Secrets(own.redis, keys, 'a key for tests only');
  const desk = createDesk({ store, queues, engine, secrets, redis: own.redis, keys, now });

  await expect(desk.retry('op-failed', 'U1')).rejects.toThrow('have not carried on op-failed');

  expect(await store.read('op-failed')).toMatchObject({ state: 'failed', run: 1 });
});
