import { afterEach, describe, expect, it } from 'vitest';
import { ecsState } from '../../../sandbox/alibaba/ecs/state.ts';
import { essOf } from '../../../sandbox/alibaba/ess/lookup.ts';
import type { ScalingGroup, ScalingInstance } from '../../../sandbox/alibaba/ess/state.ts';
import { resourceTags } from '../../../src/cluster/names.ts';
import type { Operation, Wish } from '../../../src/cluster/operation.ts';
import { kindsByName } from '../../../src/jobs/kinds.ts';
import type { ReadyPlan } from '../../../src/jobs/planning/prepared.ts';
import { HERE, draft, planBench } from '../../support/plan-bench.ts';
import { runningInstance } from '../../support/running-instance.ts';
import { aSpec } from '../resources/spec.ts';

/** What plans say of groups and nodes that people have stopped or taken out in the console. */
const bench = planBench();
const { plan } = bench;
const SPEC = aSpec({ name: 'live', database: { source: 'uri', uri: 'mongodb://10.255.0.9:27017/' } });
const REPAIR = { kind: 'repair' } as const;
const DESTROY = { kind: 'destroy' } as const;

afterEach(() => {
  for (const id of ['asg-origin', 'asg-edge']) {
    for (const { instanceId } of essOf(bench.world.alibaba.cloud).instancesOf(id)) drop(instanceId);
    essOf(bench.world.alibaba.cloud).groups.delete(id);
  }
  drop('i-loose');
});

function drop(instanceId: string): void {
  essOf(bench.world.alibaba.cloud).instances.delete(instanceId);
  ecsState(bench.world.alibaba.cloud).instances.delete(instanceId);
}

/** A group of cluster `live` that wants two edges. */
function group(change: Partial<ScalingGroup> = {}, role: 'origin' | 'edge' = 'edge'): ScalingGroup {
  const part = `scaling-group-${role}`;
  const tags = Object.entries(resourceTags('live', part, 'op-old'));
  const { min, max, desired, cooldownSeconds, instanceTypes } = SPEC[role];
  const entry = {
    id: `asg-${role}`,
    regionId: HERE,
    name: `live-${part}`,
    visibleAt: 0,
    state: 'Active',
    min,
    max,
    desired,
    cooldown: cooldownSeconds,
    templateId: 'lt-1',
    templateVersion: '1',
    overrides: instanceTypes.map((InstanceType) => ({ InstanceType })),
    vSwitchIds: [],
    vpcId: 'vpc-1',
    multiAz: 'BALANCE',
    serverGroups: [],
    healthCheckTypes: ['ECS'],
    removalPolicies: [],
    tags: tags.map(([Key, Value]) => ({ Key, Value, Propagate: true })),
    suspended: new Set<string>(),
    createdAt: new Date(),
    modifiedAt: new Date(),
    launching: 0,
    retryAt: 0,
    failures: 0,
    cancelCheck: () => undefined,
    ...change,
  } as unknown as ScalingGroup;
  essOf(bench.world.alibaba.cloud).groups.set(entry.id, entry as never);
  return entry;
}

/** An edge of the cluster, in no group where none is named. */
function node(id: string, groupId?: string, state: ScalingInstance['state'] = 'InService'): void {
  runningInstance(bench.world.alibaba.cloud, { id, part: 'node-edge' });
  if (groupId === undefined) return;
  const member = { instanceId: id, groupId, state, health: 'Healthy', createdAt: new Date(), visibleAt: 0 };
  essOf(bench.world.alibaba.cloud).instances.set(id, member as never);
}

async function planned(wish: Wish, change: Partial<Operation> = {}): Promise<ReadyPlan> {
  await bench.store.clusters.remember({ cluster: 'live', regionId: HERE, spec: SPEC });
  const prepared = await plan(draft(wish, change));
  if (!('plan' in prepared)) throw new Error(JSON.stringify(prepared));
  return prepared;
}

