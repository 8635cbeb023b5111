import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import type { Activity, ScalingGroup } from '../../sandbox/alibaba/ess/state.ts';
import { ecsState } from '../../sandbox/alibaba/ecs/state.ts';
import type { InstanceEntry } from '../../sandbox/alibaba/ecs/state.ts';
import { startAlibaba } from '../../sandbox/alibaba/server.ts';
import type { AlibabaServer } from '../../sandbox/alibaba/server.ts';
import { createClock } from '../../sandbox/clock.ts';
import { createMachineRoom } from '../../sandbox/machine/room.ts';
import { createCloud } from '../../src/cloud/cloud.ts';
import type { Cloud } from '../../src/cloud/cloud.ts';
import { newSshKeyPair } from '../../src/cloud/ssh.ts';

const REGION = 'ap-southeast-1';
const tags = { 'ams-cluster': 'live' };
let server: AlibabaServer;
let cloud: Cloud;

beforeAll(async () => {
  const clock = createClock(0.002);
  server = await startAlibaba({ clock, rooms: await createMachineRoom({ clock, publicIps: 3 }) });
  cloud = createCloud({
    endpoint: server.url,
    credentials: { accessKeyId: 'sandbox-key-id', accessKeySecret: 'sandbox-key-secret' },
  });
});
afterAll(() => server.close());

