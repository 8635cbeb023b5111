import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  CreateVpcRequest,
  CreateVSwitchRequest,
  DeleteVpcRequest,
  DeleteVSwitchRequest,
  DescribeVpcAttributeRequest,
  DescribeVpcsRequest,
  DescribeVSwitchAttributesRequest,
  ListTagResourcesRequest,
  TagResourcesRequest,
} from '@alicloud/vpc20160428';
import {
  CreateSecurityGroupRequest,
  DeleteSecurityGroupRequest,
  DescribeSecurityGroupsRequest,
} from '@alicloud/ecs20140526';
import { addInterface, releaseInterface } from '../../sandbox/alibaba/vpc/interfaces.ts';
import { vSwitch } from '../../sandbox/alibaba/vpc/lookup.ts';
import { type CloudWorld, refusal, startWorld, until } from './alibaba-world.ts';

const REGION = 'eu-central-1';
let world: CloudWorld;

beforeAll(async () => {
  world = await startWorld({ durations: { managedGroupRelease: 200_000 } });
});
beforeEach(() => world.server.reset());
afterAll(() => world.close());

async function createVpc(cidrBlock = '10.8.0.0/16'): Promise<string> {
  const { body } = await world.vpc.createVpc(
    new CreateVpcRequest({
      regionId: REGION,
      cidrBlock,
      tag: [
        { key: 'ams-cluster', value: 'live' },
        { key: 'ams-resource', value: 'vpc' },
      ],
    }),
  );
  return body?.vpcId ?? '';
}

async function status(vpcId: string) {
  const { body } = await world.vpc.describeVpcAttribute(
    new DescribeVpcAttributeRequest({ regionId: REGION, vpcId }),
  );
  return body;
}

async function readyVpc(): Promise<string> {
  const vpcId = await createVpc();
  await until(async () => (await status(vpcId))?.status === 'Available');
  return vpcId;
}

function createVSwitch(vpcId: string, zone: string, cidrBlock: string) {
  return world.vpc.createVSwitch(
    new CreateVSwitchRequest({ regionId: REGION, vpcId, zoneId: `${REGION}${zone}`, cidrBlock }),
  );
}

test('a VPC is Pending first, then Available, and found by all of its tags', async () => {
  world.holdTime();
  const vpcId = await createVpc();
  expect((await status(vpcId))?.status).toBe('Pending');
  world.letTimeGo();
  await until(async () => (await status(vpcId))?.status === 'Available');

  const search = (value: string) =>
    world.vpc.describeVpcs(
      new DescribeVpcsRequest({
        regionId: REGION,
        tag: [
          { key: 'ams-cluster', value: 'live' },
          { key: 'ams-resource', value },
        ],
      }),
    );
  expect((await search('vpc')).body?.vpcs?.vpc?.map((vpc) => vpc.vpcId)).toEqual([vpcId]);
  expect((await search('alb')).body?.vpcs?.vpc).toEqual([]);
});

test('a VPC has a private block of 16 to 28 bits, and the large usual one when nobody asks', async () => {
  for (const cidr of ['10.8.0.0/16', '192.168.3.16/28']) expect(await createVpc(cidr)).toMatch(/^vpc-/);
  for (const cidr of ['10.8.0.0/15', '10.0.0.0/8', '10.8.0.0/29', '100.64.0.0/16'])
    await refusal(createVpc(cidr), 'InvalidVpcCidrBlock.Malformed');

  const { body } = await world.vpc.createVpc(new CreateVpcRequest({ regionId: REGION }));
  expect((await status(body?.vpcId ?? ''))?.cidrBlock).toBe('172.16.0.0/12');
});

test('VPCs are asked for by at most 20 ids', async () => {
  const ask = (count: number) => {
    const vpcId = Array.from({ length: count }, (_, at) => `vpc-gw8none${at}`).join(',');
    return world.vpc.describeVpcs(new DescribeVpcsRequest({ regionId: REGION, vpcId }));
  };

  expect((await ask(20)).body?.totalCount).toBe(0);
  await refusal(ask(21), 'InvalidParameter.VpcId');
});

test('vSwitches of one VPC come one after the other, inside it, without overlap', async () => {
  const vpcId = await readyVpc();
  world.holdTime();
  const first = await createVSwitch(vpcId, 'a', '10.8.0.0/24');
  await refusal(createVSwitch(vpcId, 'b', '10.8.1.0/24'), 'TaskConflict');
  world.letTimeGo();

  const attributes = () =>
    world.vpc.describeVSwitchAttributes(
      new DescribeVSwitchAttributesRequest({ vSwitchId: first.body?.vSwitchId ?? '' }),
    );
  await until(async () => (await attributes()).body?.status === 'Available');

  expect((await attributes()).body).toMatchObject({ availableIpAddressCount: 252, zoneId: 'eu-central-1a' });
  await refusal(createVSwitch(vpcId, 'b', '10.8.0.128/25'), 'InvalidCidrBlock.Overlapped');
  await refusal(createVSwitch(vpcId, 'b', '10.9.0.0/24'), 'InvalidCidrBlock.OutOfRange');
  await refusal(createVSwitch(vpcId, 'z', '10.8.1.0/24'), 'InvalidZoneId.NotFound');
  expect((await createVSwitch(vpcId, 'b', '10.8.1.0/24')).statusCode).toBe(200);
});

