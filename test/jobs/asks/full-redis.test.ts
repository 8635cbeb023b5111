import type { Job } from 'bullmq';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Operation } from '../../../src/cluster/operation.ts';
import { AskRunner } from '../../../src/jobs/asks/ask-runner.ts';
import { prepare } from '../../../src/jobs/planning/prepare.ts';
import type { AskJob } from '../../../src/jobs/queues.ts';
import { openBench, running } from '../../support/engine-bench.ts';
import type { Bench } from '../../support/engine-bench.ts';
import { ownRedis } from '../../support/own-redis.ts';

const own = ownRedis();
const { signal } = new AbortController();
let bench: Bench;

beforeEach(() => {
  bench = openBench(own.redis);
});

afterEach(async () => {
  await memory('0');
  await bench.close();
});

/** The most that Redis may use; 0: all. */
function memory(most: string): Promise<unknown> {
  return own.redis.config('SET', 'maxmemory', most);
}

/** The removal of a cluster of one thing, approved. */
async function approvedRemoval(): Promise<Operation> {
  const { store, things, asks } = bench;
  const removal: Operation = { ...running([]), state: 'approved', run: 0, wish: { kind: 'destroy' } };
  const { cluster } = removal;
  await store.clusters.remember({ cluster, regionId: 'eu-central-1' });
  things.there.set('a', { ready: true });
  const prepared = await prepare(removal, { tools: asks.tools, store, signal });
  if (!('plan' in prepared)) throw new Error('no plan');
  const { plan, digest } = prepared;
  return store.add({ ...removal, plan, digest }, { event: 'requested' });
}

it('starts what was approved once Redis, which had no memory for that, has some again', async () => {
  const { id } = await approvedRemoval();
  await bench.queues.starting(id);
  const job = (await bench.queues.asks.getJob(`start.${id}`)) as Job<AskJob>;
  const asks = new AskRunner(bench.asks);

  await memory('1');
  await expect(asks.run(job, undefined, signal)).rejects.toThrow('OOM');
  const meanwhile = await bench.store.read(id);
  await memory('0');
  await asks.run(job, undefined, signal);

  expect(meanwhile?.state).toBe('approved');
  expect(await bench.store.read(id)).toMatchObject({ state: 'running', problems: [] });
});
