import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { albOf } from '../../sandbox/alibaba/alb/lookup.ts';
import { casOf } from '../../sandbox/alibaba/cas/lookup.ts';
import { ecsState } from '../../sandbox/alibaba/ecs/state.ts';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import { vpcState } from '../../sandbox/alibaba/vpc/state.ts';
import { createCloud } from '../../src/cloud/cloud.ts';
import { newSshKeyPair } from '../../src/cloud/ssh.ts';
import { inventory } from '../support/holdings.ts';
import { dumpRedis, offers, openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';

let town: Town;
let before: string[];
/** What the cluster uses of other people's. */
let foreign: { readonly vpcId: string; readonly certId: number };

beforeAll(async () => {
  const key = await newSshKeyPair();
  town = await openTown({ idle: true, settings: { keyPairs: { 'team-key': 'env:TEAM_KEY' } } });
  town.env['TEAM_KEY'] = key.privateKey;
  foreign = await plant(key.publicKey);
  before = inventory(town.world);
  await town.start();
  await town.run(
    `create-cluster live --edge 1 --edge-min 1 --vpc ${foreign.vpcId} --key-pair team-key --certificate ${foreign.certId}`,
  );
}, 150_000);

afterAll(() => town?.close());

/** Through the real SDKs, as another team's tools would. Names and tags come as near to ours as they can. */
async function plant(publicKey: string): Promise<typeof foreign> {
  const { world, env } = town;
  const cloud = createCloud({
    credentials: {
      accessKeyId: env['ALIBABA_CLOUD_ACCESS_KEY_ID'] ?? '',
      accessKeySecret: env['ALIBABA_CLOUD_ACCESS_KEY_SECRET'] ?? '',
    },
    endpoint: world.alibaba.url,
  });
  const region = cloud.in('eu-central-1');
  const tags = { 'ams-cluster': 'other', team: 'payments' };
  const vpcId = await region.vpc.createVpc({
    name: 'shared',
    cidr: '10.0.0.0/16',
    tags,
    token: 'shared',
  });
  const theirs = await region.vpc.createVpc({
    name: 'live-vpc',
    cidr: '172.16.0.0/16',
    tags,
    token: 'live-vpc',
  });
  const { vpcs, vSwitches } = vpcState(world.alibaba.cloud);
  const available = (places: typeof vpcs | typeof vSwitches) =>
    vi.waitFor(() => expect([...places.values()].map((one) => one.status)).not.toContain('Pending'), 30_000);
  await available(vpcs);
  const vSwitchId = await region.vpc.createVSwitch({
    name: 'live-vswitch-1',
    vpcId: theirs,
    zoneId: 'eu-central-1a',
    cidr: '172.16.1.0/24',
    tags,
    token: 'foreign-vswitch',
  });
  await available(vSwitches);
  const securityGroupId = await region.ecs.createSecurityGroup({
    name: 'live-security-group-nodes',
    vpcId: theirs,
    description: 'of another team',
    tags: {},
    token: 'foreign-group',
  });
  await region.ecs.importKeyPair({ name: 'team-key', publicKey, tags: {} });
  const type = 'ecs.c7.large';
  const template = await region.ecs.createTemplate({
    name: 'live-launch-template-old',
    tags: {},
    content: {
      imageId: 'ubuntu_22_04_x64_20G_alibase_20251015.vhd',
      instanceType: type,
      securityGroupId,
      keyPairName: 'team-key',
      diskGiB: 40,
      bandwidthMbps: 0,
      instanceTags: {},
    },
  });
  await region.ess.createGroup({
    name: 'live-scaling-group-old',
    min: 0,
    max: 1,
    desired: 0,
    launchTemplateId: template.launchTemplateId,
    launchTemplateVersion: '1',
    instanceTypes: [type],
    vSwitchIds: [vSwitchId],
    tags: {},
    token: 'foreign-scaling-group',
  });
  const { chainPem, keyPem } = world.certificate;
  await cloud.cas('eu-central-1').upload({ name: 'shared-certificate', chainPem, keyPem, tags: {} });
  const certId = [...casOf(world.alibaba.cloud).certificates.keys()][0] ?? 0;
  return { vpcId, certId };
}

/** Protects what can be protected from its removal, as somebody does in the console. */
function protect(): void {
  const { cloud } = town.world.alibaba;
  const parts = [
    ...albOf(cloud).loadBalancers.values(),
    ...[...essOf(cloud).groups.values()].filter((one) => one.name !== 'live-scaling-group-old'),
    ...[...ecsState(cloud).instances.values()].filter((one) => one.name === 'live-database'),
  ];
  expect(parts.length).toBe(4);
  for (const part of parts) part.deletionProtection = true;
}

describe('removing a cluster', () => {
  it('is refused while the name is not typed again as it is', async () => {
    const there = inventory(town.world);
    await town.dana.command('destroy-cluster live --confirm life', { channel: town.channel });

    await expect.poll(() => town.whispered('U0DANA0001')).toMatch(/names differ.*life/);
    await town.dana.command('destroy-cluster live', { channel: town.channel });
    await expect.poll(() => town.dana.openView()?.title).toBeDefined();
    const form = town.dana.openView();
    if (form === undefined) throw new Error('the form was not opened');
    const sent = await town.dana.submit(form, { name: 'life' });

    expect(JSON.stringify(sent)).toMatch(/errors.*name/);
    town.dana.closeView({ all: true });
    expect(inventory(town.world)).toEqual(there);
  });

  it('touches nothing before it is approved', async () => {
    const there = inventory(town.world);
    const plan = await town.plan('destroy-cluster live --confirm live');
    const text = town.world.slack.render(plan);

    expect(offers(plan, 'Approve')).toBe(true);
    expect(text).toMatch(/Everything that streams through this cluster stops/);
    expect(text).not.toContain('team-key');
    expect(inventory(town.world)).toEqual(there);
    const id = /op-[a-z0-9]+/.exec(JSON.stringify(plan))?.[0];
    await town.dana.command(`cancel ${id}`, { channel: town.channel });
    await town.until(plan, /cancelled/);
  });

  it('uses what was named at its making: VPC, key pair and certificate of other people', () => {
    const { cloud } = town.world.alibaba;
    const groups = [...ecsState(cloud).groups.values()].filter(
      (one) => one.tags.get('ams-cluster') === 'live',
    );

    expect(groups.map((one) => one.vpcId)).toEqual([foreign.vpcId, foreign.vpcId]);
    expect(casOf(cloud).certificates.size).toBe(1);
    expect([...ecsState(cloud).keyPairs.values()].map((one) => one.name)).toEqual(['team-key']);
  });

  it('takes every part of it, proves that nothing is left, and leaves the account as it was', async () => {
    const { alibaba, machines } = town.world;
    protect();
    const done = await town.run('destroy-cluster live --confirm live');

    expect(done.text).toBe('Done: remove cluster live.');
    // What was protected was taken as soon as it could be, not once a removal should have been over.
    const learned = await dumpRedis(town.redis.url);
    for (const kind of ['load-balancer', 'scaling-group', 'database'])
      expect(learned).toContain(`:waits:eu-central-1:destroy.${kind}.remove.unlocked`);
    await alibaba.cloud.settle();
    expect(inventory(town.world)).toEqual(before);
    expect([...essOf(alibaba.cloud).groups.values()].map((group) => group.name)).toEqual([
      'live-scaling-group-old',
    ]);
    expect(machines.machines.filter((machine) => !machine.gone)).toEqual([]);
    // Each kind was looked for once more after the last of it was removed; nodes go with their groups.
    const { requests } = alibaba.cloud;
    for (const [removal, look] of [
      ['DeleteInstance', 'DescribeInstances'],
      ['DeleteScalingGroup', 'DescribeInstances'],
      ['DeleteScalingGroup', 'DescribeScalingGroups'],
      ['DeleteLoadBalancer', 'ListLoadBalancers'],
      ['DeleteServerGroup', 'ListServerGroups'],
      ['DeleteSecurityGroup', 'DescribeSecurityGroups'],
      ['DeleteVSwitch', 'DescribeVSwitches'],
      ['DeleteLaunchTemplate', 'DescribeLaunchTemplates'],
    ] as const) {
      const last = requests.findLastIndex((one) => one.action === removal);
      expect([removal, last >= 0]).toEqual([removal, true]);
      expect(requests.slice(last + 1).map((one) => one.action)).toContain(look);
    }
  }, 120_000);

  it('leaves no secret of it behind, and a second removal finds nothing to do', async () => {
    const again = await town.plan('destroy-cluster live --confirm live');
    const kept = (await dumpRedis(town.redis.url)).split('\n').filter((line) => /:secrets:/.test(line));

    expect(again.text).toMatch(/^Cannot remove cluster live\..*There is no cluster `live`/);
    expect(kept).toEqual([]);
  });
});
