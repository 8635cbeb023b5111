import { ApiError, dependencyViolation, incorrectStatus, notFound, quotaExceeded } from '../api-error.ts';
import { type Call, commaTexts, endDryRun, flag, isElsewhere, needText, type Params, text } from '../call.ts';
import { contains, parseCidr } from '../cidr.ts';
import type { Cloud } from '../cloud.ts';
import { isVisible } from '../listed.ts';
import { numberedPage } from '../page.ts';
import { inRegion } from '../table.ts';
import { keyValues, matchesTags, newTags, tagsAsked } from '../tags.ts';
import { vSwitchesOf } from './lookup.ts';
import { type VpcEntry, vpcState } from './state.ts';

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];
/** Of a VPC for which none was asked: larger than any that may be asked for. */
const USUAL = '172.16.0.0/12';

export function createVpc(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const state = vpcState(cloud);
  const asked = text(params, 'CidrBlock');
  if (asked !== undefined) checkCidr(asked);
  const cidrBlock = asked ?? USUAL;
  const tags = newTags(params);
  if (state.vpcs.count(inRegion(regionId)) >= cloud.settings.quotas.vpcs) {
    throw quotaExceeded('QuotaExceeded.Vpc', 'VPCs in the region', cloud.settings.quotas.vpcs);
  }
  endDryRun(call);
  const entry: VpcEntry = {
    id: cloud.newId('vpc', regionId),
    regionId,
    cidrBlock,
    name: text(params, 'VpcName') ?? '',
    description: text(params, 'Description') ?? '',
    routerId: cloud.newId('vrt', regionId),
    routeTableId: cloud.newId('vtb', regionId),
    resourceGroupId: text(params, 'ResourceGroupId') ?? 'rg-acfmdefault0000',
    createdAt: cloud.clock.now(),
    visibleAt: cloud.visibleAt(0),
    tags,
    status: 'Pending',
  };
  state.vpcs.set(entry.id, entry);
  const ready = cloud.waits.begin('vpc', entry.id);
  cloud.later(cloud.durations.vpcCreate, () => {
    entry.status = 'Available';
    ready();
  });
  return {
    VpcId: entry.id,
    VRouterId: entry.routerId,
    RouteTableId: entry.routeTableId,
    ResourceGroupId: entry.resourceGroupId,
  };
}

function checkCidr(cidrBlock: string): void {
  const cidr = parseCidr(cidrBlock);
  const isPrivate = PRIVATE.some((range) => {
    const outer = parseCidr(range);
    return outer !== undefined && cidr !== undefined && contains(outer, cidr);
  });
  if (cidr === undefined || !isPrivate || cidr.mask < 16 || cidr.mask > 28) {
    throw new ApiError(
      'InvalidVpcCidrBlock.Malformed',
      400,
      `The CIDR block ${cidrBlock} must lie in ${PRIVATE.join(', ')} with a mask of 16 to 28 bits.`,
    );
  }
}

export function describeVpcs(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const ids = commaTexts(params, 'VpcId', 20);
  const name = text(params, 'VpcName');
  const all = vpcState(cloud)
    .vpcs.narrowed(ids, ...tagsAsked(params))
    .filter(
      (entry) =>
        entry.regionId === regionId &&
        (ids === undefined ? isVisible(entry) : ids.includes(entry.id)) &&
        (name === undefined || entry.name === name) &&
        // Every network of this account was made on purpose.
        flag(params, 'IsDefault') !== true &&
        matchesTags(entry.tags, params),
    );
  const { items, answer } = numberedPage(all, params, { usual: 10, most: 50 });
  return { ...answer, Vpcs: { Vpc: items.map((entry) => view(cloud, entry)) } };
}

export function describeVpcAttribute(call: Call, cloud: Cloud): object {
  const entry = needVpc(cloud, call.params, call.regionId);
  const resources = [
    { ResourceType: 'VRouter', ResourceCount: 1 },
    { ResourceType: 'RouteTable', ResourceCount: 1 },
    { ResourceType: 'VSwitch', ResourceCount: vSwitchesOf(cloud, entry.id).length },
    ...counts(cloud.usersOf('vpc', entry.id).map((user) => user.kind)),
  ];
  return {
    ...view(cloud, entry),
    CloudResources: {
      CloudResourceSetType: resources.filter((resource) => resource.ResourceCount > 0),
    },
  };
}

function counts(kinds: readonly string[]): { ResourceType: string; ResourceCount: number }[] {
  return [...new Set(kinds)].map((kind) => ({
    ResourceType: kind,
    ResourceCount: kinds.filter((other) => other === kind).length,
  }));
}

export function deleteVpc(call: Call, cloud: Cloud): object {
  const state = vpcState(cloud);
  const id = needText(call.params, 'VpcId');
  const entry = state.vpcs.get(id);
  if (entry === undefined || isElsewhere(call, entry)) throw notFound('InvalidVpcID.NotFound', `VPC ${id}`);
  if (entry.status !== 'Available') throw incorrectStatus('IncorrectVpcStatus', `VPC ${id}`, entry.status);
  const switches = vSwitchesOf(cloud, id);
  if (switches.length > 0) {
    throw dependencyViolation(
      'DependencyViolation.VSwitch',
      `VPC ${id}`,
      switches.map((one) => one.id),
    );
  }
  const [user, ...others] = cloud.usersOf('vpc', id);
  if (user !== undefined) {
    throw dependencyViolation(
      `DependencyViolation.${user.kind}`,
      `VPC ${id}`,
      [user, ...others].map((one) => one.id),
    );
  }
  endDryRun(call);
  entry.status = 'Deleting';
  const gone = cloud.waits.begin('vpc-removal', id);
  cloud.later(cloud.durations.vSwitchDelete, () => {
    state.vpcs.delete(id);
    gone();
  });
  return {};
}

function needVpc(cloud: Cloud, params: Params, regionId: string): VpcEntry {
  const id = needText(params, 'VpcId');
  const entry = vpcState(cloud).vpcs.get(id);
  if (entry === undefined || entry.regionId !== regionId)
    throw notFound('InvalidVpcID.NotFound', `VPC ${id}`);
  return entry;
}

function view(cloud: Cloud, entry: VpcEntry): object {
  return {
    VpcId: entry.id,
    RegionId: entry.regionId,
    Status: entry.status,
    VpcName: entry.name,
    Description: entry.description,
    CidrBlock: entry.cidrBlock,
    CreationTime: `${entry.createdAt.toISOString().slice(0, 19)}Z`,
    VRouterId: entry.routerId,
    IsDefault: false,
    ResourceGroupId: entry.resourceGroupId,
    EnabledIpv6: false,
    VSwitchIds: { VSwitchId: vSwitchesOf(cloud, entry.id).map((one) => one.id) },
    RouterTableIds: { RouterTableIds: [entry.routeTableId] },
    SecondaryCidrBlocks: { SecondaryCidrBlock: [] },
    UserCidrs: { UserCidr: [] },
    NatGatewayIds: { NatGatewayIds: [] },
    Tags: { Tag: keyValues(entry.tags) },
  };
}
