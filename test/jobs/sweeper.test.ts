import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Operation, StepRecord } from '../../src/cluster/operation.ts';
import { Engine } from '../../src/jobs/engine.ts';
import { Store } from '../../src/jobs/store/store.ts';
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

/** An engine whose own clock is so much ahead. */
function engineAhead(aheadMs: number): Engine {
  const now = (): number => Date.now() + aheadMs;
  const { asks, keys, queues } = bench;
  const { log, outbox } = asks;
  const store = new Store(own.redis, keys, undefined, now);
  return new Engine({ store, queues, outbox, log, timeScale: asks.tools.timeScale, now });
}

describe('the sweeper', () => {
  it('forgets an operation that ended long ago, and none that ended lately', async () => {
    const ended = async (days: number): Promise<string> => {
      const at = Date.now() - days * 86_400_000;
      const id = `op-${days}-days`;
      await bench.store.add({ ...running([]), id, createdAt: at, startedAt: at }, { event: 'requested' });
      await bench.store.update(id, undefined, (one) => ({ ...one, state: 'succeeded', endedAt: at }));
      return id;
    };
    const [old, young] = [await ended(91), await ended(89)];

    await bench.work();

    await expect.poll(() => bench.store.read(old), { timeout: 10_000 }).toBeUndefined();
    expect(await bench.store.read(young)).toBeDefined();
  });

  it('plans a draft whose planning was never queued', async () => {
    const draft: Operation = { ...running([]), state: 'draft', plan: undefined, wish: { kind: 'destroy' } };
    await bench.store.add(draft, { event: 'requested' });

    await bench.engine.sweep();

    expect(await bench.queues.asks.getJob(`plan.${draft.id}`)).toBeDefined();
  });

  it('starts once more what runs and of which no step was ever visited', async () => {
    const id = await bench.begin([step('a')]);

    await bench.engine.sweep();

    expect(await bench.queues.asks.getJob(`start.${id}`)).toBeDefined();
  });

  it.each([-HOUR_MS, 0, HOUR_MS])(
    'lets visits come that another clock has put off, long after they were due by that of Redis: its own is %i ms ahead',
    async (aheadMs) => {
      const { keys, queues } = bench;
      const operation = running([step('done'), step('late'), step('next', ['done']), step('soon')]);
      const { id, run } = operation;
      await bench.store.add(operation, { event: 'requested' });
      const ago = Date.now() - 60_000;
      const records: readonly (readonly [string, StepRecord])[] = [
        ['done', { state: 'done', startedAt: ago, endedAt: ago }],
        ['late', { state: 'waiting', startedAt: ago, lookAgainAt: ago }],
        ['soon', { state: 'waiting', startedAt: ago, lookAgainAt: Date.now() }],
      ];
      for (const [name, record] of records)
        await own.redis.hset(keys.steps(id), name, JSON.stringify(record));
      const jobs = ['late', 'next', 'soon'].map((name) => ({ operation: id, step: name, run }));
      await queues.queueVisits(
        jobs.map((job) => ({ job, kind: 'thing', slackSeconds: 0 })),
        HOUR_MS,
      );

      await engineAhead(aheadMs).sweep();

      expect((await queues.steps.getDelayed()).map(({ data }) => data.step)).toEqual(['soon']);
    },
  );

  it.each([-HOUR_MS, HOUR_MS])(
    'sees by the clock of Redis what has expired: its own is %i ms ahead',
    async (aheadMs) => {
      const waiting = async (id: string, leftMs: number): Promise<void> => {
        const expiresAt = Date.now() + leftMs;
        const plan: Operation = { ...running([]), id, cluster: id, state: 'awaiting-approval', expiresAt };
        await bench.store.add(plan, { event: 'requested' });
      };
      await waiting('op-due', -60_000);
      await waiting('op-early', HOUR_MS / 2);

      await engineAhead(aheadMs).sweep();

      expect(await bench.queues.asks.getJob('expire-now.op-due')).toBeDefined();
      expect(await bench.queues.asks.getJob('expire-now.op-early')).toBeUndefined();
    },
  );

  it('heals all others where one cannot be read', async () => {
    const draft: Operation = { ...running([]), state: 'draft', plan: undefined, wish: { kind: 'destroy' } };
    await bench.store.add({ ...draft, id: 'op-bad', cluster: 'bad', createdAt: 1 }, { event: 'requested' });
    await bench.store.add(draft, { event: 'requested' });
    await own.redis.hset(bench.keys.operation('op-bad'), 'doc', 'cut sh');

    await bench.engine.sweep();

    expect(await bench.queues.asks.getJob(`plan.${draft.id}`)).toBeDefined();
  });

  it('starts what was approved and never started, and expires what nobody answered', async () => {
    const approved: Operation = { ...running([]), id: 'op-approved', cluster: 'one', state: 'approved' };
    const late: Operation = {
      ...running([]),
      id: 'op-late',
      cluster: 'two',
      state: 'awaiting-approval',
      expiresAt: 1,
    };
    await bench.store.add(approved, { event: 'requested' });
    await bench.store.add(late, { event: 'requested' });

    await bench.engine.sweep();

    expect(await bench.queues.asks.getJob('start.op-approved')).toBeDefined();
    await bench.work();
    await bench.state('op-late', 'expired');
  });
});
