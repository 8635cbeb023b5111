import { planStep } from '../../support/plan-step.ts';
import { describe, expect, it } from 'vitest';
import type { Operation, StepRecord } from '../../../src/cluster/operation.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Store } from '../../../src/jobs/store/store.ts';
import { OperationStopped, StepTaken } from '../../../src/jobs/store/visits.ts';
import type { StepVisit } from '../../../src/jobs/store/visits.ts';
import type { RedisClient } from '../../../src/redis/connect.ts';
import { draft, emptyStore, requested } from './empty-store.ts';

let redis: RedisClient;
let store: Store;
const keys = new Keys('store-test');
emptyStore(keys, (...given) => ([redis, store] = given));

function planned(...steps: readonly [id: string, ...after: string[]][]): Operation['plan'] {
  return { steps: steps.map(([id, ...after]) => planStep(id, { after })), cost: undefined, risks: [] };
}

const running = {
  state: 'running',
  run: 1,
  plan: planned(['vpc'], ['alb'], ['listener', 'vpc', 'alb']),
} as const;
const opening: StepRecord = { state: 'running', startedAt: 5 };

async function visit(step: string, run = 1): Promise<StepVisit> {
  const visitor = await store.visits.begin({ operation: 'op-1', step, run }, () => opening);
  if (!visitor) throw new Error(`no step ${step}`);
  return visitor;
}

const done = (at: StepVisit) =>
  store.visits.end(
    at,
    { state: 'done' },
    {
      at: 1,
      operation: 'op-1',
      cluster: 'live',
      kind: 'destroy',
      event: 'step done',
      detail: at.step.id,
    },
  );

/** What a retry does: once, of all that are asked for at the same moment. */
const again = (run = 1) =>
  store.update(
    'op-1',
    { event: 'retried' },
    (current) => (current.run === run ? { ...current, state: 'running', run: run + 1 } : current),
    { reopen: true },
  );

