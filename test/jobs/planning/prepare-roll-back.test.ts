import { expect, it } from 'vitest';
import type { Operation, StepRecord } from '../../../src/cluster/operation.ts';
import { checkRollBack } from '../../../src/jobs/planning/prepare-roll-back.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Store } from '../../../src/jobs/store/store.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { CREATE, draft } from '../../support/plan-bench.ts';
import { planStep } from '../../support/plan-step.ts';

const own = ownRedis();
let count = 0;

/** A store of its own, and what puts an operation into it that is over. */
function openStore() {
  const keys = new Keys(`roll-back-${(count += 1)}`);
  const store = new Store(own.redis, keys);
  const ended = async (one: Operation, steps: Readonly<Record<string, StepRecord>> = {}): Promise<void> => {
    await store.add({ ...one, state: 'running' }, { event: 'started' });
    for (const [step, record] of Object.entries(steps))
      await own.redis.hset(keys.steps(one.id), step, JSON.stringify(record));
    await store.update(one.id, undefined, (now) => ({ ...now, state: one.state }));
  };
  return { store, ended };
}

it('a later change is seen however many plans were looked at since', async () => {
  const { store, ended } = openStore();
  const scale = { kind: 'scale', role: 'edge', amount: { add: 1 }, withLimits: false } as const;
  await ended(draft(CREATE, { id: 'op-a', state: 'failed', startedAt: 1, createdAt: 1 }));
  await ended(draft(scale, { id: 'op-b', state: 'succeeded', startedAt: 2, createdAt: 2 }));
  await Promise.all(
    Array.from({ length: 250 }, (_none, at) => {
      const plan = draft(scale, { id: `op-plan-${at}`, state: 'planned', planOnly: true, createdAt: 3 + at });
      return store.add(plan, { event: 'planned' });
    }),
  );

  await expect(checkRollBack(store, 'op-a')).rejects.toThrow('op-b has changed live since op-a');
});

it.each<[string, Readonly<Record<string, StepRecord>>, boolean]>([
  ['was refused all that it asked for', { vpc: { state: 'failed', startedAt: 2 } }, true],
  ['was stopped before its first step', {}, true],
  ['only looked, and worked on a machine', { look: { state: 'done' }, admin: { state: 'done' } }, true],
  ['has made something', { vpc: { state: 'done' } }, false],
  ['was granted something', { vpc: { state: 'failed', changedAt: 2 } }, false],
  ['waits for what it has begun', { vpc: { state: 'waiting', changes: 1 } }, false],
  ['may have something under way', { vpc: { state: 'running', changing: true } }, false],
  ['has removed what did not fit', { look: { state: 'waiting', changedAt: 2 } }, false],
])('a repair that %s', async (_what, steps, leavesNothing) => {
  const { store, ended } = openStore();
  const plan = {
    steps: [planStep('vpc'), planStep('look', { action: 'check' }), planStep('admin', { action: 'update' })],
    cost: undefined,
    risks: [],
  };
  await ended(draft(CREATE, { id: 'op-a', state: 'failed', startedAt: 1, createdAt: 1 }));
  const repair = draft(
    { kind: 'repair' },
    { id: 'op-b', state: 'cancelled', startedAt: 2, createdAt: 2, plan },
  );
  await ended(repair, steps);

  const checked = checkRollBack(store, 'op-a');

  if (leavesNothing) await expect(checked).resolves.toMatchObject({ id: 'op-a' });
  else await expect(checked).rejects.toThrow('op-b has changed live since op-a');
});
