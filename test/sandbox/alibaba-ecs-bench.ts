import { afterAll, beforeAll, beforeEach } from 'vitest';
import * as $Ecs from '@alicloud/ecs20140526';
import { CreateVpcRequest, CreateVSwitchRequest } from '@alicloud/vpc20160428';
import { type CloudWorld, startWorld, until } from './alibaba-world.ts';

export const regionId = 'eu-central-1';
export const IMAGE = 'ubuntu_22_04_x64_20G_alibase_20251015.vhd';

/** An account for the tests of a file, with a new VPC, vSwitch and security group for each, and their use. */
export function ecsBench() {
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

  return {
    get world() {
      return world;
    },
    get vpcId() {
      return vpcId;
    },
    get vSwitchId() {
      return vSwitchId;
    },
    get groupId() {
      return groupId;
    },
    createGroup,
    authorize,
    run,
    describe,
    running,
  };
}
