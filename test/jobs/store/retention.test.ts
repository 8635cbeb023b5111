import { describe, expect, it } from 'vitest';
import type { Operation, OperationState } from '../../../src/cluster/operation.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Retention } from '../../../src/jobs/store/retention.ts';
import { Store } from '../../../src/jobs/store/store.ts';
import { planStep } from '../../support/plan-step.ts';
import { startCluster } from '../../support/redis-forms.ts';
import { placeOf } from '../../support/redis-place.ts';
import { patientRedis } from '../../../src/redis/connect.ts';
import type { RedisClient } from '../../../src/redis/connect.ts';
import { emptyStore } from './empty-store.ts';

const DAY_MS = 86_400_000;
const NOW = 1_900_000_000_000;
const keys = new Keys('retention-test');
const VPC = planStep('vpc');
let redis: RedisClient;
let store: Store;
emptyStore(keys, (...given) => ([redis, store] = given));

/** An operation that came to its state so many days ago, with a step, and messages of it in Slack. */
async function kept(
  id: string,
  state: OperationState,
  days: number,
  change: Partial<Operation> = {},
  into: { readonly store: Store; readonly redis: RedisClient } = { store, redis },
): Promise<void> {
  const at = NOW - days * DAY_MS;
  const operation: Operation = {
    id,
    cluster: 'live',
    regionId: 'eu-central-1',
    wish: { kind: 'repair' },
    state: 'draft',
    requester: { user: 'U1', channel: 'C1', text: 'repair live' },
    policy: { approvers: ['U2'], quorum: 1, selfApproval: false, expiresAfterMs: 60_000 },
    spec: undefined,
    plan: { steps: [VPC], cost: undefined, risks: [] },
    digest: undefined,
    decisions: [],
    createdAt: at - 1_000,
    run: 1,
    problems: [],
    ...change,
  };
  await into.store.add(operation, { event: 'requested' });
  const job = { operation: id, step: 'vpc', run: operation.run };
  const visitor = await into.store.visits.begin(job, () => ({ state: 'running' }));
  if (!visitor) throw new Error('the plan has no step vpc');
  await into.store.visits.write(visitor, { state: 'done', notes: ['took another'] });
  await into.store.update(id, { event: state }, (one) => ({
    ...one,
    state,
    startedAt: at - 500,
    ...(['draft', 'running', 'approved', 'awaiting-approval'].includes(state) ? {} : { endedAt: at }),
  }));
  for (const key of [`op:${id}`, `note:${id}:started`, `note:${id}:step-vpc`, `end:${id}:${state}-1`])
    await into.redis.set(keys.message(key), '{"channel":"C1","ts":"1"}');
}

const retention = (keepDays: number) => new Retention({ redis, keys, store, keepDays, now: () => NOW });

/** All keys, and members of sets, that name an operation. */
async function traces(id: string): Promise<string[]> {
  const names = (await redis.keys('*')).filter((key) => key.includes(id));
  const lists = await Promise.all([
    redis.zscore(keys.operations(), id),
    redis.zscore(keys.liveOperations(), id),
    redis.sismember(keys.untold(), id),
  ]);
  return [...names, ...lists.flatMap((found) => (found === null || found === 0 ? [] : ['an index']))];
}

