import { beforeEach, describe, expect, it } from 'vitest';
import { addZone } from '../../../sandbox/alibaba/alidns/lookup.ts';
import type { World } from '../../../sandbox/world.ts';
import type { Cloud } from '../../../src/cloud/cloud.ts';
import { resourceTags } from '../../../src/cluster/names.ts';
import type { Wish } from '../../../src/cluster/operation.ts';
import { readyPlan } from '../../../src/jobs/planning/prepared.ts';
import type { Store } from '../../../src/jobs/store/store.ts';
import { CREATE, HERE, draft, planBench } from '../../support/plan-bench.ts';
import { planStep } from '../../support/plan-step.ts';
import { aSpec } from '../resources/spec.ts';

/** What planning says before anybody is asked. */
const bench = planBench();
const { plan } = bench;
const THERE = 'us-west-1';
let world: World;
let cloud: Cloud;
let store: Store;
let count = 0;

beforeEach(() => {
  ({ world, cloud, store } = bench);
});

describe('the name of a cluster', () => {
  const make = (regionId: string) =>
    cloud.in(regionId).vpc.createVpc({
      name: 'live-vpc',
      cidr: '10.0.0.0/16',
      tags: { ...resourceTags('live', 'vpc', 'op-old') },
      token: `vpc ${(count += 1)}`,
    });

  it('is taken in all regions as long as something of that cluster is there', async () => {
    await store.clusters.remember({ cluster: 'live', regionId: THERE });
    const vpcId = await make(THERE);
    await world.alibaba.cloud.settle();

    expect(await plan(draft(CREATE))).toMatchObject({
      problems: [{ code: 'cluster_exists', message: expect.stringContaining(`in ${THERE}`) }],
    });

    await cloud.in(THERE).vpc.deleteVpc(vpcId);
    await world.alibaba.cloud.settle();
    expect(await plan(draft(CREATE))).toMatchObject({ problems: [], regionId: HERE });
  });

  it('is taken by what a create has left half-made, and the way on is told, not only the way back', async () => {
    await store.clusters.remember({ cluster: 'live', regionId: HERE });
    await make(HERE);
    await world.alibaba.cloud.settle();

    expect(await plan(draft(CREATE))).toMatchObject({
      problems: [{ code: 'cluster_exists', hint: expect.stringContaining('`/ams repair live`') }],
    });
  });

  it('is taken too where only the cloud knows of it, in a region that the settings name', async () => {
    const vpcId = await make(THERE);
    await world.alibaba.cloud.settle();

    expect(await plan(draft(CREATE), { regions: [HERE, THERE] })).toMatchObject({
      problems: [{ code: 'cluster_exists', message: expect.stringContaining(`in ${THERE}`) }],
    });

    await cloud.in(THERE).vpc.deleteVpc(vpcId);
    await world.alibaba.cloud.settle();
  });
});

describe('an existing database', () => {
  it.each([
    ['teams', 'existing database teams'],
    [
      'mongodb://10.255.0.9:27017,mine.example.com/?replicaSet=rs0',
      'database 10.255.0.9:27017,mine.example.com',
    ],
  ])('is shown to whoever approves: %s', async (mongoUri, words) => {
    const settings = { mongo: { uris: { teams: 'env:TEAMS_URI' } } };
    process.env['TEAMS_URI'] = 'mongodb://team:secret@db.example.com:27017/';

    const prepared = await plan(draft({ kind: 'create', options: { mongoUri, dns: 'print' } }), settings);

    delete process.env['TEAMS_URI'];
    if (!('plan' in prepared)) throw new Error(JSON.stringify(prepared));
    const titles = prepared.plan.steps
      .filter(({ kind }) => kind === 'launch-template')
      .map((one) => one.title);
    expect(titles).toEqual([expect.stringContaining(words), expect.stringContaining(words)]);
    expect(titles.join()).not.toContain('secret');
  });

  it('that another cluster is remembered to use is a risk', async () => {
    const settings = { mongo: { uris: { teams: 'env:TEAMS_URI' } } };
    process.env['TEAMS_URI'] = 'mongodb://team:secret@db.example.com:27017/';
    const wish = { kind: 'create', options: { mongoUri: 'teams', dns: 'print' } } satisfies Wish;
    const database = { source: 'uri', uri: 'teams' } as const;
    const risks = async () => {
      const prepared = await plan(draft(wish), settings);
      if (!('plan' in prepared)) throw new Error(JSON.stringify(prepared));
      return prepared.plan.risks.join(' ');
    };

    expect(await risks()).not.toContain('teams');
    const spec = { ...aSpec({ name: 'first' }), database };
    await store.clusters.remember({ cluster: 'first', regionId: HERE, spec });
    expect(await risks()).toContain('Cluster first uses the database teams too');
    delete process.env['TEAMS_URI'];
  });
});

