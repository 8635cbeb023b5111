import { beforeEach, expect, test } from 'vitest';
import * as $Ecs from '@alicloud/ecs20140526';
import { DeleteVSwitchRequest } from '@alicloud/vpc20160428';
import { terminate } from '../../sandbox/alibaba/ess/ecs.ts';
import { ecsBench, regionId } from './alibaba-ecs-bench.ts';
import { type CloudWorld, refusal, until } from './alibaba-world.ts';

const own = ecsBench();
const { run, describe, running } = own;
let world: CloudWorld;
let vpcId: string;
let vSwitchId: string;

beforeEach(() => {
  ({ world, vpcId, vSwitchId } = own);
});

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

test('lists of ids are taken up to their limits', async () => {
  const ids = (count: number, form = 'i-gw8none') => Array.from({ length: count }, (_, at) => `${form}${at}`);
  const images = (count: number) =>
    world.ecs.describeImages(new $Ecs.DescribeImagesRequest({ regionId, imageId: ids(count).join(',') }));

  expect(await describe({ instanceIds: JSON.stringify(ids(100)) })).toEqual([]);
  await refusal(describe({ instanceIds: JSON.stringify(ids(101)) }), 'InvalidInstanceIds.Malformed');
  expect((await images(100)).body?.totalCount).toBe(0);
  await refusal(images(101), 'InvalidParameter.ImageId');
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

test('what Auto Scaling would release when the world ends stays as it is, without an error', async () => {
  world.holdTime();
  const [id = ''] = await run();

  const ended = terminate(world.server.cloud, id);
  await Promise.all([world.server.reset(), expect(ended).resolves.toBeUndefined()]);
  world.letTimeGo();
});
