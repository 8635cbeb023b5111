import { planStep } from '../../support/plan-step.ts';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startRedis } from '../../../sandbox/redis.ts';
import type { RedisServer } from '../../../sandbox/redis.ts';
import { applyVote } from '../../../src/cluster/approval.ts';
import { RefusedError } from '../../../src/cluster/errors.ts';
import type { Operation, StepRecord } from '../../../src/cluster/operation.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets, SecretUnreadable } from '../../../src/jobs/store/secrets.ts';
import { Store } from '../../../src/jobs/store/store.ts';
import { OperationStopped, StepTaken } from '../../../src/jobs/store/visits.ts';
import type { Visitor } from '../../../src/jobs/store/visits.ts';

let server: RedisServer;
let redis: Redis;
let store: Store;
const keys = new Keys('store-test');

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});

afterAll(async () => {
  redis.disconnect();
  await server.close();
});

beforeEach(async () => {
  await redis.flushall();
  store = new Store(redis, keys);
});

function draft(id: string, change: Partial<Operation> = {}): Operation {
  return {
    id,
    cluster: 'live',
    regionId: undefined,
    wish: { kind: 'destroy' },
    state: 'draft',
    requester: { user: 'U1', channel: 'C1', text: 'destroy-cluster live' },
    policy: { approvers: ['U2', 'U3'], quorum: 2, selfApproval: false, expiresAfterMs: 60_000 },
    spec: undefined,
    plan: undefined,
    digest: undefined,
    decisions: [],
    createdAt: 1,
    run: 0,
    problems: [],
    ...change,
  };
}

const requested = { event: 'requested', user: 'U1' };

