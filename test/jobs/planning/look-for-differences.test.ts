import { afterEach, expect, it } from 'vitest';
import type { Operation } from '../../../src/cluster/operation.ts';
import { kindsByName } from '../../../src/jobs/kinds.ts';
import { lookForDifferences } from '../../../src/jobs/planning/look-for-differences.ts';
import { openBench } from '../../support/engine-bench.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { CREATE, HERE, draft } from '../../support/plan-bench.ts';
import { planStep } from '../../support/plan-step.ts';
import { aSpec } from '../resources/spec.ts';

/** Whether a repair of a cluster whose resources are as they should be sees to its administrator. */
const own = ownRedis();
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const MADE = { outcome: { adminSecret: 'admin', notes: [] } };
const REPAIR = { id: 'op-repair', wish: { kind: 'repair' }, createdAt: 3 } as const;

/** An operation that was to make an administrator after all else. */
function operation(state: Operation['state'], change: Partial<Operation> = {}): Operation {
  const steps = [planStep('launch-template-origin'), planStep('admin')];
  return draft(CREATE, { state, startedAt: 2, plan: { steps, cost: undefined, risks: [] }, ...change });
}

/** Whether it does, after these operations. */
async function seesToIt(operations: readonly Operation[]): Promise<boolean> {
  const bench = openBench(own.redis);
  ends.push(() => bench.close());
  const { store, asks } = bench;
  await store.clusters.remember({ cluster: 'live', regionId: HERE, spec: aSpec({ name: 'live' }) });
  // They were under way one after the other.
  for (const one of operations) {
    await store.add({ ...one, state: 'running' }, { event: 'started' });
    await store.update(one.id, undefined, (now) => ({ ...now, state: one.state }));
  }
  // Without resources there are none that could differ.
  const kinds = new Map([...kindsByName()].filter(([, kind]) => kind.type === 'task'));
  const compared = await lookForDifferences('live', { tools: { ...asks.tools, kinds }, store });
  if ('problem' in compared) throw new Error(JSON.stringify(compared));
  return compared.steps.some((step) => step.part === 'admin');
}

it.each<[what: string, operations: readonly Operation[], doesSo: boolean]>([
  ['a create that failed before it made one', [operation('failed')], true],
  ['a create that was cancelled before it made one', [operation('cancelled')], true],
  ['a create that failed after it had made one', [operation('failed', MADE)], false],
  ['a create that ended well', [operation('succeeded')], false],
  ['a repair that made up for it', [operation('failed'), operation('succeeded', REPAIR)], false],
  ['a repair that failed as well', [operation('failed'), operation('failed', REPAIR)], true],
])('after %s', async (_what, operations, doesSo) => {
  expect(await seesToIt(operations)).toBe(doesSo);
});