const scaleTo = (set: number): Wish => ({ kind: 'scale', role: 'edge', amount: { set }, withLimits: false });
const edgesPaid = ({ plan: { cost } }: ReadyPlan) =>
  cost?.lines.filter(({ what }) => what.startsWith('edge node')).map(({ count }) => count) ?? [];
const changesOf = ({ plan: { steps } }: ReadyPlan) =>
  steps.find(({ id }) => id === 'scaling-group-edge')?.changes ?? [];

/** Nothing of the cluster differs: a repair could wait for its nodes alone. */
async function repair() {
  await bench.store.clusters.remember({ cluster: 'live', regionId: HERE, spec: SPEC });
  const tasks = new Map([...kindsByName()].filter(([, kind]) => kind.type === 'task'));
  return plan(draft(REPAIR), {}, undefined, tasks);
}

describe('a group that somebody has disabled', () => {
  it('is enabled by a scale for the price of all nodes that start with that', async () => {
    group({ state: 'Inactive' });

    expect(edgesPaid(await planned(scaleTo(3)))).toEqual([3]);
  });

  it('costs by a scale what it adds as long as it is not', async () => {
    group();

    expect(edgesPaid(await planned(scaleTo(3)))).toEqual([1]);
  });

  it('is enabled by a repair that tells how many nodes start with that, and what they cost', async () => {
    group({ state: 'Inactive' });

    const repair = await planned(REPAIR);

    expect(changesOf(repair)).toEqual(
      expect.arrayContaining([
        'edge group: it is disabled, must be enabled',
        'edge group: it wants 2 nodes and has 0: 2 more will be started',
      ]),
    );
    expect(edgesPaid(repair)).toEqual([2]);
  });

  it('asks again where somebody has it want more nodes before the repair starts', async () => {
    const edges = group({ state: 'Inactive' });
    const first = await planned(REPAIR);
    edges.desired = 9;

    const again = await planned(REPAIR, { ...first, state: 'approved' });

    expect(again.digest).not.toBe(first.digest);
    expect(changesOf(again)).toContain('edge group: it wants 9 nodes and has 0: 9 more will be started');
  });

  it('is enabled by a repair that tells of nodes that go with that', async () => {
    const edges = group({ state: 'Inactive', desired: 1, min: 1 });
    node('i-first', edges.id);
    node('i-second', edges.id);

    const repair = await planned(REPAIR);

    expect(changesOf(repair)).toContain('edge group: it wants 1 node and has 2: 1 will go');
    expect(edgesPaid(repair)).toEqual([-1]);
    expect(repair.plan.risks).toContain('Players on the removed edge nodes are cut off and must reconnect.');
  });

  it('costs nothing more where all its nodes are there', async () => {
    const edges = group({ state: 'Inactive' });
    node('i-first', edges.id);
    node('i-second', edges.id);

    const repair = await planned(REPAIR);

    expect(changesOf(repair).join(' ')).not.toContain('it wants');
    expect(edgesPaid(repair)).toEqual([]);
  });
});