describe('the roll back of a create that carried on', () => {
  it('leaves what was there before, though nothing on it tells whose it is', async () => {
    addZone(world.alibaba.cloud, 'example.com');
    const record = { domainName: 'example.com', rr: 'live', type: 'CNAME', value: 'before.example.com' };
    await cloud.dns.add({ ...record, ttlSeconds: 600, remark: 'ams-cluster=live' });
    const { vpc } = cloud.in(HERE);
    const tags = { ...resourceTags('live', 'vpc', 'op-carried') };
    const vpcId = await vpc.createVpc({ name: 'live-vpc', cidr: '10.0.0.0/16', tags, token: 'vpc after' });
    await world.alibaba.cloud.settle();
    const steps = [planStep('vpc')];
    const of = draft(CREATE, {
      id: 'op-carried',
      createdAt: 1,
      state: 'failed',
      startedAt: 1,
      regionId: HERE,
      spec: aSpec({ name: 'live' }),
      plan: { steps, cost: undefined, risks: [], carriesOn: true },
    });
    await store.add(of, { event: 'requested' });

    const prepared = await plan(draft({ kind: 'rollback', of: of.id }));

    if (!('plan' in prepared)) throw new Error(JSON.stringify(prepared));
    expect(prepared.plan.steps.map((step) => [step.action, step.target])).toEqual([
      ['remove', vpcId],
      ['check', undefined],
    ]);
  });
});

describe('a create that asks again', () => {
  it('is checked and priced anew, so that nobody approves what was looked at for another plan', async () => {
    const first = await plan(draft(CREATE));
    if (!('plan' in first)) throw new Error(JSON.stringify(first));
    const again = draft(CREATE, { spec: first.spec, regionId: first.regionId, replaces: 'op-first' });

    expect(await plan(again)).toMatchObject({ digest: first.digest, plan: { cost: first.plan.cost } });
    world.alibaba.cloud.settings.soldOut = [{}];
    expect(await plan(again)).toMatchObject({ problems: [{}] });
    world.alibaba.cloud.settings.soldOut = [];
  });
});

describe('the network', () => {
  it('is one of its own where a block is given, whichever VPC ams.yaml names, and written as the cloud shows it', async () => {
    const wish: Wish = { kind: 'create', options: { ...CREATE.options, cidr: ' 10.7.0.0/16' } };

    const prepared = await plan(draft(wish), { network: { vpcId: 'vpc-of-the-team' } });

    expect(prepared).toMatchObject({ problems: [], spec: { network: { cidr: '10.7.0.0/16' } } });
    expect('plan' in prepared && prepared.spec?.network.vpcId).toBeUndefined();
  });

  it('that ams.yaml names and nobody has is told with a way on', async () => {
    const settings = { network: { vpcId: 'vpc-of-the-team' } };

    expect(await plan(draft(CREATE), settings)).toMatchObject({
      problems: [{ code: 'vpc_unknown', hint: expect.stringContaining('--cidr 10.0.0.0/16') }],
    });
  });
});

