import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import * as $Ecs from '@alicloud/ecs20140526';
import { CreateVpcRequest, CreateVSwitchRequest, DeleteVSwitchRequest } from '@alicloud/vpc20160428';
import { terminate } from '../../sandbox/alibaba/ess/ecs.ts';
import { createNetwork } from '../../sandbox/alibaba/ecs/network.ts';
import { type CloudWorld, refusal, startWorld, until } from './alibaba-world.ts';

const regionId = 'eu-central-1';
const IMAGE = 'ubuntu_22_04_x64_20G_alibase_20251015.vhd';
let world: CloudWorld;
let vpcId: string;
let vSwitchId: string;
let groupId: string;

beforeAll(async () => {
  world = await startWorld();
});
beforeEach(async () => {
  await world.server.reset();
  vpcId =
    (await world.vpc.createVpc(new CreateVpcRequest({ regionId, cidrBlock: '10.0.0.0/16' }))).body?.vpcId ??
    '';
  await world.server.cloud.settle();
  const made = await world.vpc.createVSwitch(
    new CreateVSwitchRequest({ regionId, vpcId, zoneId: `${regionId}a`, cidrBlock: '10.0.0.0/24' }),
  );
  vSwitchId = made.body?.vSwitchId ?? '';
  await world.server.cloud.settle();
  groupId = await createGroup('ams');
});
afterAll(() => world.close());

async function createGroup(name: string): Promise<string> {
  const { body } = await world.ecs.createSecurityGroup(
    new $Ecs.CreateSecurityGroupRequest({ regionId, vpcId, securityGroupName: name }),
  );
  return body?.securityGroupId ?? '';
}

function authorize(securityGroupId: string, permissions: Record<string, string>[]) {
  return world.ecs.authorizeSecurityGroup(
    new $Ecs.AuthorizeSecurityGroupRequest({ regionId, securityGroupId, permissions }),
  );
}

async function run(more: Record<string, unknown> = {}): Promise<readonly string[]> {
  const { body } = await world.ecs.runInstances(
    new $Ecs.RunInstancesRequest({
      regionId,
      imageId: IMAGE,
      instanceType: 'ecs.c7.xlarge',
      vSwitchId,
      securityGroupId: groupId,
      systemDisk: { category: 'cloud_essd', size: '40' },
      ...more,
    }),
  );
  return body?.instanceIdSets?.instanceIdSet ?? [];
}

async function describe(filter: Record<string, unknown> = {}) {
  const { body } = await world.ecs.describeInstances(
    new $Ecs.DescribeInstancesRequest({ regionId, maxResults: 100, ...filter }),
  );
  return body?.instances?.instance ?? [];
}

async function running(id: string) {
  return until(async () => {
    const [seen] = await describe({ instanceIds: JSON.stringify([id]) });
    return seen?.status === 'Running' ? seen : undefined;
  });
}

test('an instance goes from Pending to Running, gets its addresses and boots its machine', async () => {
  world.holdTime();
  const [id = ''] = await run({
    internetMaxBandwidthOut: 5,
    instanceName: 'live-mongo',
    tag: [{ key: 'ams-cluster', value: 'live' }],
  });
  const first = (await describe({ instanceIds: JSON.stringify([id]) }))[0];
  expect(first?.status).toBe('Pending');
  world.letTimeGo();

  const seen = await running(id);

  expect(seen).toMatchObject({
    instanceName: 'live-mongo',
    vpcAttributes: { vpcId, vSwitchId, privateIpAddress: { ipAddress: ['10.0.0.1'] } },
    publicIpAddress: { ipAddress: [world.rooms.publicIps[0]] },
    cpu: 4,
    memory: 8192,
    tags: { tag: [{ tagKey: 'ams-cluster', tagValue: 'live' }] },
  });
  expect(world.rooms.guest(id)?.spec).toMatchObject({ osRelease: '22.04', imageKind: 'ubuntu' });
  expect(await describe({ tag: [{ key: 'ams-cluster', value: 'other' }] })).toEqual([]);
});