describe('a step', () => {
  it('is written only by its newest visit', async () => {
    await store.add(draft('op-1', running), requested);
    const older = await visit('vpc');
    const newer = await visit('vpc');

    await expect(store.visits.write(older, { state: 'done' })).rejects.toThrow(StepTaken);
    await expect(done(older)).rejects.toThrow(StepTaken);
    await store.visits.write(newer, { state: 'waiting', why: 'w' });

    expect((await store.steps('op-1'))['vpc']).toEqual({ state: 'waiting', why: 'w' });
  });

  it('is told once in the audit log, however often its end is sent: Redis died with the answer', async () => {
    await store.add(draft('op-1', running), requested);
    const visitor = await visit('vpc');

    const first = await done(visitor);
    const again = await done(visitor);

    expect(again).toEqual(first);
    const told = (await store.history({ limit: 100 })).filter((entry) => entry.event === 'step done');
    expect(told.map((entry) => entry.detail)).toEqual(['vpc']);
  });

  it('is begun by its first visit, unless its operation does not run', async () => {
    await store.add(draft('op-1', running), requested);

    const first = await visit('vpc');
    const second = await visit('vpc');
    const stale = await visit('alb', 2);

    expect([first.record, first.begun]).toEqual([{ state: 'pending' }, opening]);
    expect([second.record, second.begun]).toEqual([opening, undefined]);
    expect(stale.begun).toBeUndefined();
    expect(await store.steps('op-1')).toEqual({ vpc: opening });
    expect(await store.untold()).toEqual(['op-1']);
  });

  it('is taken from nobody by a job that is left of an earlier run', async () => {
    await store.add(draft('op-1', { ...running, run: 2 }), requested);
    const present = await visit('vpc', 2);

    const left = await visit('vpc', 1);

    expect(left.begun).toBeUndefined();
    await store.visits.write(present, { state: 'done' });
    expect((await store.steps('op-1'))['vpc']).toEqual({ state: 'done' });
  });

  it('shows what other steps are at, and the operation as it is now', async () => {
    await store.add(draft('op-1', running), requested);
    await store.visits.write(await visit('vpc'), { state: 'waiting', why: 'w' });
    await store.update('op-1', undefined, (op) => ({ ...op, regionId: 'cn-hangzhou' }));

    const visitor = await visit('alb');

    expect(visitor.others).toEqual(['vpc']);
    expect(visitor.other('vpc')).toEqual({ state: 'waiting', why: 'w' });
    expect(visitor.other('listener')).toBeUndefined();
    expect(visitor.operation).toEqual(await store.read('op-1'));
    expect(visitor.step.id).toBe('alb');
  });

  it('begins no change once a cancel was answered, and is marked as changing if it began before', async () => {
    await store.add(draft('op-1', running), requested);
    const [early, late] = [await visit('vpc'), await visit('alb')];
    const changing = { state: 'running', changing: true } as const;

    await store.visits.beginChange(early, changing);
    await store.update('op-1', undefined, (op) => ({ ...op, state: 'cancelled' }));

    await expect(store.visits.beginChange(late, changing)).rejects.toThrow(OperationStopped);
    expect(await store.steps('op-1')).toEqual({ vpc: changing, alb: opening });
  });

  it('begins no change of an earlier run, and none that another visit has taken over', async () => {
    await store.add(draft('op-1', { ...running, run: 2 }), requested);
    const older = await visit('vpc', 2);
    const newer = await visit('vpc', 2);
    await store.update('op-1', undefined, (op) => ({ ...op, run: 3 }));

    await expect(store.visits.beginChange(older, opening)).rejects.toThrow(StepTaken);
    await expect(store.visits.beginChange(newer, opening)).rejects.toThrow(OperationStopped);
    await expect(store.visits.expectNewest(older)).rejects.toThrow(StepTaken);
    await store.visits.expectNewest(newer);
  });

  it('keeps its memory but not its failure when reopened, and asks by a new token for what was refused', async () => {
    await store.add(draft('op-1', running), requested);
    const problem = (code: string) => ({ code, message: 'm', hint: 'h' });
    const memory = { type: 2 };
    const changedAt = 7;
    await store.visits.write(await visit('vpc'), {
      state: 'failed',
      memory,
      changedAt,
      problem: problem('c'),
    });
    await store.visits.write(await visit('alb'), { state: 'failed', memory, problem: problem('deadline') });

    await again();

    const { vpc, alb } = await store.steps('op-1');
    // Lists may not show yet what was made at that moment.
    expect(vpc).toEqual({ state: 'pending', memory: { type: 2, tokenEpoch: 1 }, changedAt });
    // What ran out of time may be made still by what was asked for.
    expect(alb).toEqual({ state: 'pending', memory });
  });

  it('begins anew once, however many retry at the same moment, and what then begins is not undone', async () => {
    await store.add(draft('op-1', { ...running, state: 'failed' }), requested);
    const late = await visit('vpc');
    await store.visits.write(late, { state: 'failed', memory: { type: 2 } });

    await Promise.all(
      Array.from({ length: 20 }, async () => {
        await again();
        await visit('vpc', 2);
      }),
    );

    expect(await store.read('op-1')).toMatchObject({ state: 'running', run: 2 });
    expect((await store.steps('op-1'))['vpc']).toEqual({
      state: 'pending',
      memory: { type: 2, tokenEpoch: 1 },
    });
    const newest = await visit('vpc', 2);
    await again();
    await store.visits.write(newest, { state: 'done' });
    await expect(store.visits.write(late, { state: 'failed' })).rejects.toThrow(StepTaken);
  });

  it('leads to those that waited for it alone, and of two that end together one leads to what waited for both', async () => {
    await store.add(draft('op-1', running), requested);
    const [vpc, alb] = [await visit('vpc'), await visit('alb')];

    const next = await Promise.all([done(vpc), done(alb)]);

    expect(next.map(({ ready }) => ready)).toEqual([[], ['listener']]);
    expect(next.map(({ last }) => last)).toEqual([false, false]);
    expect(await done(await visit('listener'))).toEqual({ ready: [], last: true });
  });

  it('leads to nothing that was begun meanwhile', async () => {
    await store.add(draft('op-1', running), requested);
    await done(await visit('vpc'));
    const alb = await visit('alb');
    await visit('listener');

    expect((await done(alb)).ready).toEqual([]);
  });
});

describe('an operation that the previous version of this program changed', () => {
  /** As it did: the document and its revision, and no mark. */
  async function changedBefore(change: Partial<Operation>): Promise<void> {
    const key = keys.operation('op-1');
    const before = JSON.parse((await redis.hget(key, 'doc')) ?? '') as Operation;
    await redis.hset(key, 'doc', JSON.stringify({ ...before, ...change }));
    await redis.hincrby(key, 'rev', 1);
  }

  it('is seen as it left it', async () => {
    await store.add(draft('op-1', running), requested);
    const early = await visit('vpc');

    await changedBefore({ state: 'cancelled' });

    await expect(store.visits.beginChange(early, opening)).rejects.toThrow(OperationStopped);
    expect((await visit('alb')).operation.state).toBe('cancelled');
    await changedBefore({ state: 'running', run: 2 });
    const again = await visit('alb', 2);
    expect([again.operation.run, again.begun]).toEqual([2, opening]);
  });

  it('and that it added is carried on', async () => {
    await store.add(draft('op-1', running), requested);
    await redis.hdel(keys.operation('op-1'), 'mark');

    const visitor = await visit('vpc');
    await store.visits.beginChange(visitor, { state: 'running', changing: true });
    await store.update('op-1', undefined, (op) => ({ ...op, regionId: 'cn-hangzhou' }));

    expect((await visit('vpc')).operation.regionId).toBe('cn-hangzhou');
    expect((await visit('vpc')).record).toEqual({ state: 'running', changing: true });
  });
});
