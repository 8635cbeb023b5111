import { describe, expect, it } from 'vitest';
import { applyVote } from '../../../src/cluster/approval.ts';
import type { Glance } from '../../../src/cluster/glance.ts';
import { RefusedError } from '../../../src/cluster/errors.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Store } from '../../../src/jobs/store/store.ts';
import type { RedisClient } from '../../../src/redis/connect.ts';
import { draft, emptyStore, requested } from './empty-store.ts';

let redis: RedisClient;
let store: Store;
const keys = new Keys('store-test');
emptyStore(keys, (...given) => ([redis, store] = given));

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

describe('what is remembered of a cluster', () => {
  it('is forgotten by the operation that holds it, as long as that runs, and by no older one', async () => {
    const { clusters } = store;
    const running = { operation: 'op-1', state: 'running' } as const;
    const glance: Glance = { cluster: 'live', health: 'good', groups: [], findings: [], readAt: 1 };
    await store.add(draft('op-1', { state: 'running' }), requested);
    await clusters.remember({ cluster: 'live', regionId: 'eu-central-1' });
    await clusters.remember({ cluster: 'other', regionId: 'eu-central-1' });
    await clusters.keepGlance(glance);
    await clusters.keepDrift('live', undefined, { suspected: 'x' });

    await clusters.forget('live', { operation: 'op-1', state: 'approved' });
    await clusters.forget('live', { operation: 'op-0', state: 'running' });
    expect(await clusters.read('live')).toBeDefined();
    await clusters.forget('live', running);
    expect(await clusters.list()).toEqual([{ cluster: 'other', regionId: 'eu-central-1' }]);
    // A look that began before ends now.
    await clusters.keepGlance(glance);
    expect(await clusters.keepDrift('live', undefined, { suspected: 'x' })).toBe(false);
    expect([await clusters.glances(), await clusters.drift('live')]).toEqual([[], undefined]);

    // Its process slept while another ended it and the name was taken anew.
    await store.update('op-1', undefined, (one) => ({ ...one, state: 'succeeded', endedAt: 2 }));
    await store.add(draft('op-2', { state: 'running' }), requested);
    await clusters.remember({ cluster: 'live', regionId: 'eu-west-1' });
    await clusters.forget('live', running);
    expect(await clusters.read('live')).toMatchObject({ regionId: 'eu-west-1' });
  });

  it('is brought back by no operation that another worker has ended meanwhile', async () => {
    const { clusters } = store;
    const running = { operation: 'op-1', state: 'running' } as const;
    const record = { cluster: 'live', regionId: 'eu-central-1' };
    await store.add(draft('op-1', { state: 'running' }), requested);

    await clusters.remember(record, running);
    expect(await clusters.read('live')).toEqual(record);

    await store.update('op-1', undefined, (one) => ({ ...one, state: 'succeeded', endedAt: 2 }));
    await store.add(draft('op-2', { state: 'running' }), requested);
    await clusters.forget('live', { operation: 'op-2', state: 'running' });
    await clusters.remember(record, running);
    expect(await clusters.read('live')).toBeUndefined();
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

describe('the operations of a cluster', () => {
  /** Bytes that Redis has sent so far. */
  async function sent(): Promise<number> {
    const stats = await redis.info('stats');
    return Number(/total_net_output_bytes:(\d+)/.exec(stats)?.[1]);
  }

  it('are found among those of hundreds of others without fetching these', async () => {
    const large = 'x'.repeat(16_000);
    await store.add(draft('op-1', { createdAt: 1 }), requested);
    for (let nth = 0; nth < 250; nth += 1) {
      const requester = { user: 'U1', channel: 'C1', text: large };
      const other = draft(`op-other-${nth}`, { cluster: `event-${nth}`, requester, createdAt: 2 + nth });
      await store.add(other, { event: 'requested' });
    }
    await store.add(draft('op-2', { createdAt: 900, planOnly: true }), requested);
    // As nothing of ours writes it, and yet it may be read.
    const { id, ...rest } = draft('op-3', { createdAt: 901 });
    await redis.hset(keys.operation(id), 'doc', JSON.stringify({ ...rest, id }));
    await redis.zadd(keys.operations(), 901, id);
    const before = await sent();

    const found = await store.list({ cluster: 'live', limit: 20 });

    expect(found.map((one) => one.id)).toEqual(['op-3', 'op-2', 'op-1']);
    expect((await sent()) - before).toBeLessThan(100_000);
    expect((await store.list({ cluster: 'live', after: 1, limit: 1 })).map((one) => one.id)).toEqual([
      'op-3',
    ]);
    expect(await store.list({ cluster: 'never', limit: 20 })).toEqual([]);
    expect(await store.list({ limit: 1_000 })).toHaveLength(253);
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

  it('tells of a cluster however much others have done since', async () => {
    await store.add(draft('op-1'), requested);
    const entry = { at: 2, operation: 'op-2', cluster: 'other', kind: 'create', event: 'step done' };
    const pipeline = redis.pipeline();
    for (let nth = 0; nth < 4_500; nth += 1) pipeline.xadd(keys.audit(), '*', 'e', JSON.stringify(entry));
    await pipeline.exec();

    expect((await store.history({ cluster: 'live', limit: 10 })).map((one) => one.event)).toEqual([
      'requested',
    ]);
    expect(await store.history({ cluster: 'other', limit: 3_000 })).toHaveLength(3_000);
    expect(await store.history({ cluster: 'never', limit: 10 })).toEqual([]);
  });
});
