import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CloudError } from '../../src/cloud/errors.ts';
import type { Operation } from '../../src/cluster/operation.ts';
import { stepJobId } from '../../src/jobs/queues.ts';
import { openBench, step } from '../support/engine-bench.ts';
import type { Bench } from '../support/engine-bench.ts';
import { ownRedis } from '../support/own-redis.ts';
import { Refusal } from '../support/things.ts';

const own = ownRedis();
let bench: Bench;

beforeEach(() => {
  bench = openBench(own.redis);
});

afterEach(() => bench.close());

describe('the engine', () => {
  it('tries again after what may pass, and finds before it asks again', async () => {
    bench.things.refusals.set('a', [new Refusal(true), new Refusal(true)]);
    await bench.work();

    const id = await bench.begin([step('a')]);
    await bench.state(id, 'succeeded');

    expect(bench.things.asked).toEqual(['a', 'a', 'a']);
    expect(bench.things.looksBetweenAsks('a')).toEqual([1, 1]);
  });

  it('looks again after a token that the cloud knows with other parameters, as another version may have sent it', async () => {
    const told = { product: 'Thing', action: 'CreateThing', errorClass: 'token-mismatch' } as const;
    bench.things.refusals.set('a', [new CloudError(told)]);
    await bench.work();

    const id = await bench.begin([step('a')]);
    await bench.state(id, 'succeeded');

    expect(bench.things.asked).toEqual(['a', 'a']);
    expect(bench.things.looksBetweenAsks('a')).toEqual([1]);
  });

  it.each([
    "OOM command not allowed when used memory > 'maxmemory'.",
    // Of one that took a master's place without its users, until somebody puts them there.
    'WRONGPASS invalid username-password pair or user is disabled.',
    'NOAUTH HELLO must be called with the client already authenticated.',
  ])('goes on by itself with a step in whose visit Redis said for a moment: %s', async (words) => {
    bench.things.refusals.set('a', [Object.assign(new Error(words), { name: 'ReplyError' })]);
    await bench.work();

    const id = await bench.begin([step('a')]);
    const ended = await bench.state(id, 'succeeded');

    expect(ended.problems).toEqual([]);
    expect(bench.things.asked).toEqual(['a', 'a']);
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
});