test('a VPC goes when its vSwitches and security groups are gone, and tells what is left', async () => {
  const vpcId = await readyVpc();
  const made = await createVSwitch(vpcId, 'a', '10.8.0.0/24');
  const vSwitchId = made.body?.vSwitchId ?? '';
  const group = await world.ecs.createSecurityGroup(
    new CreateSecurityGroupRequest({ regionId: REGION, vpcId, securityGroupName: 'ams' }),
  );
  const remove = () => world.vpc.deleteVpc(new DeleteVpcRequest({ regionId: REGION, vpcId }));
  await refusal(remove(), 'DependencyViolation.VSwitch');

  await until(() =>
    world.vpc.deleteVSwitch(new DeleteVSwitchRequest({ vSwitchId })).then(
      () => true,
      () => false,
    ),
  );
  await world.server.cloud.settle();
  await refusal(remove(), 'DependencyViolation.SecurityGroup');
  expect((await status(vpcId))?.cloudResources?.cloudResourceSetType).toContainEqual({
    resourceType: 'SecurityGroup',
    resourceCount: 1,
  });
  await world.ecs.deleteSecurityGroup(
    new DeleteSecurityGroupRequest({
      regionId: REGION,
      securityGroupId: group.body?.securityGroupId ?? '',
    }),
  );
  await remove();

  await world.server.cloud.settle();
  await refusal(status(vpcId), 'InvalidVpcID.NotFound');
});

test('tags list their resources', async () => {
  const vpcId = await createVpc();

  await until(async () => (await status(vpcId))?.status === 'Available');
  const tag = [{ key: 'ams-cluster', value: 'live' }];
  const { body } = await world.vpc.createVSwitch(
    new CreateVSwitchRequest({
      regionId: REGION,
      vpcId,
      zoneId: `${REGION}a`,
      cidrBlock: '10.8.1.0/24',
      tag,
    }),
  );

  const listed = async (resourceType: string) => {
    const request = new ListTagResourcesRequest({ regionId: REGION, resourceType, tag });
    const answer = await world.vpc.listTagResources(request);
    return answer.body?.tagResources?.tagResource?.map((row) => row.resourceId);
  };
  expect(await listed('VPC')).toEqual([vpcId, vpcId]);
  expect(await listed('VSWITCH')).toEqual([body?.vSwitchId]);
  expect(await listed('EIP')).toEqual([]);
});

test('of several resources all are tagged, or none when one has too many tags', async () => {
  const [first, second] = [await createVpc(), await createVpc()];
  const tag = (ids: readonly string[], keys: readonly string[]) =>
    world.vpc.tagResources(
      new TagResourcesRequest({
        regionId: REGION,
        resourceType: 'VPC',
        resourceId: [...ids],
        tag: keys.map((key) => ({ key, value: 'x' })),
      }),
    );
  await tag(
    [second],
    Array.from({ length: 17 }, (_, at) => `key-${at}`),
  );

  await refusal(tag([first, second], ['a', 'b']), 'InvalidTagCount');
  const keys = async (vpcId: string) => (await status(vpcId))?.tags?.tag?.map((one) => one.key);
  expect(await keys(first)).toEqual(['ams-cluster', 'ams-resource']);
  await tag([first, second], ['a']);
  expect(await keys(first)).toEqual(['ams-cluster', 'ams-resource', 'a']);
  expect(await keys(second)).toHaveLength(20);
});

test("a product's own group holds the VPC a while after the product's last interface", async () => {
  const vpcId = await readyVpc();
  const made = await createVSwitch(vpcId, 'a', '10.8.0.0/24');
  await world.server.cloud.settle();
  const { cloud } = world.server;
  const entry = vSwitch(cloud, made.body?.vSwitchId ?? '');
  if (entry === undefined) throw new Error('the vSwitch is missing');
  const card = addInterface(cloud, { vSwitch: entry, ownerId: 'alb-1', serviceManaged: true });
  releaseInterface(cloud, card.id);
  await until(() =>
    world.vpc.deleteVSwitch(new DeleteVSwitchRequest({ vSwitchId: entry.id })).then(
      () => true,
      () => false,
    ),
  );
  await until(async () => (await status(vpcId))?.vSwitchIds?.vSwitchId?.length === 0);
  const groups = await world.ecs.describeSecurityGroups(
    new DescribeSecurityGroupsRequest({ regionId: REGION, vpcId }),
  );
  const [managed] = groups.body?.securityGroups?.securityGroup ?? [];
  expect(managed?.serviceManaged).toBe(true);
  await refusal(
    world.ecs.deleteSecurityGroup(
      new DeleteSecurityGroupRequest({ regionId: REGION, securityGroupId: managed?.securityGroupId ?? '' }),
    ),
    'InvalidOperation.ResourceManagedByCloudProduct',
  );
  const remove = () => world.vpc.deleteVpc(new DeleteVpcRequest({ regionId: REGION, vpcId }));
  await refusal(remove(), 'DependencyViolation.SecurityGroup');

  await cloud.settle();

  expect((await remove()).statusCode).toBe(200);
});