describe('the simulated cloud through our clients', () => {
  it('knows who we are, and says so when the secret is wrong', async () => {
    const stranger = createCloud({
      endpoint: server.url,
      credentials: { accessKeyId: 'sandbox-key-id', accessKeySecret: 'wrong' },
    });

    expect(await cloud.sts.callerIdentity()).toMatchObject({ accountId: expect.stringMatching(/^\d{16}$/) });
    await expect(stranger.sts.callerIdentity()).rejects.toMatchObject({ errorClass: 'identity' });
  });

  it('reads what there is to choose from', async () => {
    const { ecs, vpc, alb, ess, pricing } = cloud.in(REGION);

    const [regions, zones, albZones, types, groups, images, price, offers] = await Promise.all([
      ecs.regions(),
      vpc.zones(),
      alb.zones(),
      ecs.instanceTypes({ instanceTypes: ['ecs.g7.large', 'ecs.none'] }),
      ess.listGroups({ names: ['none'] }),
      ecs.listImages({ owner: 'system', imageName: 'ubuntu_22_04_x64*' }),
      pricing.instancePrice({
        instanceType: 'ecs.g7.large',
        diskGiB: 40,
        diskCategory: 'cloud_essd',
        bandwidthMbps: 10,
      }),
      ecs.availableResource({ destination: 'InstanceType', instanceType: 'ecs.g7.large' }),
    ]);

    expect(regions.map((one) => one.regionId)).toContain(REGION);
    expect(zones.length).toBeGreaterThan(1);
    expect(albZones.length).toBeGreaterThan(1);
    expect(types.map((one) => one.instanceTypeId)).toEqual(['ecs.g7.large']);
    expect(groups).toEqual([]);
    expect(images[0]).toMatchObject({ architecture: 'x86_64', status: 'Available' });
    expect(price).toMatchObject({ perHour: expect.any(Number) });
    expect(offers.some((one) => one.available)).toBe(true);
  });

  it('finds images by their ids, whoever offers them', async () => {
    const { ecs } = cloud.in(REGION);
    const offered = await ecs.listImages({ owner: 'marketplace', imageName: '*Ant*Media*' });
    const ubuntu = await ecs.listImages({ owner: 'system', imageName: 'ubuntu_22_04_x64*' });
    const imageIds = [...offered, ...ubuntu].map((one) => one.imageId);

    const found = await ecs.listImages({ imageIds });

    expect(found.map((one) => one.imageId).toSorted()).toEqual(imageIds.toSorted());
  });

  it('finds nothing of what went since it was listed', async () => {
    const { ecs, vpc } = cloud.in(REGION);

    expect(await ecs.templateVersions('lt-gw8gone0000000000000')).toEqual([]);
    expect(await ecs.securityGroup('sg-gw8gone0000000000000')).toBeUndefined();
    expect(await vpc.vpc('vpc-gw8gone0000000000000')).toBeUndefined();
  });

  it('reads what instances measured, page by page, and only while they ran', async () => {
    const now = Date.now();
    const ids = Array.from({ length: 60 }, (_, at) => `i-measured${at}`);
    for (const [at, id] of ids.entries()) {
      const startedAt = new Date(now - (at === 0 ? 1_800_000 : 86_400_000));
      const entry = { id, regionId: REGION, startedAt, securityGroupIds: [], tags: new Map() };
      ecsState(server.cloud).instances.set(id, entry as unknown as InstanceEntry);
    }

    const span = { from: now - 3 * 3_600_000, to: now, periodSeconds: 300 } as const;
    const found = await cloud.in(REGION).monitor.cpu([...ids, 'i-unknown'], span);

    expect(found.size).toBe(60);
    expect(found.get('i-measured0')?.length).toBeLessThanOrEqual(6);
    const whole = found.get('i-measured59') ?? [];
    expect(whole).toHaveLength(36);
    expect(whole.every((one) => one.value > 0 && one.value < 100 && one.at > span.from)).toBe(true);
    expect(whole.map((one) => one.at)).toEqual(whole.map((one) => one.at).toSorted((a, b) => a - b));
    const backwards = cloud.in(REGION).monitor.cpu(ids, { ...span, from: now, to: now - 1 });
    await expect(backwards).rejects.toMatchObject({ alibabaCode: 'InvalidParameter.StartTime' });
    for (const id of ids) ecsState(server.cloud).instances.delete(id);
  });

  it('reads how many nodes groups had, as their scaling activities left them', async () => {
    const now = Date.now();
    const hoursAgo = (hours: number): Date => new Date(now - hours * 3_600_000);
    const { groups, activities } = essOf(server.cloud);
    const old = {
      id: 'asg-old',
      regionId: REGION,
      createdAt: hoursAgo(2),
      min: 1,
      max: 4,
      tags: [],
    } as unknown as ScalingGroup;
    groups.set(old.id, old);
    groups.set('asg-new', { ...old, id: 'asg-new', createdAt: hoursAgo(0) });
    for (const [at, totalAfter] of [2, 3].entries())
      activities.set(`asa-${at}`, { groupId: old.id, endedAt: hoursAgo(1.5 - at), totalAfter } as Activity);

    const span = { from: now - 3 * 3_600_000, to: now, periodSeconds: 300 } as const;
    const found = await cloud.in(REGION).monitor.groupSizes([old.id, 'asg-new', 'asg-unknown'], span);

    expect([...found.keys()]).toEqual([old.id]);
    const values = (found.get(old.id) ?? []).map((one) => one.value);
    expect([...new Set(values)]).toEqual([0, 2, 3]);
    expect(values.length).toBeLessThanOrEqual(24);
    for (const id of [old.id, 'asg-new']) groups.delete(id);
    activities.clear();
  });

  it('takes firewall rules away whoever may come in by them, also when one is gone already', async () => {
    const { ecs, vpc } = cloud.in(REGION);
    const vpcId = await vpc.createVpc({ name: 'rules', cidr: '10.0.0.0/16', tags: {}, token: 'd' });
    await expect.poll(async () => (await vpc.vpc(vpcId))?.status, { timeout: 10_000 }).toBe('Available');
    const groupId = await ecs.createSecurityGroup({ name: 'rules', vpcId, tags: {}, token: 'e' });
    const tcp = { protocol: 'TCP', policy: 'accept' } as const;
    await ecs.authorizeIngress(groupId, [
      { ...tcp, portRange: '22/22', prefixListId: 'pl-1' },
      { ...tcp, portRange: '80/80', cidr: '10.0.0.0/16' },
    ]);
    // Of another weight than ours: told apart by its id alone.
    const state = ecsState(server.cloud).groups.get(groupId);
    if (state) state.rules = state.rules.map((rule) => ({ ...rule, priority: 7 }));
    const rules = (await ecs.securityGroup(groupId))?.ingress ?? [];
    expect(rules).toMatchObject([{ prefixListId: 'pl-1' }, { cidr: '10.0.0.0/16' }]);

    await ecs.revokeIngress(groupId, rules);

    expect((await ecs.securityGroup(groupId))?.ingress).toEqual([]);
    await ecs.authorizeIngress(groupId, [
      { ...tcp, portRange: '22/22', prefixListId: 'pl-1' },
      { ...tcp, portRange: '80/80', cidr: '10.0.0.0/16' },
    ]);
    const [first, second] = (await ecs.securityGroup(groupId))?.ingress ?? [];
    if (!first || !second) throw new Error('the rules are not there');
    await ecs.revokeIngress(groupId, [first]);
    await ecs.revokeIngress(groupId, [first, second]);
    expect((await ecs.securityGroup(groupId))?.ingress).toEqual([]);
    await ecs.deleteSecurityGroup(groupId);
    await vpc.deleteVpc(vpcId);
  });

  it('makes, finds by tag and removes a network with its firewall and key', async () => {
    const { ecs, vpc } = cloud.in(REGION);
    const [zone] = await vpc.zones();
    const vpcId = await vpc.createVpc({ name: 'net', cidr: '10.0.0.0/16', tags, token: 'a' });
    const again = await vpc.createVpc({ name: 'net', cidr: '10.0.0.0/16', tags, token: 'a' });
    await expect.poll(async () => (await vpc.vpc(vpcId))?.status, { timeout: 10_000 }).toBe('Available');
    const vSwitchId = await vpc.createVSwitch({
      name: 'switch',
      vpcId,
      zoneId: zone?.zoneId ?? '',
      cidr: '10.0.1.0/24',
      tags,
      token: 'b',
    });
    const groupId = await ecs.createSecurityGroup({ name: 'nodes', vpcId, tags, token: 'c' });
    const rule = { protocol: 'TCP', portRange: '5080/5080', cidr: '10.0.0.0/16', policy: 'accept' } as const;
    await ecs.authorizeIngress(groupId, [rule]);
    await ecs.importKeyPair({ name: 'login', publicKey: (await newSshKeyPair()).publicKey, tags });

    expect(again).toBe(vpcId);
    expect((await vpc.listVpcs({ tags })).map((one) => one.vpcId)).toEqual([vpcId]);
    expect((await vpc.listVSwitches({ tags })).map((one) => one.vSwitchId)).toEqual([vSwitchId]);
    expect((await ecs.listSecurityGroups({ tags })).map((one) => one.securityGroupId)).toEqual([groupId]);
    expect((await ecs.securityGroup(groupId))?.ingress).toMatchObject([rule]);
    expect((await ecs.listKeyPairs({ name: 'login' }))[0]?.tags).toEqual(tags);

    await ecs.revokeIngress(groupId, [rule]);
    expect((await ecs.securityGroup(groupId))?.ingress).toEqual([]);
    await ecs.deleteSecurityGroup(groupId);
    await ecs.deleteKeyPair('login');
    await expect
      .poll(async () => (await vpc.listVSwitches({ vpcId }))[0]?.status, { timeout: 10_000 })
      .toBe('Available');
    await vpc.deleteVSwitch(vSwitchId);
    await expect.poll(() => vpc.listVSwitches({ vpcId }), { timeout: 10_000 }).toEqual([]);
    await vpc.deleteVpc(vpcId);
    await expect.poll(() => vpc.listVpcs({ tags }), { timeout: 10_000 }).toEqual([]);
    await vpc.deleteVpc(vpcId);
  });
});
