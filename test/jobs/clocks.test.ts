import { DelayedError } from 'bullmq';
import type { Job } from 'bullmq';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { AskRunner } from '../../src/jobs/asks/ask-runner.ts';
import { createDesk } from '../../src/jobs/create-desk.ts';
import { Engine } from '../../src/jobs/engine.ts';
import type { AskJob } from '../../src/jobs/queues.ts';
import { Looks } from '../../src/jobs/steps/looks.ts';
import { StepRunner } from '../../src/jobs/steps/step-runner.ts';
import { Store } from '../../src/jobs/store/store.ts';
import { startWorker } from '../../src/jobs/worker.ts';
import type { RunningWorker } from '../../src/jobs/worker.ts';
import { openBench, running, step } from '../support/engine-bench.ts';
import type { Bench } from '../support/engine-bench.ts';
import { ownRedis } from '../support/own-redis.ts';

const HOUR_MS = 3_600_000;
const own = ownRedis();
let bench: Bench;

beforeEach(() => {
  bench = openBench(own.redis);
});

afterEach(() => bench.close());

/** Starts a worker on a machine of its own, whose clock is so far ahead. */
async function workOn(aheadMs: number): Promise<RunningWorker> {
  const { asks, keys, learned, queues } = bench;
  const { log, outbox, random } = asks;
  const { timeScale } = asks.tools;
  const now = (): number => Date.now() + aheadMs;
  const store = new Store(own.redis, keys, undefined, now);
  const engine = new Engine({ store, queues, outbox, log, timeScale, now });
  const tools = { ...asks.tools, now, looks: new Looks(timeScale) };
  const worker = startWorker({
    connection: own.redis,
    keys,
    queues,
    steps: new StepRunner({ store, engine, tools, log, random, learned }),
    asks: new AskRunner({ ...asks, store, engine, tools }),
    log,
    timeScale,
  });
  await worker.started;
  return worker;
}

/** A plan that waits for a decision and has so long left, by the right clock. */
async function waitingPlan(cluster: string, leftMs: number): Promise<string> {
  const times = { expiresAt: Date.now() + leftMs, remindAt: Date.now() + leftMs };
  const id = `op-${cluster}`;
  await bench.store.add(
    { ...running([]), id, cluster, state: 'awaiting-approval', ...times },
    { event: 'requested' },
  );
  return id;
}

it.each([-HOUR_MS, HOUR_MS])(
  'lets a plan expire when its time has come by the clock of Redis, where that of the worker is %i ms ahead',
  async (aheadMs) => {
    const ids = [await waitingPlan('due', -1), await waitingPlan('early', HOUR_MS / 2)] as const;
    const worker = await workOn(aheadMs);
    for (const id of ids) await bench.queues.queueExpiry(id, 0);

    await bench.state(ids[0], 'expired');
    // A job that is over is removed.
    await expect.poll(() => bench.queues.asks.getJob(`expire-now.${ids[1]}`)).toBeUndefined();
    expect((await bench.store.read(ids[1]))?.state).toBe('awaiting-approval');
    await worker.close(5_000);
  },
);

it.each([-HOUR_MS, HOUR_MS])(
  'counts an approval by the clock of Redis, where that of the bot is %i ms ahead',
  async (aheadMs) => {
    const vote = (id: string) =>
      bench.desk.vote(id, { user: 'U2', verdict: 'approve', isApprover: true, at: Date.now() + aheadMs });
    const [due, early] = [await waitingPlan('due', -1), await waitingPlan('early', HOUR_MS / 2)];

    await expect(vote(due)).rejects.toThrow('has expired');
    expect((await vote(early)).state).toBe('approved');
  },
);

it.each([
  { since: HOUR_MS, aheadMs: HOUR_MS, state: 'refused' },
  { since: 0, aheadMs: -HOUR_MS, state: 'draft' },
])(
  'gives up on a plan by the clock of Redis: $state where the bot that queued it is $aheadMs ms ahead',
  async ({ since, aheadMs, state }) => {
    const draft = { state: 'draft', plan: undefined, wish: { kind: 'destroy' } } as const;
    const { id } = await bench.store.add(
      { ...running([]), ...draft, createdAt: Date.now() - since },
      { event: 'requested' },
    );
    await bench.queues.queuePlanning(id);
    const job = await bench.queues.asks.getJob(`plan.${id}`);
    const tried = Object.assign(job ?? {}, {
      timestamp: Date.now() + aheadMs,
      attemptsStarted: 10,
      moveToDelayed: async () => undefined,
    });

    // Nobody answers in the place of this bench's cloud.
    await new AskRunner(bench.asks)
      .run(tried as unknown as Job<AskJob>, undefined, new AbortController().signal)
      .catch((error: unknown) => expect(error).toBeInstanceOf(DelayedError));

    expect((await bench.store.read(id))?.state).toBe(state);
  },
);

it('notes by the clock of Redis when somebody let an operation go on: so do its steps', async () => {
  const { asks, engine, keys, queues, store } = bench;
  const now = (): number => Date.now() + HOUR_MS;
  const { secrets } = asks.tools;
  const desk = createDesk({ store, queues, engine, secrets, redis: own.redis, keys, now });
  const id = await bench.begin([step('a')]);
  await engine.fail({ id, run: 1 }, { code: 'no', message: 'No.', hint: 'None.' });

  const { retriedAt = 0 } = await desk.retry(id, 'U1');

  expect(Math.abs(retriedAt - Date.now())).toBeLessThan(HOUR_MS / 2);
});

it('gives a step its time, no more and no less, where workers take it from each other whose clocks differ', async () => {
  bench.things.slow.add('a');
  const id = await bench.begin([step('a')]);
  const record = async () => (await bench.store.steps(id))['a'];

  for (const aheadMs of [-HOUR_MS, HOUR_MS, 0, HOUR_MS, 0, -HOUR_MS]) {
    const before = (await record())?.lookAgainAt;
    const worker = await workOn(aheadMs);
    await expect.poll(async () => (await record())?.lookAgainAt).not.toBe(before);
    await worker.close(5_000);
  }

  const waited = await record();
  expect(waited?.state).toBe('waiting');
  expect(waited?.unseenMs ?? 0).toBeLessThan(HOUR_MS / 2);
  expect(Math.abs((waited?.startedAt ?? 0) - Date.now())).toBeLessThan(HOUR_MS / 2);
  bench.things.slow.clear();
  await bench.work();
  await bench.state(id, 'succeeded');
  expect(bench.things.asked).toEqual(['a']);
});

it.each([5, 60])(
  'goes on soon with what a clock put off that was %i minutes ahead and is right since nobody works',
  async (minutes) => {
    bench.things.slow.add('a');
    const right = Date.now;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => right() + minutes * 60_000);
    onTestFinished(() => clock.mockRestore());
    await bench.work();
    const id = await bench.begin([step('a')]);
    await expect.poll(async () => (await bench.store.steps(id))['a']?.state).toBe('waiting');
    await bench.queues.queueDriftLook('other', 60_000, true);
    await bench.rest();

    clock.mockRestore();
    bench.things.slow.clear();
    await bench.work();

    await bench.state(id, 'succeeded');
    await expect.poll(() => bench.queues.asks.getJob('drift-again.other')).toBeUndefined();
    expect((await bench.queues.asks.getJobScheduler('sweep'))?.next).toBeLessThan(Date.now() + 60_000);
  },
);
