import { getMaxListeners } from 'node:events';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CloudError } from '../../src/cloud/errors.ts';
import type { Operation } from '../../src/cluster/operation.ts';
import { STEPS, stepJobId } from '../../src/jobs/queues.ts';
import { BEGIN_VISIT } from '../../src/jobs/store/store-scripts.ts';
import { openBench, Refusal, running, step } from '../support/engine-bench.ts';
import type { Bench } from '../support/engine-bench.ts';
import { ownRedis } from '../support/own-redis.ts';

const own = ownRedis();
let bench: Bench;

beforeEach(() => {
  bench = openBench(own.redis);
});

afterEach(() => bench.close());

describe('the engine', () => {
  it('makes each thing once, after what it needs, and ends the operation', async () => {
    await bench.work();

    const id = await bench.begin([step('a'), step('b', ['a']), step('c', ['a']), step('d', ['b', 'c'])]);
    await bench.state(id, 'succeeded');

    expect(bench.things.asked.toSorted()).toEqual(['a', 'b', 'c', 'd']);
    expect(bench.things.asked[0]).toBe('a');
    expect(bench.things.asked[3]).toBe('d');
    expect(await bench.store.liveIds()).toEqual([]);
  });

  it('gives each visit a signal that any number of requests may listen to', async () => {
    await bench.work();
    const id = await bench.begin([step('a')]);
    await bench.state(id, 'succeeded');

    expect(bench.things.signals.map((signal) => getMaxListeners(signal))).toEqual([Infinity]);
  });

  it('queues first what the end of the operation waits for', async () => {
    const steps = [step('a'), { ...step('long', ['a']), typicalSeconds: 75 }, step('short', ['a'])];
    const id = await bench.begin([...steps, { ...step('z', ['long', 'short']), typicalSeconds: 60 }]);
    const done = await bench.store.visits.begin({ operation: id, step: 'a', run: 1 }, () => ({
      state: 'running',
    }));
    if (!done) throw new Error('no such step');
    await bench.store.visits.write(done, { state: 'done' });

    await bench.engine.advance(id);

    const priority = async (name: string) => (await bench.queues.steps.getJob(`${id}.r1.${name}`))?.priority;
    expect(await priority('long')).toBe(0);
    expect(await priority('short')).toBeGreaterThan(0);
    await bench.work();
    await bench.state(id, 'succeeded');
  });

  it('begins a step in one with taking its job, right behind the end of the step before', async () => {
    const begun: string[] = [];
    const client = new Redis(own.server.url);
    const monitor = await client.monitor();
    monitor.on('monitor', (_time: string, [, script, , , , , , step = '']: readonly string[]) => {
      if (script === BEGIN_VISIT.digest) begun.push(step);
    });
    await bench.work();
    const id = await bench.begin([step('a'), step('b', ['a'], 'look'), step('c', ['b'], 'look')]);
    await bench.state(id, 'succeeded');
    monitor.disconnect();
    client.disconnect();

    expect(new Set(begun)).toEqual(new Set(['a']));
    expect(await own.redis.hgetall(bench.keys.fences(id))).toMatchObject({ b: '1', c: '1' });
  });

  it('lets a step wait whose job came before the step that it needs was done', async () => {
    bench.things.slow.add('a');
    await bench.work();
    const id = await bench.begin([step('a'), step('b', ['a'])]);
    await bench.queues.visiting([
      { job: { operation: id, step: 'b', run: 1 }, kind: 'thing', slackSeconds: 0 },
    ]);
    const early = async () => (await bench.queues.steps.getJob(`${id}.r1.b`))?.isDelayed();
    await expect.poll(early, { timeout: 10_000 }).toBe(true);
    await expect.poll(async () => (await bench.store.steps(id))['b']?.state).toBe('pending');
    const asked = [...bench.things.asked];

    bench.things.slow.delete('a');
    await bench.state(id, 'succeeded');

    expect(asked).toEqual(['a']);
    expect(bench.things.asked).toEqual(['a', 'b']);
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
    await bench.queues.reminding(timely, 300);
    await bench.queues.reminding(decided, 1);

    await bench.work();

    await expect.poll(() => remindedAt(timely), { timeout: 10_000 }).toBeGreaterThan(0);
    await expect.poll(() => remindedAt(missed), { timeout: 10_000 }).toBeGreaterThan(0);
    expect(await remindedAt(decided)).toBeUndefined();
    const first = await remindedAt(timely);
    await bench.queues.reminding(timely, 0);
    await expect.poll(() => bench.queues.asks.count()).toBeLessThan(2);
    expect(await remindedAt(timely)).toBe(first);
  });

  it('hands the facts of a step to those after it', async () => {
    await bench.work();

    const id = await bench.begin([step('a'), step('second-look', ['a'], 'look')]);
    await bench.state(id, 'succeeded');

    expect((await bench.store.steps(id))['second-look']?.output).toEqual({ id: 'id-of-a' });
  });

  it('tries again after what may pass, and finds before it asks again', async () => {
    bench.things.refusals.set('a', [new Refusal(true), new Refusal(true)]);
    await bench.work();

    const id = await bench.begin([step('a')]);
    await bench.state(id, 'succeeded');

    expect(bench.things.asked).toEqual(['a', 'a', 'a']);
  });

  it('looks again after a token that the cloud knows with other parameters, as another version may have sent it', async () => {
    const told = { product: 'Thing', action: 'CreateThing', errorClass: 'token-mismatch' } as const;
    bench.things.refusals.set('a', [new CloudError(told)]);
    await bench.work();

    const id = await bench.begin([step('a')]);
    await bench.state(id, 'succeeded');

    expect(bench.things.asked).toEqual(['a', 'a']);
  });

  it('adopts what is there already instead of making a second one', async () => {
    bench.things.there.set('a', { ready: true });
    await bench.work();

    const id = await bench.begin([step('a')]);
    await bench.state(id, 'succeeded');

    expect(bench.things.asked).toEqual([]);
  });

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

  it('stops at a refusal that stays, says why, and carries on from there at retry', async () => {
    bench.things.refusals.set('b', [new Refusal(false)]);
    await bench.work();
    const id = await bench.begin([step('a'), step('b', ['a']), step('c', ['b'])]);
    const failed = await bench.state(id, 'failed');

    await bench.desk.retry(id, 'U1');
    await bench.state(id, 'succeeded');

    expect(failed.problems).toEqual([
      { code: 'refusal', message: 'The thing cannot be had.', hint: 'Ask for another thing.' },
    ]);
    expect(bench.things.asked).toEqual(['a', 'b', 'b', 'c']);
    // The cloud may answer what it has refused once more with the same refusal.
    expect(new Set(bench.things.tokens).size).toBe(4);
  });

  it('ends an operation whose worker died right after it had written that a step failed', async () => {
    const id = await bench.begin([step('a'), step('b')]);
    const problem = { code: 'refusal', message: 'The thing cannot be had.', hint: 'Ask for another thing.' };
    const failed = { state: 'failed', problem, endedAt: Date.now() };
    await own.redis.hset(bench.keys.steps(id), 'a', JSON.stringify(failed));

    await bench.engine.advance(id, { heal: true });

    expect(await bench.store.read(id)).toMatchObject({ state: 'failed', problems: [problem] });
  });

  it('leaves a later run alone when a step of an earlier one turns out to have failed', async () => {
    const id = await bench.begin([step('a')]);
    const before = (await bench.store.read(id)) as Operation;
    await bench.store.update(id, undefined, (one) => ({ ...one, run: 2 }));

    await bench.engine.fail(before, { code: 'late', message: 'Late.', hint: 'None.' });

    expect((await bench.store.read(id))?.state).toBe('running');
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

  it('stops at the next safe point when it is cancelled, and what exists stays', async () => {
    bench.things.slow.add('b');
    await bench.work();
    const id = await bench.begin([step('a'), step('b', ['a']), step('c', ['b'])]);
    await expect.poll(async () => (await bench.store.steps(id))['b']?.state).toBe('waiting');

    await bench.desk.cancel(id, 'U1');
    bench.things.slow.clear();
    await expect.poll(() => bench.queues.steps.getJobCountByTypes('active', 'waiting', 'delayed')).toBe(0);

    expect(bench.things.asked).toEqual(['a', 'b']);
    expect((await bench.store.read(id))?.state).toBe('cancelled');
  });

  it('does a step once though its job is delivered many times', async () => {
    const id = await bench.begin([step('a'), step('b', ['a'])]);
    const twin = new Queue(STEPS, {
      connection: own.redis,
      prefix: bench.keys.prefix,
    });
    const data = { operation: id, step: 'a', run: 1 };
    await Promise.all([1, 2, 3].map((n) => twin.add('step', data, { jobId: `twin-${n}` })));

    await bench.work();
    await bench.state(id, 'succeeded');
    await twin.close();

    expect(bench.things.there.size).toBe(2);
    expect((await bench.store.steps(id))['a']?.state).toBe('done');
  });

  it('heals a job that was lost', async () => {
    bench.things.slow.add('a');
    await bench.work();
    const id = await bench.begin([step('a')]);
    await expect.poll(async () => (await bench.store.steps(id))['a']?.state).toBe('waiting');
    await bench.rest();
    const job = await bench.queues.steps.getJob(stepJobId({ operation: id, step: 'a', run: 1 }));
    await job?.remove();

    bench.things.slow.clear();
    await bench.work();

    await bench.state(id, 'succeeded');
    expect(bench.things.asked).toEqual(['a']);
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
    await bench.queues.expiring('op-other', 3_600_000);
    await bench.work();

    await bench.queues.hurry();

    await bench.state(id, 'succeeded');
    expect((await bench.queues.asks.getDelayed()).map((one) => one.data.do)).toContain('expire');
  });

  it('marks the message of the operation after each change', async () => {
    await bench.work();
    const id = await bench.begin([step('a')]);

    await bench.state(id, 'succeeded');

    await expect
      .poll(() => bench.touched.filter((key) => key === `op:${id}`).length)
      .toBeGreaterThanOrEqual(2);
    await expect.poll(() => bench.store.untold()).toEqual([]);
  });
});
