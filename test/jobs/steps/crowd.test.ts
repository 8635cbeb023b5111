import { describe, expect, it } from 'vitest';
import { noCalls, withAnswersSince } from '../../../src/cloud/calling/answers.ts';
import { createReadCache } from '../../../src/cloud/calling/read-cache.ts';
import type { StepRecord } from '../../../src/cluster/operation.ts';
import type { PlanStep } from '../../../src/cluster/plan.ts';
import { Looks } from '../../../src/jobs/steps/looks.ts';
import type { Looker } from '../../../src/jobs/steps/looks.ts';
import { planStep } from '../../support/plan-step.ts';

const PENDING: StepRecord = { state: 'pending' };
const WAITING: StepRecord = { state: 'waiting' };

function looker(step: PlanStep, of: Partial<Looker> = {}): Looker {
  return { operation: 'op-1', run: 1, fence: 1, record: PENDING, others: [], step, ...of };
}

/**
 * Lets operations wait for minutes of a clock that is moved by hand, each looking every few seconds, as the step runner
 * does. @returns reads a second of the last part of that time, and the longest time between two looks of one
 */
async function wait(operations: number): Promise<{ readsASecond: number; longestMs: number }> {
  const clock = { now: 0 };
  const looks = new Looks(1, () => clock.now);
  const cache = createReadCache(() => clock.now);
  const pages = Math.ceil(operations / 50);
  const beganAt: number[] = [];
  const step = planStep('a');
  const due = Array.from({ length: operations }, (_none, at) => ({
    operation: `op-${at}`,
    at: (at * 7_919) % 5_000,
    fence: 1,
    last: 0,
    longest: 0,
  }));
  const read = (key: string) =>
    cache.read(key, () => {
      beganAt.push(clock.now);
      return Promise.resolve([]);
    });
  const fromMs = 300_000;
  const endMs = 900_000;
  for (;;) {
    const next = due.reduce((first, one) => (one.at < first.at ? one : first));
    if (next.at > endMs) break;
    clock.now = next.at;
    const holdMs = looks.holdMs(next.operation, step.id);
    if (holdMs > 0) {
      next.at += holdMs;
      continue;
    }
    const record = next.fence === 1 ? PENDING : WAITING;
    const visit = looker(step, { operation: next.operation, fence: next.fence, record });
    const { since } = looks.freshness(visit);
    const tags = next.fence === 1 ? undefined : looks.crowd('r').looks(visit);
    const asked = noCalls();
    const keys = tags ? Array.from({ length: pages }, (_none, page) => `all ${page}`) : [next.operation];
    await withAnswersSince(since, () => Promise.all(keys.map(read)), asked);
    looks.ended(visit, false);
    if (tags) looks.crowd('r').sawPages(visit, pages);
    if (record === WAITING) looks.crowd('r').spent(asked.reads, clock.now, tags !== undefined);
    looks.waits(visit, 'r', 5_000);
    if (clock.now > fromMs) next.longest = Math.max(next.longest, clock.now - next.last);
    next.last = clock.now;
    next.fence += 1;
    next.at = clock.now + 5_000;
  }
  const steady = beganAt.filter((at) => at >= fromMs).length;
  return {
    readsASecond: steady / ((endMs - fromMs) / 1_000),
    longestMs: Math.max(...due.map((one) => one.longest)),
  };
}