describe('what ended long ago', () => {
  it('is forgotten with its steps, its fences and its messages; the audit log keeps it', async () => {
    await kept('op-old', 'succeeded', 91);
    await kept('op-new', 'failed', 89);

    expect(await retention(90).sweep()).toBe(1);

    expect(await traces('op-old')).toEqual([]);
    expect(await store.read('op-new')).toBeDefined();
    expect(await redis.get(keys.message('op:op-new'))).not.toBeNull();
    const history = await store.history({ cluster: 'live', limit: 10 });
    expect(history.map((entry) => [entry.operation, entry.event])).toContainEqual(['op-old', 'succeeded']);
  });

  it('counts from its end, not from when it was asked for', async () => {
    await kept('op-long', 'succeeded', 10, { createdAt: NOW - 200 * DAY_MS });

    expect(await retention(90).sweep()).toBe(0);

    expect(await store.read('op-long')).toBeDefined();
  });

  it('is kept for ever with 0 days', async () => {
    await kept('op-old', 'succeeded', 9_000);

    expect(await retention(0).sweep()).toBe(0);

    expect(await store.read('op-old')).toBeDefined();
  });

  it.each(['draft', 'awaiting-approval', 'approved', 'running'] as const)(
    'does not go while it is %s, however old',
    async (state) => {
      await kept('op-live', state, 900);

      expect(await retention(1).sweep()).toBe(0);

      expect(await store.liveIds()).toEqual(['op-live']);
      expect(await store.steps('op-live')).toHaveProperty('vpc');
    },
  );

  it('stays as long as one that is under way refers to it, or may', async () => {
    await kept('op-failed', 'failed', 100);
    await kept('op-shown', 'superseded', 100);
    await kept('op-back', 'running', 1, {
      wish: { kind: 'rollback', of: 'op-failed' },
      replaces: 'op-shown',
    });

    expect(await retention(90).sweep()).toBe(0);
    await store.update('op-back', undefined, (one) => ({ ...one, state: 'succeeded', endedAt: NOW }));

    expect(await retention(90).sweep()).toBe(2);
    expect(await store.read('op-failed')).toBeUndefined();
    expect(await store.read('op-back')).toBeDefined();
  });

  it('stays when it was carried on between the look and the removal', async () => {
    await kept('op-failed', 'failed', 100);
    const racing = new Store(redis, keys);
    racing.view = async (id) => {
      const seen = await store.view(id);
      await store.update(id, { event: 'retried' }, (one) => ({ ...one, state: 'running', run: 2 }));
      return seen;
    };

    const swept = await new Retention({ redis, keys, store: racing, keepDays: 90, now: () => NOW }).sweep();

    expect(swept).toBe(0);
    expect(await store.read('op-failed')).toMatchObject({ state: 'running', run: 2 });
    expect(await store.steps('op-failed')).toHaveProperty('vpc');
  });

  it('goes a few at a time, and what must stay does not hold up the rest', async () => {
    for (let at = 0; at < 120; at += 1)
      await kept(`op-stays${at}`, 'running', 300, { cluster: `busy-${at}` });
    for (let at = 0; at < 130; at += 1) await kept(`op-old${at}`, 'succeeded', 100, { cluster: 'live' });
    const chore = retention(90);

    const swept: number[] = [];
    for (let round = 0; round < 6; round += 1) swept.push(await chore.sweep());

    expect(Math.max(...swept)).toBeLessThanOrEqual(100);
    expect(swept.reduce((sum, one) => sum + one, 0)).toBe(130);
    expect(await store.liveIds()).toHaveLength(120);
  });

  it('goes from the index too when its record is gone already', async () => {
    await redis.zadd(keys.operations(), NOW - 200 * DAY_MS, 'op-ghost');

    await retention(90).sweep();

    expect(await traces('op-ghost')).toEqual([]);
  });
});

it('works where the keys of a Redis Cluster must lie together', async () => {
  const town = await startCluster();
  const client = patientRedis(placeOf({ REDIS_URL: town.url, ...town.env }));
  try {
    const there = new Store(client, keys);
    await kept('op-old', 'succeeded', 91, {}, { store: there, redis: client });
    const swept = await new Retention({
      redis: client,
      keys,
      store: there,
      keepDays: 90,
      now: () => NOW,
    }).sweep();

    expect(swept).toBe(1);
    expect(await there.read('op-old')).toBeUndefined();
    expect(await client.exists(keys.steps('op-old'), keys.fences('op-old'))).toBe(0);
  } finally {
    client.disconnect();
    await town.close();
  }
}, 60_000);
