import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Operation } from '../../../src/cluster/operation.ts';
import { ComesLater } from '../../../src/jobs/asks/comes-later.ts';
import { planOrStart } from '../../../src/jobs/asks/plan-and-start.ts';
import type { StepKind } from '../../../src/jobs/resource.ts';
import { openBench, running } from '../../support/engine-bench.ts';
import type { Bench } from '../../support/engine-bench.ts';
import { ownRedis } from '../../support/own-redis.ts';

const own = ownRedis();
const { signal } = new AbortController();
const HERE = 'eu-central-1';
let bench: Bench;

beforeEach(() => {
  bench = openBench(own.redis);
});

afterEach(() => bench.close());

/** A removal that was just asked for. */
function removal(change: Partial<Operation> = {}): Operation {
  const none = { spec: undefined, plan: undefined, digest: undefined };
  return { ...running([]), ...none, state: 'draft', run: 0, wish: { kind: 'destroy' }, ...change };
}

it('a cluster that people removed by hand is not remembered any more once somebody wants it removed', async () => {
  const { store, asks } = bench;
  const shown = removal({ id: 'op-shown', planOnly: true });
  const asked = removal();
  const { cluster } = asked;
  await store.clusters.remember({ cluster, regionId: HERE });

  await store.add(shown, { event: 'requested' });
  await planOrStart({ do: 'plan', operation: shown.id }, asks, signal);
  const meanwhile = await store.clusters.read(cluster);
  await store.add(asked, { event: 'requested' });
  await planOrStart({ do: 'plan', operation: asked.id }, asks, signal);

  expect(meanwhile).toMatchObject({ regionId: HERE });
  expect(await store.read(asked.id)).toMatchObject({
    state: 'refused',
    problems: [{ code: 'unknown_cluster' }],
  });
  expect(await store.clusters.read(cluster)).toBeUndefined();
});

it('a new cluster is at home where it was asked for, and not where one of its name was that people removed by hand', async () => {
  const { store, asks } = bench;
  const { cluster, ...rest } = running([]);
  const spec = { name: cluster, regionId: HERE } as unknown as Operation['spec'];
  await store.clusters.remember({ cluster, regionId: HERE, channel: 'C-before', user: 'U-before' });
  await store.add({ ...rest, cluster, spec }, { event: 'requested' });

  await planOrStart({ do: 'start', operation: rest.id }, asks, signal);

  expect(await store.clusters.read(cluster)).toMatchObject({ channel: 'C1', user: 'U1' });
});

it.each(['draft', 'approved'] as const)(
  'nothing is decided by a look that was cut short, since its worker is told to stop: %s',
  async (state) => {
    const { store, asks } = bench;
    const wanted = removal({ state });
    await store.clusters.remember({ cluster: wanted.cluster, regionId: HERE });
    await store.add(wanted, { event: 'requested' });
    const job = { do: state === 'draft' ? 'plan' : 'start', operation: wanted.id } as const;

    await expect(planOrStart(job, asks, AbortSignal.abort())).rejects.toThrow(ComesLater);

    expect(await store.read(wanted.id)).toEqual(wanted);
    expect(await store.clusters.read(wanted.cluster)).toBeDefined();
  },
);

it('what a worker finds that was frozen while it planned refuses nothing that people have approved since', async () => {
  const { store, asks, things } = bench;
  const { tools } = asks;
  let isLooking = false;
  let thaw = (): void => undefined;
  const thawed = new Promise<void>((resolve) => (thaw = resolve));
  const observe = async () => {
    isLooking = true;
    await thawed;
    return [];
  };
  const kind = { ...things.kind(), observe } as StepKind;
  const asked = removal();
  await store.clusters.remember({ cluster: asked.cluster, regionId: HERE });
  await store.add(asked, { event: 'requested' });
  const parts = { ...asks, tools: { ...tools, kinds: new Map([[kind.kind, kind]]) } };
  const planning = planOrStart({ do: 'plan', operation: asked.id }, parts, signal);
  await expect.poll(() => isLooking, { timeout: 10_000 }).toBe(true);
  await store.update(asked.id, undefined, (one) => ({ ...one, state: 'approved' }));

  thaw();
  await planning;

  expect(await store.read(asked.id)).toMatchObject({ state: 'approved', problems: [] });
});