describe('waiting steps of many operations', () => {
  it.each([1, 10, 100, 1_000])('of %i read at most three times a second', async (operations) => {
    const { readsASecond, longestMs } = await wait(operations);

    expect(readsASecond).toBeLessThanOrEqual(3);
    expect(longestMs).toBeLessThan(20_000);
  });

  it('are held back once their region was asked a lot, but for the one look when a wait is likely over', () => {
    const looks = new Looks(1, () => 1_000);
    const visit = looker(planStep('a'), { fence: 1 });
    looks.ended(visit, false);
    looks.crowd('r').spent(1_000, 1_000, false);

    looks.waits(visit, 'r', 500);
    expect(looks.holdMs(visit.operation, 'a')).toBeGreaterThan(10_000);
    looks.waits(visit, 'r', 500, true);
    expect(looks.holdMs(visit.operation, 'a')).toBe(0);
    // It goes by no answer from before it was due.
    const next = looker(planStep('a'), { fence: 2, record: WAITING });
    expect(looks.freshness(next)).toEqual({ since: 1_000, early: false, isFree: true });
  });

  it('are held back for what they read in vain, not for what they read at the end of a wait', () => {
    const looks = new Looks(1, () => 1_000);
    const visit = looker(planStep('a'), { fence: 1 });
    looks.ended(visit, false);
    looks.waits(visit, 'r', 500);
    const crowd = looks.crowd('r');

    crowd.spent(60, 1_000, false);
    expect(looks.holdMs(visit.operation, 'a')).toBe(10_000);
    for (let nth = 0; nth < 10; nth += 1) crowd.earned();
    expect(looks.holdMs(visit.operation, 'a')).toBe(3_334);
    for (let nth = 0; nth < 1_000; nth += 1) crowd.earned();
    crowd.spent(60, 1_000, false);
    expect(looks.holdMs(visit.operation, 'a')).toBe(10_000);
  });

  it('before their start list together from the third of them on, as long as others look', async () => {
    const crowd = new Looks(1, () => 0).crowd('r');
    const ends: (() => void)[] = [];
    const seen: unknown[] = [];
    const look = (tags: unknown) => {
      seen.push(tags);
      return new Promise<void>((done) => ends.push(done));
    };
    const under = ['op-1', 'op-2', 'op-3'].map((id) => crowd.starting(id, look));
    for (const end of ends) end();
    await Promise.all(under);
    await expect(crowd.starting('op-4', () => Promise.reject(new Error('no answer')))).rejects.toThrow(
      'no answer',
    );

    await crowd.starting('op-5', async (tags) => void seen.push(tags));

    expect(seen).toEqual([undefined, undefined, { 'ams-managed': expect.any(String) }, undefined]);
  });

  it('wait for a common moment before their start where a list has more pages than operations are looked at', async () => {
    const clock = { now: 0 };
    const crowd = new Looks(1, () => clock.now).crowd('r');
    const seen: unknown[] = [];
    const begin = (id: string) =>
      crowd.starting(id, async (tags, since) => void seen.push([id, tags !== undefined, since]));
    const ids = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_none, at) => `op-${from + at}`);
    crowd.sawPages({ operation: 'op-0', step: { id: 'vpc', kind: 'vpc' } }, 8);
    expect(crowd.holdStartMs('op-1')).toBe(0);
    const ends: (() => void)[] = [];
    const under = ids(1, 3).map((id) =>
      crowd.starting(id, () => new Promise<void>((done) => ends.push(done))),
    );

    expect(ids(4, 11).map((id) => crowd.holdStartMs(id))).toEqual(ids(4, 11).map(() => 1_000));
    clock.now = 500;
    expect(crowd.holdStartMs('op-12')).toBe(500);
    for (const end of ends) end();
    await Promise.all(under);
    clock.now = 1_010;
    expect(crowd.holdStartMs('op-4')).toBe(0);
    await Promise.all(ids(4, 12).map(begin));
    expect(seen).toEqual(ids(4, 12).map((id) => [id, true, 1_000]));
    // Who has had his round, or came while nobody else was looked at, is looked at now.
    expect([crowd.holdStartMs('op-4'), crowd.holdStartMs('op-13')]).toEqual([0, 0]);
  });

  it.each<[what: string, change: (looks: Looks, clock: { now: number }) => void]>([
    ['whose answers are too old', (_looks, clock) => (clock.now = 32_000)],
    ['from before Redis was out of sight', (looks) => looks.forget()],
  ])('start by no round %s', async (_what, change) => {
    const clock = { now: 0 };
    const looks = new Looks(1, () => clock.now);
    const crowd = looks.crowd('r');
    crowd.sawStartPages(4);
    const ends: (() => void)[] = [];
    const under = ['op-1', 'op-2', 'op-3'].map((id) =>
      crowd.starting(id, () => new Promise<void>((done) => ends.push(done))),
    );
    for (const id of ['op-4', 'op-5', 'op-6', 'op-7']) expect(crowd.holdStartMs(id)).toBe(1_000);
    for (const end of ends) end();
    await Promise.all(under);
    clock.now = 1_000;
    const seen: unknown[] = [];
    await crowd.starting('op-4', async (_tags, since) => void seen.push(since));

    change(looks, clock);
    await crowd.starting('op-5', async (_tags, since) => void seen.push(since));

    expect(seen).toEqual([1_000, undefined]);
  });

  it('wait for one another too where each is looked at before the next one comes, if they come fast', async () => {
    const clock = { now: 0 };
    const crowd = new Looks(1, () => clock.now).crowd('r');
    crowd.sawStartPages(5);
    const come = async (gapMs: number, count: number) => {
      const held: number[] = [];
      for (let nth = 1; nth <= count; nth += 1) {
        clock.now += gapMs;
        const id = `op-${clock.now}`;
        held.push(crowd.holdStartMs(id));
        if (held.at(-1) === 0) await crowd.starting(id, () => Promise.resolve());
      }
      return held;
    };

    expect(await come(300, 8)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    clock.now = 10_000;
    expect(await come(100, 7)).toEqual([0, 0, 0, 0, 1_000, 900, 800]);
  });

  it('list alone after a round that so few came to', async () => {
    const clock = { now: 0 };
    const crowd = new Looks(1, () => clock.now).crowd('r');
    crowd.sawPages({ operation: 'op-0', step: { id: 'vpc', kind: 'vpc' } }, 40);
    const ends: (() => void)[] = [];
    const under = ['op-1', 'op-2', 'op-3'].map((id) =>
      crowd.starting(id, () => new Promise<void>((done) => ends.push(done))),
    );
    expect(crowd.holdStartMs('op-4')).toBe(1_000);
    for (const end of ends) end();
    await Promise.all(under);
    clock.now = 1_000;

    expect(crowd.holdStartMs('op-4')).toBe(0);
    await crowd.starting('op-4', async (tags, since) =>
      expect([tags, since]).toEqual([undefined, undefined]),
    );
    expect.assertions(3);
  });

  describe('list all clusters together', () => {
    const waiter = (nth: number, kind = 'vswitch') => ({
      operation: `op-${nth}`,
      step: planStep(`${kind}-1`, { kind }),
    });
    /** A crowd in which so many operations have looked once, and a list of all of them has so many pages. */
    function crowdOf(operations: number, pages = 1) {
      const clock = { now: 0 };
      const crowd = new Looks(1, () => clock.now).crowd('r');
      for (let nth = 1; nth <= operations; nth += 1) crowd.looks(waiter(nth));
      crowd.sawPages(waiter(1), pages);
      return { clock, crowd };
    }

    it('from the third operation on', () => {
      expect(crowdOf(1).crowd.looks(waiter(2))).toBeUndefined();
      expect(crowdOf(2).crowd.looks(waiter(3))).toEqual({ 'ams-managed': expect.any(String) });
      const { crowd } = crowdOf(0);
      for (const nth of [1, 2, 3]) crowd.waits(waiter(nth), 0);
      expect(crowd.looks(waiter(1))).toBeDefined();
    });

    it('only when as many of them are due as such a list has pages', () => {
      const { clock, crowd } = crowdOf(10, 4);
      for (const nth of [1, 2, 3, 4, 5]) crowd.waits(waiter(nth), nth * 100);
      crowd.waits(waiter(6, 'listener'), 100);

      clock.now = 350;
      expect(crowd.looks(waiter(1))).toBeUndefined();
      clock.now = 500;
      expect(crowd.looks(waiter(2))).toBeDefined();
    });

    it('when such a list was read after they were due, however few are left', () => {
      const { clock, crowd } = crowdOf(10, 3);
      for (const nth of [1, 2, 3]) crowd.waits(waiter(nth), 100);
      crowd.waits(waiter(4), 300);
      clock.now = 200;
      expect(crowd.looks(waiter(1))).toBeDefined();

      clock.now = 400;
      expect([2, 3, 4].map((nth) => crowd.looks(waiter(nth)) !== undefined)).toEqual([true, true, false]);
    });

    it('but never for what is likely gone: such a list would not prove it', () => {
      expect(crowdOf(100).crowd.looks(waiter(1))).toBeDefined();
      expect(crowdOf(100).crowd.looks(waiter(1), true)).toBeUndefined();
    });
  });

  it('of very many look late, but for some: so it is seen that waits have become shorter', () => {
    const crowd = new Looks(1, () => 0).crowd('r');
    const looks = (nth: number) => crowd.looks({ operation: `op-${nth}`, step: planStep('a') });
    for (let nth = 1; nth < 30; nth += 1) looks(nth);
    expect(crowd.isPatient(0.9)).toBe(false);

    looks(30);

    expect([0, 0.1, 0.5, 0.9].map((random) => crowd.isPatient(random))).toEqual([false, false, true, true]);
  });
});
