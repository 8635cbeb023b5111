import { describe, expect, it } from 'vitest';
import { newSshKeyPair } from '../../../src/cloud/ssh.ts';
import { resourceTags } from '../../../src/cluster/names.ts';
import type { Operation, Wish } from '../../../src/cluster/operation.ts';
import { CREATE, HERE, draft, planBench } from '../../support/plan-bench.ts';

/** Which blocks of a VPC that a team has already a cluster takes, when others want some too. */
const bench = planBench();
const { plan } = bench;

async function vpcOf(name: string, cidr: string): Promise<{ vpcId: string; wish: Wish }> {
  const vpcId = await bench.cloud.in(HERE).vpc.createVpc({ name, cidr, tags: {}, token: name });
  await bench.world.alibaba.cloud.settle();
  return { vpcId, wish: { kind: 'create', options: { ...CREATE.options, vpc: vpcId } } };
}

async function keyPairOf(name: string): Promise<string> {
  const { publicKey } = await newSshKeyPair();
  await bench.cloud.in(HERE).ecs.importKeyPair({ name, publicKey, tags: {} });
  return name;
}

function approvedBy(user: string, at: number): Partial<Operation> {
  return { state: 'approved', decisions: [{ user, verdict: 'approve', at }] };
}

describe('two plans for an existing VPC', () => {
  it('do not choose the same blocks', async () => {
    const { wish } = await vpcOf('shared', '10.30.0.0/16');
    const first = await plan(draft(wish));
    await bench.store.add(draft(wish, { ...first, state: 'awaiting-approval' }), { event: 'requested' });

    expect(await plan(draft(wish, { id: 'op-other', cluster: 'other' }))).toMatchObject({
      spec: { network: { vSwitchCidrs: ['10.30.2.0/24', '10.30.3.0/24'] } },
    });
  });

  it('that are made at the same moment do not either: the one asked for later leaves the first to the other', async () => {
    const { vpcId, wish } = await vpcOf('busy', '10.40.0.0/16');
    const zones = ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'];
    const three: Wish = { kind: 'create', options: { ...CREATE.options, vpc: vpcId, zones } };
    const early = draft(three, { id: 'op-early', cluster: 'early', createdAt: 1 });
    const late = draft(wish, { id: 'op-late', cluster: 'late', createdAt: 2 });
    for (const one of [early, late]) await bench.store.add(one, { event: 'requested' });

    expect(await plan(late)).toMatchObject({
      spec: { network: { vSwitchCidrs: ['10.40.3.0/24', '10.40.4.0/24'] } },
    });
    expect(await plan(early)).toMatchObject({
      spec: { network: { vSwitchCidrs: ['10.40.0.0/24', '10.40.1.0/24', '10.40.2.0/24'] } },
    });
  });
});

it('a create that carries on in an existing VPC keeps the vSwitch that it has there', async () => {
  const { vpcId, wish } = await vpcOf('kept', '10.60.0.0/16');
  await bench.cloud.in(HERE).vpc.createVSwitch({
    name: 'kept-vswitch-1',
    vpcId,
    zoneId: 'eu-central-1a',
    cidr: '10.60.7.0/24',
    tags: { ...resourceTags('kept', 'vswitch-1', 'op-lost') },
    token: 'kept vswitch',
  });
  await bench.world.alibaba.cloud.settle();

  const prepared = await plan(draft(wish, { cluster: 'kept' }));

  expect(prepared).toMatchObject({
    spec: { network: { vSwitchCidrs: ['10.60.7.0/24', '10.60.0.0/24'] } },
    plan: { carriesOn: true },
  });
  const removed = 'plan' in prepared ? prepared.plan.steps.filter((step) => step.action === 'remove') : [];
  expect(removed).toEqual([]);
});