test('a new instance is missing from filtered lists for a moment, not when asked for by id', async () => {
  world.server.cloud.settings.visibleAfterMs = 60_000;

  const [id = ''] = await run();

  expect(await describe({ vpcId })).toEqual([]);
  expect(await describe({ instanceIds: JSON.stringify([id]) })).toHaveLength(1);
});

test('a dry run passes without making anything and tells why it would not pass', async () => {
  await refusal(run({ dryRun: true }), 'DryRunOperation');
  world.server.cloud.settings.soldOut = [{ zoneId: 'eu-central-1a', instanceType: 'ecs.c7.xlarge' }];
  await refusal(run({ dryRun: true }), 'OperationDenied.NoStock');

  expect(await describe()).toEqual([]);
});

test('launches are refused for what is not there, not allowed or not affordable', async () => {
  await refusal(run({ imageId: 'ubuntu_nothing' }), 'InvalidImageId.NotFound');
  await refusal(run({ instanceType: 'ecs.none.large' }), 'InvalidInstanceType.ValueNotSupported');
  await refusal(run({ instanceType: 'ecs.c8y.large' }), 'InvalidImageIdAndInstanceType.NotMatch');
  await refusal(run({ keyPairName: 'nobody' }), 'InvalidKeyPairName.NotFound');
  await refusal(run({ userData: 'not base64!' }), 'InvalidUserData.Base64FormatInvalid');
  await refusal(run({ systemDisk: { category: 'cloud_essd', size: '10' } }), 'InvalidParameter.Size');
  await refusal(run({ internetMaxBandwidthOut: 5, amount: 4 }), 'InvalidOperation.PublicIpAddressNoStock');
  world.server.cloud.settings.balanceUsd = 12;
  await refusal(run(), 'InvalidAccountStatus.NotEnoughBalance');
});

test('deleting needs force while it runs, respects protection, and holds the vSwitch a little longer', async () => {
  world.holdTime();
  const [id = ''] = await run({ deletionProtection: true });
  const remove = (force: boolean) =>
    world.ecs.deleteInstance(new $Ecs.DeleteInstanceRequest({ instanceId: id, force }));
  await refusal(remove(true), 'InvalidOperation.DeletionProtection');
  await world.ecs.modifyInstanceAttribute(
    new $Ecs.ModifyInstanceAttributeRequest({ instanceId: id, deletionProtection: false }),
  );
  await refusal(remove(true), 'IncorrectInstanceStatus.Initializing');
  world.letTimeGo();
  await running(id);
  await refusal(remove(false), 'IncorrectInstanceStatus');

  world.holdTime();
  await remove(true);

  await refusal(world.vpc.deleteVSwitch(new DeleteVSwitchRequest({ vSwitchId })), 'DependencyViolation');
  world.letTimeGo();
  await until(async () => (await describe()).length === 0);
  await until(() =>
    world.vpc.deleteVSwitch(new DeleteVSwitchRequest({ vSwitchId })).then(
      () => true,
      () => false,
    ),
  );
  await refusal(remove(true), 'InvalidInstanceId.NotFound');
  expect((await world.ecs.describeDisks(new $Ecs.DescribeDisksRequest({ regionId }))).body?.totalCount).toBe(
    0,
  );
});

test('an instance stops, starts and reboots', async () => {
  const [instanceId = ''] = await run();
  await running(instanceId);
  const status = async () => (await describe({ instanceIds: JSON.stringify([instanceId]) }))[0]?.status;

  await world.ecs.stopInstance(new $Ecs.StopInstanceRequest({ instanceId }));
  await until(async () => (await status()) === 'Stopped');
  await world.ecs.startInstance(new $Ecs.StartInstanceRequest({ instanceId }));
  await running(instanceId);
  world.holdTime();
  await world.ecs.rebootInstance(new $Ecs.RebootInstanceRequest({ instanceId }));
  expect(await status()).toBe('Starting');
  world.letTimeGo();
  await running(instanceId);
});