describe('a process of a group that somebody has suspended', () => {
  const SCALE_OUT =
    'edge group: no nodes are started (its process ScaleOut is suspended); it must be resumed';

  it('is told to whoever scales it, and stays as it is', async () => {
    group({ suspended: new Set(['ScaleOut']) });

    const scale = await planned(scaleTo(3));

    expect(scale.plan.risks).toContain(
      'Of the edge group ScaleOut is suspended: no nodes are started. `/ams repair live` resumes that.',
    );
    expect(changesOf(scale)).toEqual(['edge group: desired 2 -> 3 nodes']);
    expect(scale.plan.steps[0]).toMatchObject({ numbersOnly: true });
  });

  it('is resumed by a repair that tells how many nodes start with that, and what they cost', async () => {
    group({ suspended: new Set(['ScaleOut']) });

    const repair = await planned(REPAIR);

    expect(changesOf(repair)).toEqual(
      expect.arrayContaining([SCALE_OUT, 'edge group: it wants 2 nodes and has 0: 2 more will be started']),
    );
    expect(edgesPaid(repair)).toEqual([2]);
    expect(repair.plan.risks.join(' ')).not.toContain('suspended');
  });

  it('is resumed by a repair that tells of nodes that go with that', async () => {
    const edges = group({ suspended: new Set(['ScaleIn']), desired: 1, min: 1 });
    node('i-first', edges.id);
    node('i-second', edges.id);

    const repair = await planned(REPAIR);

    expect(changesOf(repair)).toEqual(
      expect.arrayContaining([
        'edge group: no nodes are taken away (its process ScaleIn is suspended); it must be resumed',
        'edge group: it wants 1 node and has 2: 1 will go',
      ]),
    );
    expect(edgesPaid(repair)).toEqual([-1]);
    expect(repair.plan.risks).toContain('Players on the removed edge nodes are cut off and must reconnect.');
  });

  it('is told by a create that carries on, and resumed by it', async () => {
    group({ suspended: new Set(['ScaleOut']) });
    node('i-1', 'asg-edge');
    const options = { mongoUri: 'mongodb://10.255.0.9:27017/', dns: 'print' } as const;

    const prepared = await plan(draft({ kind: 'create', options }));

    if (!('plan' in prepared)) throw new Error(JSON.stringify(prepared));
    expect(prepared.plan.carriesOn).toBe(true);
    expect(changesOf(prepared)).toEqual(
      expect.arrayContaining([SCALE_OUT, 'edge group: it wants 2 nodes and has 1: 1 more will be started']),
    );
  });

  it('starts and takes no nodes by a repair where all are there', async () => {
    const edges = group({
      suspended: new Set(['ScaleIn', 'ScaleOut', 'HealthCheck', 'AlarmNotification', 'ScheduledAction']),
    });
    node('i-first', edges.id);
    node('i-second', edges.id);

    const repair = await planned(REPAIR);

    const resumed = changesOf(repair).filter((change) => change.endsWith('; it must be resumed'));
    expect(resumed).toHaveLength(4);
    expect(resumed.join(' ')).not.toContain('ScheduledAction');
    expect(changesOf(repair).join(' ')).not.toContain('it wants');
    expect(edgesPaid(repair)).toEqual([]);
  });

  it('asks again where it is suspended after the plan was made', async () => {
    const edges = group({ state: 'Inactive' });
    const first = await planned(REPAIR);
    edges.suspended.add('ScaleOut');

    const again = await planned(REPAIR, { ...first, state: 'approved' });

    expect(again.digest).not.toBe(first.digest);
    expect(changesOf(again)).toContain(SCALE_OUT);
  });
});

it('a node on standby is told by a repair that mends more, since the wait for its like fails', async () => {
  const edges = group({ suspended: new Set(['ScaleOut']) });
  node('i-first', edges.id, 'Standby');
  node('i-second', edges.id);

  expect((await planned(REPAIR)).plan.risks).toContain(
    'Node i-first of the edge group of live is on standby: Auto Scaling does not replace it.',
  );
});

it('a node on standby is waited for by no repair, since nothing replaces it', async () => {
  const edges = group();
  node('i-first', edges.id, 'Standby');
  node('i-second', edges.id);

  expect(await repair()).toMatchObject({
    problems: [{ code: 'node_on_standby', message: expect.stringMatching(/^Node i-first of the edge/) }],
  });
});

describe('a node that somebody took out of its group', () => {
  it('stops a removal, which says so', async () => {
    const edges = group();
    node('i-first', edges.id);
    node('i-loose');

    const { risks } = (await planned(DESTROY)).plan;

    expect(risks.join(' ')).toMatch(
      /Instances of the cluster that nothing in this plan removes .* stop the removal: i-loose\. Move or remove/,
    );
  });

  it('is not suspected where all are in their groups', async () => {
    const edges = group();
    node('i-first', edges.id);
    node('i-second', edges.id);

    expect((await planned(DESTROY)).plan.risks.join(' ')).not.toContain('stop the removal');
  });
});
