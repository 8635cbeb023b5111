import { getMaxListeners } from 'node:events';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STEPS } from '../../src/jobs/queues.ts';
import { BEGIN_VISIT } from '../../src/jobs/store/store-scripts.ts';
import { openBench, step } from '../support/engine-bench.ts';
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
    await bench.queues.queueVisits([
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

  it('lets such a step wait, too, that was left begun by a process which died before it could put it back', async () => {
    bench.things.slow.add('a');
    await bench.work();
    const id = await bench.begin([step('a'), step('b', ['a'])]);
    const job = { operation: id, step: 'b', run: 1 };
    await bench.store.visits.begin(job, () => ({ state: 'running', startedAt: Date.now() }));
    await bench.queues.queueVisits([{ job, kind: 'thing', slackSeconds: 0 }]);
    const visits = async () => Number(await own.redis.hget(bench.keys.fences(id), 'b'));
    await expect.poll(visits, { timeout: 10_000 }).toBeGreaterThan(2);
    const asked = [...bench.things.asked];

    bench.things.slow.delete('a');
    await bench.state(id, 'succeeded');

    expect(asked).toEqual(['a']);
    expect(bench.things.asked).toEqual(['a', 'b']);
  });

  it('hands the facts of a step to those after it', async () => {
    await bench.work();

    const id = await bench.begin([step('a'), step('second-look', ['a'], 'look')]);
    await bench.state(id, 'succeeded');

    expect((await bench.store.steps(id))['second-look']?.output).toEqual({ id: 'id-of-a' });
  });

  it('adopts what is there already instead of making a second one', async () => {
    bench.things.there.set('a', { ready: true });
    await bench.work();

    const id = await bench.begin([step('a')]);
    await bench.state(id, 'succeeded');

    expect(bench.things.asked).toEqual([]);
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
