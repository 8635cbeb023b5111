import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { Job } from 'bullmq';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Operation } from '../../../src/cluster/operation.ts';
import { AskRunner } from '../../../src/jobs/asks/ask-runner.ts';
import { prepare } from '../../../src/jobs/planning/prepare.ts';
import type { AskJob } from '../../../src/jobs/queues.ts';
import { createCloud } from '../../../src/cloud/cloud.ts';
import { openBench, running } from '../../support/engine-bench.ts';
import type { Bench } from '../../support/engine-bench.ts';
import { listening } from '../../support/listening.ts';
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
  await bench.queues.queueStart(id);
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

it('gives an answer late that Redis had no memory for when it was found', async () => {
  const calls: ServerResponse[] = [];
  const refuse = (call: ServerResponse): unknown =>
    call
      .writeHead(403, { 'content-type': 'application/json' })
      .end(JSON.stringify({ Code: 'Forbidden.RAM', Message: 'No.', RequestId: 'R-1' }));
  let isOpen = false;
  const server = createServer((_call, answer) => void (isOpen ? refuse(answer) : calls.push(answer)));
  const { port, close } = await listening(server);
  const credentials = { accessKeyId: 'k', accessKeySecret: 's' };
  await bench.close();
  bench = openBench(own.redis, { cloud: createCloud({ endpoint: `http://127.0.0.1:${port}`, credentials }) });
  await bench.work();
  const { id } = await bench.desk.ask({ kind: 'clusters' }, { user: 'U1', channel: 'C1', text: 'clusters' });
  await expect.poll(() => calls.length, { timeout: 20_000 }).toBeGreaterThan(0);

  await memory('1');
  isOpen = true;
  for (const call of calls) refuse(call);
  const putOff = async () => (await bench.queues.asks.getJob(`answer.${id}`))?.isDelayed();
  await expect.poll(putOff, { timeout: 20_000 }).toBe(true);
  await memory('0');

  const answer = async () => (await bench.store.asked(id))?.answer?.kind;
  await expect.poll(answer, { timeout: 20_000 }).toBe('problem');
  await expect.poll(() => bench.touched).toContain(`ask:${id}`);
  await close();
});
