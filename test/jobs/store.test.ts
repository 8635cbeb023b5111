import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startRedis } from '../../sandbox/redis.ts';
import type { RedisServer } from '../../sandbox/redis.ts';
import { applyVote } from '../../src/cluster/approval.ts';
import { RefusedError } from '../../src/cluster/errors.ts';
import type { Operation } from '../../src/cluster/operation.ts';
import { Keys } from '../../src/jobs/keys.ts';
import { Secrets, SecretUnreadable } from '../../src/jobs/secrets.ts';
import { OperationStopped, Store, StepTaken } from '../../src/jobs/store.ts';

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

describe('a step', () => {
  it('is written only by its newest visit', async () => {
    await store.add(draft('op-1'), requested);
    const older = await store.beginVisit('op-1', 'vpc');
    const newer = await store.beginVisit('op-1', 'vpc');

    await expect(store.writeStep('op-1', 'vpc', older?.fence ?? 0, { state: 'done' })).rejects.toThrow(
      StepTaken,
    );
    await store.writeStep('op-1', 'vpc', newer?.fence ?? 0, { state: 'waiting', why: 'w' });

    expect((await store.steps('op-1'))['vpc']).toEqual({ state: 'waiting', why: 'w' });
  });

  it('begins no change once a cancel was answered, and is marked as changing if it began before', async () => {
    const running = await store.add(draft('op-1', { state: 'running', run: 1 }), requested);
    const [early, late] = [await store.beginVisit('op-1', 'vpc'), await store.beginVisit('op-1', 'alb')];
    const changing = { state: 'running', changing: true } as const;

    await store.beginChange(running, 'vpc', early?.fence ?? 0, changing);
    await store.update('op-1', undefined, (op) => ({ ...op, state: 'cancelled' }));

    await expect(store.beginChange(running, 'alb', late?.fence ?? 0, changing)).rejects.toThrow(
      OperationStopped,
    );
    expect(await store.steps('op-1')).toEqual({ vpc: changing });
  });

  it('begins no change of an earlier run, and none that another visit has taken over', async () => {
    const second = await store.add(draft('op-1', { state: 'running', run: 2 }), requested);
    const older = await store.beginVisit('op-1', 'vpc');
    const newer = await store.beginVisit('op-1', 'vpc');
    const record = { state: 'running' } as const;

    const taken = store.beginChange(second, 'vpc', older?.fence ?? 0, record);
    const stale = store.beginChange({ ...second, run: 1 }, 'vpc', newer?.fence ?? 0, record);

    await expect(taken).rejects.toThrow(StepTaken);
    await expect(stale).rejects.toThrow(OperationStopped);
    await expect(store.expectVisit('op-1', 'vpc', older?.fence ?? 0)).rejects.toThrow(StepTaken);
    await store.expectVisit('op-1', 'vpc', newer?.fence ?? 0);
  });

  it('keeps its memory but not its failure when reopened', async () => {
    await store.add(draft('op-1'), requested);
    const visit = await store.beginVisit('op-1', 'database');
    await store.writeStep('op-1', 'database', visit?.fence ?? 0, {
      state: 'failed',
      memory: { type: 2 },
      problem: { code: 'c', message: 'm', hint: 'h' },
    });

    await store.reopenSteps('op-1');

    expect((await store.steps('op-1'))['database']).toEqual({ state: 'pending', memory: { type: 2 } });
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