test('Cloud Assistant runs a script once its agent is up', async () => {
  const [instanceId = ''] = await run();
  const ask = (commandContent: string) =>
    world.ecs.runCommand(
      new $Ecs.RunCommandRequest({
        regionId,
        type: 'RunShellScript',
        commandContent,
        instanceId: [instanceId],
      }),
    );
  await refusal(ask('true'), 'InvalidInstance.NotMatch');
  await until(async () => {
    const { body } = await world.ecs.describeCloudAssistantStatus(
      new $Ecs.DescribeCloudAssistantStatusRequest({ regionId, instanceId: [instanceId] }),
    );
    const [agent] = body?.instanceCloudAssistantStatusSet?.instanceCloudAssistantStatus ?? [];
    return agent?.cloudAssistantStatus === 'true';
  });

  const { body } = await ask('echo hello; exit 3');

  const result = await until(async () => {
    const answer = await world.ecs.describeInvocationResults(
      new $Ecs.DescribeInvocationResultsRequest({
        regionId,
        invokeId: body?.invokeId ?? '',
        contentEncoding: 'PlainText',
      }),
    );
    const [one] = answer.body?.invocation?.invocationResults?.invocationResult ?? [];
    return one?.finishedTime ? one : undefined;
  });
  expect(result).toMatchObject({ invocationStatus: 'Failed', exitCode: 3, errorCode: 'ExitCodeNonzero' });
  expect(result.output).toContain('hello');
});

test('security rules decide who may open what', async () => {
  const mongoGroup = await createGroup('mongo');
  await authorize(mongoGroup, [
    { ipProtocol: 'tcp', portRange: '22/22', sourceCidrIp: '198.51.100.0/24' },
    { ipProtocol: 'TCP', portRange: '27017/27017', sourceGroupId: groupId },
    { ipProtocol: 'TCP', portRange: '22/22', sourceCidrIp: '198.51.100.66/32', policy: 'drop' },
  ]);
  await authorize(mongoGroup, [{ ipProtocol: 'TCP', portRange: '27017/27017', sourceGroupId: groupId }]);
  const [mongo = ''] = await run({ securityGroupId: mongoGroup });
  await run();
  const network = createNetwork(() => world.server.cloud);
  const allows = (from: string, port: number) => network.allows(from, mongo, 'tcp', port);

  expect(allows('198.51.100.10', 22)).toBe(true);
  expect(allows('198.51.100.66', 22)).toBe(false);
  expect(allows('198.51.100.10', 27017)).toBe(false);
  expect(allows('10.0.0.2', 27017)).toBe(true);
  expect(allows('10.0.0.9', 27017)).toBe(false);
  expect(network.instanceAt(vpcId, '10.0.0.1')).toBe(mongo);
  const { body } = await world.ecs.describeSecurityGroupAttribute(
    new $Ecs.DescribeSecurityGroupAttributeRequest({
      regionId,
      securityGroupId: mongoGroup,
      direction: 'ingress',
    }),
  );
  expect(body?.permissions?.permission?.map((rule) => rule.policy)).toEqual(['Accept', 'Accept', 'Drop']);
});

test('a security group that another one names is not deleted before that rule is revoked', async () => {
  const mongoGroup = await createGroup('mongo');
  const rule = { ipProtocol: 'TCP', portRange: '27017/27017', sourceGroupId: groupId };
  await authorize(mongoGroup, [rule]);
  const remove = () =>
    world.ecs.deleteSecurityGroup(
      new $Ecs.DeleteSecurityGroupRequest({ regionId, securityGroupId: groupId }),
    );
  await refusal(remove(), 'DependencyViolation');

  await world.ecs.revokeSecurityGroup(
    new $Ecs.RevokeSecurityGroupRequest({ regionId, securityGroupId: mongoGroup, permissions: [rule] }),
  );

  expect((await remove()).statusCode).toBe(200);
  await refusal(
    world.ecs.revokeSecurityGroup(
      new $Ecs.RevokeSecurityGroupRequest({
        regionId,
        securityGroupId: mongoGroup,
        securityGroupRuleId: ['sgr-x'],
      }),
    ),
    'InvalidParam.SecurityGroupRuleId',
  );
});

