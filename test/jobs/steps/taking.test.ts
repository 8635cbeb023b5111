import { Job, Worker } from 'bullmq';
import type { JobJson } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Operation, StepRecord } from '../../../src/cluster/operation.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Queues, STEPS } from '../../../src/jobs/queues.ts';
import type { StepJob } from '../../../src/jobs/queues.ts';
import { Looks } from '../../../src/jobs/steps/looks.ts';
import { StepRunner } from '../../../src/jobs/steps/step-runner.ts';
import type { RunnerParts } from '../../../src/jobs/steps/step-runner.ts';
import type { Tools } from '../../../src/jobs/steps/step-context.ts';
import { Store } from '../../../src/jobs/store/store.ts';
import { sent } from '../../../src/redis/sent.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';

const own = ownRedis();
const keys = new Keys('taking');
const opening: StepRecord = { state: 'running', startedAt: 5 };
const running: Operation = {
  id: 'op-1',
  cluster: 'live',
  regionId: undefined,
  wish: { kind: 'destroy' },
  state: 'running',
  requester: { user: 'U1', channel: 'C1', text: 'destroy-cluster live' },
  policy: { approvers: ['U2'], quorum: 1, selfApproval: false, expiresAfterMs: 60_000 },
  spec: undefined,
  plan: { steps: [planStep('vpc'), planStep('alb')], cost: undefined, risks: [] },
  digest: undefined,
  decisions: [],
  createdAt: 1,
  run: 1,
  problems: [],
};

describe('a visit that begins as its job is taken', () => {
  const TOKEN = 'worker:1';
  let store: Store;
  let queues: Queues;
  let worker: Worker<StepJob>;

  beforeEach(async () => {
    await own.redis.flushall();
    queues = new Queues(own.redis, keys, () => undefined);
    worker = new Worker(STEPS, undefined, { connection: own.redis, prefix: keys.prefix });
    store = new Store(own.redis, keys);
    await store.add(running, { event: 'requested' });
  });

  afterEach(async () => {
    await worker.close(true);
    await queues.close();
  });

  /** Queues a step's job, takes it and begins its visit, in one turn as a worker does. */
  async function taken(step: string, kind = 'thing') {
    const job = { operation: 'op-1', step, run: 1 };
    await queues.queueVisits([{ job, kind, slackSeconds: 0 }]);
    const [jobTaken, begun] = await Promise.all([worker.getNextJob(TOKEN), beginTaken()]);
    return { job: jobTaken, begun };
  }

  async function beginTaken() {
    const jobs = { active: worker.toKey('active'), prefix: worker.toKey('') };
    await sent();
    return (await store.visits.beginTaken([TOKEN], jobs, opening, ['task'])).get(TOKEN);
  }

  it('finds what any other visit does', async () => {
    const { job, begun } = await taken('vpc');
    const visitor = job && (await begun?.visitor(job));

    expect(begun?.jobId).toBe('op-1.r1.vpc');
    expect(visitor).toMatchObject({ fence: 1, record: { state: 'pending' }, begun: opening, others: [] });
    expect(visitor?.operation.id).toBe('op-1');
    expect((await store.steps('op-1'))['vpc']).toEqual(opening);
    const again = await store.visits.begin({ operation: 'op-1', step: 'vpc', run: 1 }, () => opening);
    expect(again?.fence).toBe(2);
  });

  it('marks those as changing that may change something at once', async () => {
    const { job, begun } = await taken('vpc', 'task');
    const visitor = job && (await begun?.visitor(job));

    expect(visitor?.begun).toEqual({ ...opening, changing: true });
    expect((await store.steps('op-1'))['vpc']).toEqual({ ...opening, changing: true });
  });

  it('is not begun for nothing, for another worker, or for a job that was taken over', async () => {
    expect(await beginTaken()).toBeUndefined();

    const { job } = await taken('vpc');
    await own.redis.set(worker.toKey(`${job?.id}:lock`), 'another:1');
    expect(await beginTaken()).toBeUndefined();

    await own.redis.set(worker.toKey(`${job?.id}:lock`), TOKEN);
    await own.redis.hset(worker.toKey(job?.id ?? ''), 'stc', '1');
    expect(await beginTaken()).toBeUndefined();
    expect(await own.redis.hgetall(keys.fences('op-1'))).toEqual({ vpc: '1' });
  });

  it('reads the operation anew when it has changed since this process read it', async () => {
    const alb = { operation: 'op-1', step: 'alb', run: 1 };
    await store.visits.begin(alb, () => opening);
    await store.update('op-1', undefined, (op) => ({
      ...op,
      problems: [{ code: 'x', message: 'x', hint: 'x' }],
    }));
    const { job, begun } = await taken('vpc');

    expect((job && (await begun?.visitor(job)))?.operation.problems).toHaveLength(1);
  });

  it('leaves a step as it was whose operation was stopped in between', async () => {
    const tools = { kinds: new Map(), looks: new Looks(1) } as unknown as Tools;
    const runner = new StepRunner({ store, tools, random: () => 0 } as unknown as RunnerParts);
    const mine = new Worker(
      STEPS,
      undefined,
      { connection: own.redis, prefix: keys.prefix },
      runner.taking.backend,
    );
    const visits = ['vpc', 'alb'].map((step) => ({
      job: { operation: 'op-1', step, run: 1 },
      kind: 'thing',
      slackSeconds: 0,
    }));
    await queues.queueVisits(visits);
    const first = await mine.getNextJob(TOKEN);
    if (!first) throw new Error('no job was taken');
    const [data, jobId] = (await first.moveToCompleted(undefined, TOKEN)) as [JobJson, string];
    await store.update('op-1', undefined, (op) => ({ ...op, state: 'cancelled' }));
    expect((await store.steps('op-1'))['alb']).toEqual({
      state: 'running',
      startedAt: expect.any(Number),
    });

    await runner.run(Job.fromJSON(mine, data, jobId), TOKEN, new AbortController().signal);

    expect((await store.steps('op-1'))['alb']).toEqual({ state: 'pending' });
    await mine.close(true);
  });
});