it('a create in another VPC than what is there of its cluster, which Redis has lost, is refused', async () => {
  const { vpcId } = await vpcOf('first', '10.70.0.0/16');
  const { wish } = await vpcOf('second', '10.80.0.0/16');
  const token = 'moved group';
  const tags = resourceTags('moved', 'security-group-nodes', 'op-lost');
  await bench.cloud.in(HERE).ecs.createSecurityGroup({ name: 'moved-nodes', vpcId, tags, token });
  await bench.world.alibaba.cloud.settle();
  const refusal = {
    problems: [{ code: 'other_network', hint: expect.stringContaining(`--vpc ${vpcId} to carry on`) }],
  };

  expect(await plan(draft(wish, { cluster: 'moved' }))).toMatchObject(refusal);
  expect(await plan(draft(CREATE, { cluster: 'moved' }))).toMatchObject(refusal);
});

it('a create with an existing database is refused where its cluster, which Redis has lost, has its own', async () => {
  const { vpcId, wish } = await vpcOf('based', '10.90.0.0/16');
  const { ecs, vpc } = bench.cloud.in(HERE);
  const place = { vpcId, zoneId: 'eu-central-1a', cidr: '10.90.9.0/24', tags: {}, token: 'based' };
  const vSwitchId = await vpc.createVSwitch({ ...place, name: 'team' });
  await bench.world.alibaba.cloud.settle();
  const group = { name: 'based', vpcId, tags: {}, token: 'based' };
  const ubuntu = (await ecs.listImages({ owner: 'system' })).find(({ imageId }) =>
    imageId.startsWith('ubuntu_22'),
  );
  const instanceId = await ecs.runInstance({
    name: 'based-database',
    instanceType: 'ecs.c7.large',
    imageId: ubuntu?.imageId ?? '',
    vSwitchId,
    securityGroupId: await ecs.createSecurityGroup(group),
    keyPairName: await keyPairOf('based'),
    diskGiB: 40,
    bandwidthMbps: 0,
    tags: resourceTags('based', 'database', 'op-lost'),
    token: 'based',
  });
  await bench.world.alibaba.cloud.settle();

  expect(await plan(draft(wish, { cluster: 'based' }))).toMatchObject({
    problems: [{ code: 'other_database', message: expect.stringContaining(instanceId) }],
  });
});

describe('a start in an existing VPC', () => {
  it('asks again when somebody takes one of its blocks, and takes a free one', async () => {
    const { vpcId, wish } = await vpcOf('team', '10.20.0.0/16');
    const first = await plan(draft(wish));
    if (!('plan' in first)) throw new Error(JSON.stringify(first));
    const approved = draft(wish, { ...first, state: 'approved' });

    expect(await plan(approved)).toMatchObject({ digest: first.digest });
    await bench.cloud.in(HERE).vpc.createVSwitch({
      name: 'other',
      vpcId,
      zoneId: 'eu-central-1a',
      cidr: '10.20.1.0/24',
      tags: { ...resourceTags('other', 'vswitch-1', 'op-other') },
      token: 'other',
    });
    const now = await plan(approved);

    expect(now).toMatchObject({
      problems: [],
      spec: { network: { vSwitchCidrs: ['10.20.0.0/24', '10.20.2.0/24'] } },
    });
    expect(now).not.toMatchObject({ digest: first.digest });
  });

  it('asks again when another cluster that goes first is about to take them, and has nothing there yet', async () => {
    const { wish } = await vpcOf('meets', '10.50.0.0/16');
    const first = await plan(draft(wish));
    if (!('plan' in first)) throw new Error(JSON.stringify(first));
    const mine = draft(wish, { ...first, ...approvedBy('U2', 5) });
    const other = draft(wish, { ...first, ...approvedBy('U2', 6), id: 'op-other', cluster: 'other' });
    await bench.store.add(other, { event: 'requested' });

    expect(await plan(mine)).toMatchObject({ digest: first.digest });
    const others = { spec: { network: { vSwitchCidrs: ['10.50.2.0/24', '10.50.3.0/24'] } } };
    await bench.store.update(other.id, undefined, (one) => ({ ...one, ...approvedBy('U2', 4) }));
    expect(await plan(mine)).toMatchObject(others);
    await bench.store.update(other.id, undefined, (one) => ({
      ...one,
      ...approvedBy('U2', 6),
      state: 'running',
    }));
    expect(await plan(mine)).toMatchObject(others);
  });
});