test('key pairs are made once, imported with their fingerprint, and kept while an instance uses them', async () => {
  const { body } = await world.ecs.createKeyPair(
    new $Ecs.CreateKeyPairRequest({ regionId, keyPairName: 'made' }),
  );
  expect(body?.privateKeyBody).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  await refusal(
    world.ecs.createKeyPair(new $Ecs.CreateKeyPairRequest({ regionId, keyPairName: 'made' })),
    'KeyPair.AlreadyExist',
  );
  const listed = await world.ecs.describeKeyPairs(
    new $Ecs.DescribeKeyPairsRequest({ regionId, keyPairName: 'made', includePublicKey: true }),
  );
  const line = listed.body?.keyPairs?.keyPair?.[0]?.publicKey ?? '';
  const imported = await world.ecs.importKeyPair(
    new $Ecs.ImportKeyPairRequest({ regionId, keyPairName: 'again', publicKeyBody: line }),
  );
  expect(imported.body?.keyPairFingerPrint).toBe(body?.keyPairFingerPrint);
  expect(body?.keyPairFingerPrint).toBe(
    createHash('md5')
      .update(Buffer.from(line.split(' ')[1] ?? '', 'base64'))
      .digest('hex'),
  );

  await run({ keyPairName: 'made' });

  const remove = (names: readonly string[]) =>
    world.ecs.deleteKeyPairs(
      new $Ecs.DeleteKeyPairsRequest({ regionId, keyPairNames: JSON.stringify(names) }),
    );
  await refusal(remove(['made']), 'InvalidParameter.KeypairAlreadyAttachedInstance');
  expect((await remove(['again', 'never-was'])).statusCode).toBe(200);
});

test('launch templates keep full versions and start instances', async () => {
  const content = { imageId: IMAGE, instanceType: 'ecs.c7.large', securityGroupIds: [groupId] };
  const made = await world.ecs.createLaunchTemplate(
    new $Ecs.CreateLaunchTemplateRequest({
      regionId,
      launchTemplateName: 'live-edge',
      ...content,
      systemDisk: { category: 'cloud_essd', size: 40 },
      templateTag: [{ key: 'ams-cluster', value: 'live' }],
      tag: [{ key: 'ams-cluster', value: 'live' }],
      userData: Buffer.from('#!/bin/sh\n').toString('base64'),
    }),
  );
  const launchTemplateId = made.body?.launchTemplateId ?? '';
  await refusal(
    world.ecs.createLaunchTemplate(
      new $Ecs.CreateLaunchTemplateRequest({ regionId, launchTemplateName: 'live-edge' }),
    ),
    'LaunchTemplateName.Duplicated',
  );
  await world.ecs.createLaunchTemplateVersion(
    new $Ecs.CreateLaunchTemplateVersionRequest({
      regionId,
      launchTemplateId,
      ...content,
      versionDescription: 'two',
    }),
  );
  await world.ecs.modifyLaunchTemplateDefaultVersion(
    new $Ecs.ModifyLaunchTemplateDefaultVersionRequest({
      regionId,
      launchTemplateId,
      defaultVersionNumber: 2,
    }),
  );

  const found = await world.ecs.describeLaunchTemplates(
    new $Ecs.DescribeLaunchTemplatesRequest({
      regionId,
      templateTag: [{ key: 'ams-cluster', value: 'live' }],
    }),
  );
  expect(found.body?.launchTemplateSets?.launchTemplateSet).toMatchObject([
    { launchTemplateId, defaultVersionNumber: 2, latestVersionNumber: 2 },
  ]);
  const versions = await world.ecs.describeLaunchTemplateVersions(
    new $Ecs.DescribeLaunchTemplateVersionsRequest({ regionId, launchTemplateId, detailFlag: true }),
  );
  const [second, first] = versions.body?.launchTemplateVersionSets?.launchTemplateVersionSet ?? [];
  expect(second).toMatchObject({ versionNumber: 2, versionDescription: 'two', defaultVersion: true });
  expect(first?.launchTemplateData).toMatchObject({
    imageId: IMAGE,
    securityGroupIds: { securityGroupId: [groupId] },
    systemDisk: { category: 'cloud_essd', size: 40 },
    tags: { instanceTag: [{ key: 'ams-cluster', value: 'live' }] },
  });
  const launched = await world.ecs.runInstances(
    new $Ecs.RunInstancesRequest({ regionId, launchTemplateId, launchTemplateVersion: 1, vSwitchId }),
  );
  const [id = ''] = launched.body?.instanceIdSets?.instanceIdSet ?? [];
  const data = await world.ecs.describeUserData(
    new $Ecs.DescribeUserDataRequest({ regionId, instanceId: id }),
  );
  expect(Buffer.from(data.body?.userData ?? '', 'base64').toString()).toBe('#!/bin/sh\n');
});

