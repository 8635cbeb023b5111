import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { type Product, sdkModel } from '../product.ts';
import { listTagResources, type TaggedOf, tagResources, untagResources } from '../tags.ts';
import { vpcState } from './state.ts';
import { createVpc, deleteVpc, describeVpcAttribute, describeVpcs } from './vpcs.ts';
import { createVSwitch, deleteVSwitch, describeVSwitchAttributes, describeVSwitches } from './vswitches.ts';

function describeRegions(_call: Call, cloud: Cloud): object {
  return {
    Regions: {
      Region: cloud.regions.map(({ id, name }) => ({
        RegionId: id,
        LocalName: name,
        RegionEndpoint: `vpc.${id}.aliyuncs.com`,
      })),
    },
  };
}

function describeZones(call: Call, cloud: Cloud): object {
  const zones = cloud.region(call.regionId)?.zones ?? [];
  return {
    Zones: {
      Zone: zones.map((ZoneId) => ({
        ZoneId,
        LocalName: `Zone ${ZoneId.slice(-1).toUpperCase()}`,
        ZoneType: 'AvailabilityZone',
      })),
    },
  };
}

function tagged(cloud: Cloud): TaggedOf {
  const { vpcs, vSwitches } = vpcState(cloud);
  // Nobody tags route tables and addresses here.
  return (type) => (type === 'VPC' ? vpcs : type === 'VSWITCH' ? vSwitches : undefined);
}

const NAME = { match: /^(?!https?:\/\/).{1,128}$/s, hint: '1 to 128 characters, not beginning with http://' };
const TYPES = { ResourceType: ['VPC', 'VSWITCH', 'ROUTETABLE', 'EIP'] };

/** Virtual Private Cloud, 2016-04-28. */
export const vpc: Product = {
  name: 'VPC',
  version: '2016-04-28',
  actions: {
    CreateVpc: createVpc,
    DescribeVpcs: describeVpcs,
    DescribeVpcAttribute: describeVpcAttribute,
    DeleteVpc: deleteVpc,
    CreateVSwitch: createVSwitch,
    DescribeVSwitches: describeVSwitches,
    DescribeVSwitchAttributes: describeVSwitchAttributes,
    DeleteVSwitch: deleteVSwitch,
    DescribeRegions: describeRegions,
    DescribeZones: describeZones,
    TagResources: (call, cloud) => tagResources(call.params, call.regionId, tagged(cloud)),
    UnTagResources: (call, cloud) => untagResources(call.params, call.regionId, tagged(cloud)),
    ListTagResources: (call, cloud) => listTagResources(call.params, call.regionId, tagged(cloud)),
  },
  model: sdkModel('@alicloud/vpc20160428', {
    CreateVpc: { required: ['RegionId'], form: { VpcName: NAME }, most: { Tag: 20 } },
    DescribeVpcs: { required: ['RegionId'], most: { Tag: 20 } },
    DescribeVpcAttribute: { required: ['RegionId', 'VpcId'] },
    DeleteVpc: { required: ['VpcId'] },
    CreateVSwitch: {
      required: ['VpcId', 'ZoneId', 'CidrBlock'],
      form: { VSwitchName: NAME },
      most: { Tag: 20 },
    },
    DescribeVSwitches: { most: { Tag: 20 } },
    DescribeVSwitchAttributes: { required: ['VSwitchId'] },
    DeleteVSwitch: { required: ['VSwitchId'] },
    DescribeZones: { required: ['RegionId'] },
    TagResources: {
      required: ['RegionId', 'ResourceType', 'ResourceId', 'Tag', 'Tag.Key'],
      allowed: TYPES,
      most: { Tag: 20, ResourceId: 50 },
    },
    UnTagResources: { required: ['RegionId', 'ResourceType', 'ResourceId'], allowed: TYPES },
    ListTagResources: { required: ['RegionId', 'ResourceType'], allowed: TYPES },
  }),
  setUp(cloud) {
    const { interfaces } = vpcState(cloud);
    cloud.registerUsers('vswitch', (id) =>
      interfaces.bearing(id).map((entry) => ({ kind: 'NetworkInterface', id: entry.id })),
    );
    cloud.registerUsers('securitygroup', (id) =>
      interfaces.bearing(id).map((entry) => ({ kind: 'NetworkInterface', id: entry.id })),
    );
  },
};