describe('a cluster is held by one operation', () => {
  it('refuses a second operation and names the first', async () => {
    await store.add(draft('op-1'), requested);

    await expect(store.add(draft('op-2'), requested)).rejects.toThrow('busy with operation op-1');
    expect(await store.read('op-2')).toBeUndefined();
  });

  it('lets fifty racing requests through once', async () => {
    const tries = Array.from({ length: 50 }, (_, n) => store.add(draft(`op-${n}`), requested));

    const done = await Promise.allSettled(tries);

    expect(done.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    expect(await store.liveIds()).toHaveLength(1);
  });

  it('tells who holds which, and nothing of those that nobody does', async () => {
    await store.add(draft('op-1'), requested);
    await store.add(draft('op-2', { cluster: 'over' }), requested);
    await store.update('op-2', undefined, (op) => ({ ...op, state: 'cancelled' }));
    // As a Redis that has lost the operation and not its claim would have it.
    await redis.set(keys.busy('lost'), 'op-0');

    const holders = await store.holders(['live', 'over', 'lost', 'never']);

    expect([...holders]).toEqual([['live', 'op-1']]);
    expect((await store.holders([])).size).toBe(0);
  });

  it('takes the same request twice as one', async () => {
    await store.add(draft('op-1', { createdAt: 5 }), requested);

    const again = await store.add(draft('op-1', { createdAt: 9 }), requested);

    expect(again.createdAt).toBe(5);
    expect(await store.history({ limit: 10 })).toHaveLength(1);
  });

  it('is free again when the operation is over', async () => {
    await store.add(draft('op-1'), requested);
    await store.update('op-1', { event: 'cancelled' }, (op) => ({ ...op, state: 'cancelled' }));

    await expect(store.add(draft('op-2'), requested)).resolves.toMatchObject({ id: 'op-2' });
  });

  it('is handed over to the successor that is added in the same moment, once', async () => {
    await store.add(draft('op-1'), requested);
    const successor = { operation: draft('op-2', { createdAt: 2 }), note: requested };
    const supersede = () =>
      store.update(
        'op-1',
        { event: 'superseded' },
        (op) => (op.state === 'draft' ? { ...op, state: 'superseded' } : op),
        { successor },
      );

    await Promise.all([supersede(), supersede()]);

    expect(await store.read('op-2')).toEqual(successor.operation);
    expect(await store.liveIds()).toEqual(['op-2']);
    await expect(store.add(draft('op-3'), requested)).rejects.toThrow('busy with operation op-2');
    const events = (await store.history({ limit: 10 })).map(
      ({ operation, event }) => `${operation} ${event}`,
    );
    expect(events).toEqual(['op-2 requested', 'op-1 superseded', 'op-1 requested']);
  });

  it('adds no successor of an operation that has ended otherwise', async () => {
    await store.add(draft('op-1'), requested);
    await store.update('op-1', undefined, (op) => ({ ...op, state: 'cancelled' }));

    await store.update('op-1', undefined, (op) => (op.state === 'draft' ? { ...op, run: 1 } : op), {
      successor: { operation: draft('op-2'), note: requested },
    });

    expect(await store.read('op-2')).toBeUndefined();
    await expect(store.add(draft('op-3'), requested)).resolves.toBeDefined();
  });

  it('is not taken back by a retry while another operation holds it', async () => {
    await store.add(draft('op-1'), requested);
    await store.update('op-1', undefined, (op) => ({ ...op, state: 'failed' }));
    await store.add(draft('op-2'), requested);

    const retry = store.update('op-1', undefined, (op) => ({ ...op, state: 'running' }));

    await expect(retry).rejects.toThrow(RefusedError);
    expect((await store.read('op-1'))?.state).toBe('failed');
  });
});

describe('votes', () => {
  it('count each person once, whatever happens at the same moment', async () => {
    await store.add(draft('op-1', { state: 'awaiting-approval', digest: 'd' }), requested);
    const vote = (user: string) =>
      store.update('op-1', { event: 'approved', user }, (op) =>
        applyVote(op, { user, verdict: 'approve', isApprover: true, at: 2 }),
      );

    const done = await Promise.allSettled([...Array(10).keys()].flatMap(() => [vote('U2'), vote('U3')]));

    expect(done.filter((one) => one.status === 'fulfilled')).toHaveLength(2);
    const after = await store.read('op-1');
    expect(after?.state).toBe('approved');
    expect(after?.decisions.map((one) => one.user).toSorted()).toEqual(['U2', 'U3']);
  });

  it('decide once when approval and rejection meet', async () => {
    const policy = { approvers: ['U2', 'U3'], quorum: 1, selfApproval: false, expiresAfterMs: 1 };
    await store.add(draft('op-1', { state: 'awaiting-approval', policy }), requested);
    const vote = (user: string, verdict: 'approve' | 'reject') =>
      store.update('op-1', { event: verdict, user }, (op) =>
        applyVote(op, { user, verdict, isApprover: true, at: 2 }),
      );

    const done = await Promise.allSettled([vote('U2', 'approve'), vote('U3', 'reject')]);

    expect(done.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    expect((await store.read('op-1'))?.decisions).toHaveLength(1);
  });
});

function planned(...steps: readonly [id: string, ...after: string[]][]): Operation['plan'] {
  return { steps: steps.map(([id, ...after]) => planStep(id, { after })), cost: undefined, risks: [] };
}

const running = {
  state: 'running',
  run: 1,
  plan: planned(['vpc'], ['alb'], ['listener', 'vpc', 'alb']),
} as const;
const opening: StepRecord = { state: 'running', startedAt: 5 };

async function visit(step: string, run = 1): Promise<Visitor> {
  const visitor = await store.visits.begin({ operation: 'op-1', step, run }, () => opening);
  if (!visitor) throw new Error(`no step ${step}`);
  return visitor;
}

const done = (at: Visitor) =>
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

describe('the audit log', () => {
  it('holds every change in order, newest first', async () => {
    await store.add(draft('op-1'), requested);
    await store.update('op-1', { event: 'planned' }, (op) => ({
      ...op,
      state: 'awaiting-approval',
      digest: 'abc',
    }));
    await store.update('op-1', { event: 'approved', user: 'U2' }, (op) => ({ ...op, state: 'approved' }));

    const entries = await store.history({ cluster: 'live', limit: 10 });

    expect(entries.map((entry) => entry.event)).toEqual(['approved', 'planned', 'requested']);
    expect(entries[0]).toMatchObject({ user: 'U2', digest: 'abc', kind: 'destroy' });
  });
});

describe('secrets', () => {
  it('are the same for everybody who races to make them, and never lie in Redis in clear', async () => {
    const secrets = new Secrets(redis, keys, 'a key of sixteen or more');
    let made = 0;
    const get = () =>
      secrets.getOrMake('live', ['admin', 'jwt'], () => ({ admin: `hunter-${(made += 1)}`, jwt: 'j' }));

    const all = await Promise.all(Array.from({ length: 20 }, get));

    expect(new Set(all.map((one) => one.admin)).size).toBe(1);
    const stored = JSON.stringify(await redis.hgetall(keys.secrets('live')));
    expect(stored).not.toContain('hunter');
  });

  it('cannot be opened with another key, nor under another name', async () => {
    await new Secrets(redis, keys, 'a key of sixteen or more').put('live', 'mongo', 'mongodb://x');
    const sealed = (await redis.hget(keys.secrets('live'), 'mongo')) ?? '';
    await redis.hset(keys.secrets('live'), 'admin', sealed);

    await expect(new Secrets(redis, keys, 'another key altogether').get('live', 'mongo')).rejects.toThrow(
      SecretUnreadable,
    );
    await expect(new Secrets(redis, keys, 'a key of sixteen or more').get('live', 'admin')).rejects.toThrow(
      SecretUnreadable,
    );
  });
});