describe('a region that does not answer', () => {
  const settings = { regions: [HERE, THERE] };
  const silent = () =>
    world.alibaba.cloud.faults.plan({
      action: '*',
      when: 'before',
      kind: 'code',
      code: 'Forbidden.RAM',
      status: 403,
      times: Infinity,
      matches: ({ RegionId }) => RegionId === THERE,
    });

  it('may have the cluster that is not found elsewhere', async () => {
    const fault = silent();
    const wish: Wish = { kind: 'scale', role: 'edge', amount: { add: 1 }, withLimits: false };

    expect(await plan(draft(wish, { cluster: 'away' }), settings)).toMatchObject({
      problems: [
        {
          code: 'unknown_cluster',
          message: 'I do not find the cluster `away`.',
          hint: expect.stringContaining(`${THERE} could not be read, so it may be there`),
        },
      ],
    });
    fault.cancel();
  });

  it('is a risk of a create', async () => {
    const fault = silent();

    const prepared = await plan(draft(CREATE), settings);

    expect('plan' in prepared && prepared.plan.risks.join(' ')).toMatch(
      new RegExp(`Whether there is a cluster live in ${THERE} could not be checked`),
    );
    fault.cancel();
  });
});

describe('what is approved', () => {
  it('holds however auto-scaling moves the groups that the plan leaves alone', () => {
    const spec = aSpec({ name: 'live' });
    const moved = { ...spec, origin: { ...spec.origin, desired: spec.origin.desired + 1 } };
    const other = { ...spec, edge: { ...spec.edge, desired: spec.edge.desired + 1 } };
    const scale = draft({ kind: 'scale', role: 'edge', amount: { set: 8 }, withLimits: false });
    const steps = [planStep('scaling-group-edge', { action: 'update' })];
    const digestOf = (of: typeof spec) =>
      readyPlan(scale, HERE, of, { steps, cost: undefined, risks: [] }).digest;

    expect(digestOf(moved)).toBe(digestOf(spec));
    expect(digestOf(other)).not.toBe(digestOf(spec));
  });

  it('holds of a repair however auto-scaling moves a group, unless that is made anew', () => {
    const spec = aSpec({ name: 'live' });
    const moved = { ...spec, edge: { ...spec.edge, desired: spec.edge.desired + 1 } };
    const digestOf = (of: typeof spec, action: 'update' | 'create') => {
      const steps = [planStep('scaling-group-edge', { action })];
      return readyPlan(draft({ kind: 'repair' }), HERE, of, { steps, cost: undefined, risks: [] }).digest;
    };

    expect(digestOf(moved, 'update')).toBe(digestOf(spec, 'update'));
    expect(digestOf(moved, 'create')).not.toBe(digestOf(spec, 'create'));
  });
});

describe('the look right before a removal', () => {
  it('looks alone for what a list of all clusters lacks, and for nothing else', async () => {
    const { vpc } = cloud.in(HERE);
    const tags = { ...resourceTags('slips', 'vpc', 'op-old') };
    await vpc.createVpc({ name: 'slips-vpc', cidr: '10.0.0.0/16', tags, token: 'vpc slips' });
    await world.alibaba.cloud.settle();
    const wish = { kind: 'destroy' } as const;
    const of = { cluster: 'slips', regionId: HERE };
    await store.clusters.remember(of);
    const first = await plan(draft(wish, of));
    if (!('plan' in first)) throw new Error(JSON.stringify(first));
    const from = world.alibaba.cloud.requests.length;

    // As if everything had slipped from one page of the list to another between two reads.
    const again = await plan(draft(wish, { ...of, ...first, state: 'approved' }), {}, { 'ams-managed': '-' });

    expect(again).toMatchObject({ digest: first.digest });
    const asked = world.alibaba.cloud.requests.slice(from).map(({ action }) => action);
    const count = (action: string) => asked.filter((one) => one === action).length;
    expect([count('DescribeVpcs'), count('DescribeVSwitches'), count('DescribeKeyPairs')]).toEqual([2, 1, 1]);
  });
});