test('images: marketplace ones show only when asked for, system ones are dated', async () => {
  const list = async (filter: Record<string, unknown>) => {
    const { body } = await world.ecs.describeImages(
      new $Ecs.DescribeImagesRequest({ regionId, pageSize: 100, ...filter }),
    );
    return body?.images?.image ?? [];
  };
  world.server.cloud.settings.subscribedProducts = [];

  const usual = await list({});
  const market = await list({ imageOwnerAlias: 'marketplace', imageName: '*Ant*Media*Enterprise*' });
  const ubuntu = await list({ imageOwnerAlias: 'system', imageName: 'ubuntu_22_04_x64*' });
  const imageId = `${IMAGE},${market[0]?.imageId}`;

  expect(usual.map((one) => one.imageOwnerAlias)).not.toContain('marketplace');
  expect(market.map((one) => one.imageVersion)).toContain('3.0.3');
  expect(market.every((one) => one.isSubscribed === false)).toBe(true);
  expect(ubuntu.map((one) => one.imageId)).toContain(IMAGE);
  expect((await list({ imageId })).map((one) => one.imageId)).toEqual([IMAGE]);
  expect(await list({ imageId, imageOwnerAlias: 'marketplace' })).toEqual([market[0]]);
  await refusal(run({ imageId: market[0]?.imageId, dryRun: true }), 'ImageNotSubscribed');
});

test('lists of ids are taken up to their limits', async () => {
  const ids = (count: number, form = 'i-gw8none') => Array.from({ length: count }, (_, at) => `${form}${at}`);
  const images = (count: number) =>
    world.ecs.describeImages(new $Ecs.DescribeImagesRequest({ regionId, imageId: ids(count).join(',') }));

  expect(await describe({ instanceIds: JSON.stringify(ids(100)) })).toEqual([]);
  await refusal(describe({ instanceIds: JSON.stringify(ids(101)) }), 'InvalidInstanceIds.Malformed');
  expect((await images(100)).body?.totalCount).toBe(0);
  await refusal(images(101), 'InvalidParameter.ImageId');
});

test('stock, types and prices are told', async () => {
  world.server.cloud.settings.soldOut = [{ zoneId: 'eu-central-1b', instanceType: 'ecs.c7.xlarge' }];

  const stock = await world.ecs.describeAvailableResource(
    new $Ecs.DescribeAvailableResourceRequest({
      regionId,
      destinationResource: 'InstanceType',
      instanceType: 'ecs.c7.xlarge',
    }),
  );
  const price = await world.ecs.describePrice(
    new $Ecs.DescribePriceRequest({
      regionId,
      instanceType: 'ecs.c7.xlarge',
      amount: 2,
      systemDisk: { category: 'cloud_essd', size: 40 },
    }),
  );

  expect(stock.body?.availableZones?.availableZone?.map((zone) => zone.status)).toEqual([
    'Available',
    'SoldOut',
    'Available',
  ]);
  expect(price.body?.priceInfo?.price).toMatchObject({ currency: 'USD', tradePrice: 0.372 });
  await refusal(
    world.ecs.describePrice(new $Ecs.DescribePriceRequest({ regionId, instanceType: 'ecs.none' })),
    'InvalidInstanceType.ValueNotSupported',
  );
});

