import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CloudError } from '../../src/cloud/errors.ts';
import type { Operation } from '../../src/cluster/operation.ts';
import { stepJobId } from '../../src/jobs/queues.ts';
import { openBench, running, step } from '../support/engine-bench.ts';
import type { Bench } from '../support/engine-bench.ts';
import { ownRedis } from '../support/own-redis.ts';

const own = ownRedis();
let bench: Bench;

beforeEach(() => {
  bench = openBench(own.redis);
});

afterEach(() => bench.close());

describe('the engine', () => {
  it('waits for what it adopts as if it had made it when it began', async () => {
    bench.things.there.set('a', { ready: true });
    bench.things.slow.add('a');
    await bench.work();

    const id = await bench.begin([step('a')]);
    const record = async () => (await bench.store.steps(id))['a'];

    await expect.poll(async () => (await record())?.state).toBe('waiting');
    const waiting = await record();
    expect(waiting?.wait).toMatchObject({ kind: 'create.thing.create.ready-1', since: waiting?.startedAt });
    bench.things.slow.clear();
    await bench.state(id, 'succeeded');
    expect(await bench.learned.of('eu-central-1', 'create.thing.create.ready-1')).toEqual([]);
    expect(bench.things.asked).toEqual([]);
  });

  it('waits on for what it waited for when a look gets no answer', async () => {
    bench.things.slow.add('a');
    await bench.work();
    const id = await bench.begin([step('a')]);
    const record = async () => (await bench.store.steps(id))['a'];
    await expect.poll(async () => (await record())?.why).toBe('a is being made');
    const since = (await record())?.wait?.since;

    bench.things.troubles.push(
      new CloudError({ product: 'Thing', action: 'ListThings', errorClass: 'throttled' }),
    );
    await expect.poll(() => bench.things.troubles).toEqual([]);
    await expect.poll(async () => (await record())?.why).toBe('a is being made');

    expect(since).toBeDefined();
    expect((await record())?.wait?.since).toBe(since);
    expect(await bench.learned.of('eu-central-1', 'create.thing.create.ready-1')).toEqual([]);
    bench.things.slow.clear();
    await bench.state(id, 'succeeded');
  });

  it('waits without holding a place: a hundred waiting steps do not keep another from going', async () => {
    const waiting = Array.from({ length: 100 }, (_, n) => `slow-${n}`);
    for (const part of waiting) bench.things.slow.add(part);
    await bench.work();

    const id = await bench.begin([...waiting.map((part) => step(part)), step('quick')]);

    await expect.poll(async () => (await bench.store.steps(id))['quick']?.state).toBe('done');
    bench.things.slow.clear();
    await bench.state(id, 'succeeded');
    expect(bench.things.asked).toHaveLength(101);
  });

  it('asks for a thing once what it takes is there, and keeps no other step from going until then', async () => {
    const early = Array.from({ length: 100 }, (_, n) => `early-${n}`);
    for (const part of early) bench.things.early.add(part);
    await bench.work();

    const id = await bench.begin([...early.map((part) => step(part)), step('quick')]);

    await expect.poll(async () => (await bench.store.steps(id))['quick']?.state).toBe('done');
    expect(bench.things.asked).toEqual(['quick']);
    expect(bench.things.early.delete('early-0')).toBe(true);
    await expect.poll(async () => (await bench.store.steps(id))['early-0']?.state).toBe('done');
    bench.things.early.clear();
    await bench.state(id, 'succeeded');
    expect(bench.things.asked).toHaveLength(101);
  });

  it.each([
    ['that nobody could look at for an hour goes on waiting', 3_600_000, 'waiting'],
    ['that was looked at all the time has run out of it', 0, 'failed'],
  ] as const)('gives a step its time: one %s', async (_what, unseenMs, then) => {
    bench.things.slow.add('a');
    await bench.work();
    const id = await bench.begin([step('a')]);
    const record = async () => (await bench.store.steps(id))['a'];
    await expect.poll(async () => (await record())?.state).toBe('waiting');
    await bench.rest();
    const before = await record();
    const hourAgo = (before?.startedAt ?? 0) - 3_600_000;
    const lookAgainAt = Date.now() - unseenMs;
    const older = JSON.stringify({ ...before, startedAt: hourAgo, lookAgainAt });
    await own.redis.hset(bench.keys.steps(id), 'a', older);

    await bench.work();
    for (let looks = 0; looks < 3; looks += 1) {
      const seenAt = (await record())?.lookAgainAt ?? 0;
      if ((await record())?.state === 'failed') break;
      await expect.poll(async () => (await record())?.lookAgainAt).not.toBe(seenAt);
      await expect.poll(async () => (await record())?.state).toMatch(/waiting|failed/);
    }

    expect(await record()).toMatchObject({ state: then });
    bench.things.slow.clear();
    if (then === 'waiting') await bench.state(id, 'succeeded');
  });

  it('lets come at once what a clock that was set back would bring too late, but for what is due by the clock', async () => {
    bench.things.slow.add('a');
    await bench.work();
    const id = await bench.begin([step('a')]);
    await expect.poll(async () => (await bench.store.steps(id))['a']?.state).toBe('waiting');
    await bench.rest();
    bench.things.slow.clear();
    const job = await bench.queues.steps.getJob(stepJobId({ operation: id, step: 'a', run: 1 }));
    await job?.changeDelay(3_600_000);
    await bench.queues.queueExpiry('op-other', 3_600_000);
    await bench.work();

    await bench.queues.hurry();

    await bench.state(id, 'succeeded');
    expect((await bench.queues.asks.getDelayed()).map((one) => one.data.do)).toContain('expire');
  });

  it('reminds of a plan once, when its time comes or was missed, and not of one that is decided', async () => {
    let plans = 0;
    const waiting = async (change: Partial<Operation>): Promise<string> => {
      const times = { expiresAt: Date.now() + 60_000, remindAt: Date.now() + 300 };
      const id = `op-${(plans += 1)}-waiting`;
      const one = {
        ...running([]),
        id,
        cluster: id,
        state: 'awaiting-approval' as const,
        ...times,
        ...change,
      };
      await bench.store.add(one, { event: 'requested' });
      return id;
    };
    const remindedAt = async (id: string) => (await bench.store.read(id))?.remindedAt;
    const timely = await waiting({});
    const missed = await waiting({ remindAt: Date.now() - 1 });
    const decided = await waiting({ state: 'rejected' });
    await bench.queues.queueReminder(timely, 300);
    await bench.queues.queueReminder(decided, 1);

    await bench.work();

    await expect.poll(() => remindedAt(timely), { timeout: 10_000 }).toBeGreaterThan(0);
    await expect.poll(() => remindedAt(missed), { timeout: 10_000 }).toBeGreaterThan(0);
    expect(await remindedAt(decided)).toBeUndefined();
    const first = await remindedAt(timely);
    await bench.queues.queueReminder(timely, 0);
    // A job that is over is removed.
    await expect.poll(() => bench.queues.asks.getJob(`remind-now.${timely}`)).toBeUndefined();
    expect(await remindedAt(timely)).toBe(first);
  });
});