test('which system disks there are is told for an instance type alone', async () => {
  const disks = (more: Record<string, string> = {}) =>
    world.ecs.describeAvailableResource(
      new $Ecs.DescribeAvailableResourceRequest({ regionId, destinationResource: 'SystemDisk', ...more }),
    );

  await refusal(disks(), 'MissingParameter');
  const [zone] = (await disks({ instanceType: 'ecs.c7.xlarge' })).body?.availableZones?.availableZone ?? [];
  const [offer] = zone?.availableResources?.availableResource ?? [];
  expect(offer?.supportedResources?.supportedResource?.map((disk) => disk.value)).toContain('cloud_essd');
});

test('tagging calls find instances across the region and change their tags', async () => {
  const [id = ''] = await run({ tag: [{ key: 'a', value: '1' }] });
  await world.ecs.tagResources(
    new $Ecs.TagResourcesRequest({
      regionId,
      resourceType: 'instance',
      resourceId: [id],
      tag: [{ key: 'b', value: '2' }],
    }),
  );
  await world.ecs.untagResources(
    new $Ecs.UntagResourcesRequest({ regionId, resourceType: 'instance', resourceId: [id], tagKey: ['a'] }),
  );

  const { body } = await world.ecs.listTagResources(
    new $Ecs.ListTagResourcesRequest({ regionId, resourceType: 'instance', tag: [{ key: 'b', value: '2' }] }),
  );

  expect(body?.tagResources?.tagResource).toEqual([
    expect.objectContaining({ resourceId: id, tagKey: 'b', tagValue: '2' }),
  ]);
});

test('of a launch template that went, Auto Scaling tells in words of its own', async () => {
  const ess = (action: string, parameters: Record<string, unknown>) =>
    world.call('2022-02-22', action, { RegionId: regionId, ...parameters });
  const template = {
    regionId,
    launchTemplateName: 'live-edge',
    imageId: IMAGE,
    instanceType: 'ecs.c7.large',
  };
  const made = await world.ecs.createLaunchTemplate(
    new $Ecs.CreateLaunchTemplateRequest({ ...template, securityGroupId: groupId }),
  );
  const launchTemplateId = made.body?.launchTemplateId ?? '';
  const second = { regionId, launchTemplateId, imageId: IMAGE, instanceType: 'ecs.c7.large' };
  await world.ecs.createLaunchTemplateVersion(
    new $Ecs.CreateLaunchTemplateVersionRequest({ ...second, securityGroupId: groupId }),
  );
  const { ScalingGroupId } = await ess('CreateScalingGroup', {
    MinSize: 1,
    MaxSize: 1,
    DesiredCapacity: 1,
    LaunchTemplateId: launchTemplateId,
    LaunchTemplateVersion: '2',
    VSwitchIds: [vSwitchId],
  });
  const failed = (code: string) =>
    until(async () => {
      const answer = await ess('DescribeScalingActivities', { ScalingGroupId });
      const activities = answer['ScalingActivities'] as { StatusCode: string; ErrorCode?: string }[];
      return activities.some((one) => one.StatusCode === 'Failed' && one.ErrorCode === code);
    });

  await world.ecs.deleteLaunchTemplateVersion(
    new $Ecs.DeleteLaunchTemplateVersionRequest({ regionId, launchTemplateId, deleteVersion: [2] }),
  );
  await ess('EnableScalingGroup', { ScalingGroupId });
  await failed('LaunchTemplateVersionSet.NotFound');
  await world.ecs.deleteLaunchTemplate(new $Ecs.DeleteLaunchTemplateRequest({ regionId, launchTemplateId }));
  await world.call('2022-02-22', 'ModifyScalingGroup', { ScalingGroupId, MaxSize: 2 });
  await failed('LaunchTemplateSet.NotFound');
});

test('what Auto Scaling would release when the world ends stays as it is, without an error', async () => {
  world.holdTime();
  const [id = ''] = await run();

  const ended = terminate(world.server.cloud, id);
  await Promise.all([world.server.reset(), expect(ended).resolves.toBeUndefined()]);
  world.letTimeGo();
});
