import {
  ApiError,
  dependencyViolation,
  incorrectStatus,
  missingParameter,
  notFound,
  quotaExceeded,
} from '../api-error.ts';
import { type Call, endDryRun, isElsewhere, needText, text } from '../call.ts';
import { contains, overlaps, parseCidr } from '../cidr.ts';
import type { Cloud } from '../cloud.ts';
import { isVisible } from '../listed.ts';
import { numberedPage } from '../page.ts';
import { keyValues, matchesTags, newTags, tagsAsked } from '../tags.ts';
import { availableAddresses } from './addresses.ts';
import { vSwitchesOf } from './lookup.ts';
import { vpcState, type VpcEntry, type VSwitchEntry } from './state.ts';

export function createVSwitch(call: Call, cloud: Cloud): object {
  const { params } = call;
  const state = vpcState(cloud);
  const vpcId = needText(params, 'VpcId');
  const zoneId = needText(params, 'ZoneId');
  const cidrBlock = needText(params, 'CidrBlock');
  const vpc = state.vpcs.get(vpcId);
  if (vpc === undefined || isElsewhere(call, vpc)) throw notFound('InvalidVpcId.NotFound', `VPC ${vpcId}`);
  if (cloud.region(vpc.regionId)?.zones.includes(zoneId) !== true) {
    throw notFound('InvalidZoneId.NotFound', `zone ${zoneId}`);
  }
  const siblings = vSwitchesOf(cloud, vpcId);
  checkCidr(cidrBlock, vpc, siblings);
  const tags = newTags(params);
  if (vpc.status !== 'Available') throw incorrectStatus('IncorrectVpcStatus', `VPC ${vpcId}`, vpc.status);
  if (siblings.some((one) => one.status === 'Pending')) {
    throw new ApiError(
      'TaskConflict',
      409,
      `Another vSwitch of ${vpcId} is being created or deleted. Try again when it is done.`,
    );
  }
  if (siblings.length >= cloud.settings.quotas.vSwitchesPerVpc) {
    throw quotaExceeded('QuotaExceeded.VSwitch', 'vSwitches of a VPC', cloud.settings.quotas.vSwitchesPerVpc);
  }
  const entry: VSwitchEntry = {
    id: cloud.newId('vsw', vpc.regionId),
    regionId: vpc.regionId,
    vpcId,
    zoneId,
    cidrBlock,
    name: text(params, 'VSwitchName') ?? '',
    description: text(params, 'Description') ?? '',
    createdAt: cloud.clock.now(),
    visibleAt: cloud.visibleAt(0),
    tags,
    status: 'Pending',
    isDeleting: false,
    taken: new Set(),
  };
  state.vSwitches.set(entry.id, entry);
  const ready = cloud.waits.begin('vswitch', entry.id);
  cloud.later(cloud.durations.vSwitchCreate, () => {
    entry.status = 'Available';
    ready();
  });
  return { VSwitchId: entry.id };
}

function checkCidr(cidrBlock: string, vpc: VpcEntry, siblings: readonly VSwitchEntry[]): void {
  const cidr = parseCidr(cidrBlock);
  const outer = parseCidr(vpc.cidrBlock);
  if (cidr === undefined || cidr.mask < 16 || cidr.mask > 29) {
    throw new ApiError(
      'InvalidCidrBlock.Malformed',
      400,
      `The CIDR block ${cidrBlock} is malformed; the mask must have 16 to 29 bits.`,
    );
  }
  if (outer === undefined || !contains(outer, cidr)) {
    throw new ApiError(
      'InvalidCidrBlock.OutOfRange',
      400,
      `The CIDR block ${cidrBlock} is not within ${vpc.cidrBlock}, the block of ${vpc.id}.`,
    );
  }
  const clash = siblings.find((one) => {
    const other = parseCidr(one.cidrBlock);
    return other !== undefined && overlaps(other, cidr);
  });
  if (clash !== undefined) {
    throw new ApiError(
      'InvalidCidrBlock.Overlapped',
      400,
      `The CIDR block ${cidrBlock} overlaps ${clash.cidrBlock} of ${clash.id}.`,
    );
  }
}

export function describeVSwitches(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const vpcId = text(params, 'VpcId');
  if (vpcId === undefined && text(params, 'RegionId') === undefined)
    throw missingParameter('RegionId or VpcId');
  const ids = text(params, 'VSwitchId')?.split(',');
  const zoneId = text(params, 'ZoneId');
  const name = text(params, 'VSwitchName');
  const all = vpcState(cloud)
    .vSwitches.narrowed(ids, vpcId, ...tagsAsked(params))
    .filter(
      (entry) =>
        (text(params, 'RegionId') === undefined || entry.regionId === regionId) &&
        (vpcId === undefined || entry.vpcId === vpcId) &&
        (ids === undefined ? isVisible(entry) : ids.includes(entry.id)) &&
        (zoneId === undefined || entry.zoneId === zoneId) &&
        (name === undefined || entry.name === name) &&
        matchesTags(entry.tags, params),
    );
  const { items, answer } = numberedPage(all, params, { usual: 10, most: 50 });
  return { ...answer, VSwitches: { VSwitch: items.map(view) } };
}

export function describeVSwitchAttributes(call: Call, cloud: Cloud): object {
  return view(needVSwitch(call, cloud));
}

export function deleteVSwitch(call: Call, cloud: Cloud): object {
  const state = vpcState(cloud);
  const entry = needVSwitch(call, cloud);
  const { id } = entry;
  if (entry.status !== 'Available')
    throw incorrectStatus('IncorrectVSwitchStatus', `vSwitch ${id}`, entry.status);
  if (vSwitchesOf(cloud, entry.vpcId).some((one) => one.status === 'Pending')) {
    throw new ApiError(
      'OperationConflict',
      409,
      `Another vSwitch of ${entry.vpcId} is changing. Try again later.`,
    );
  }
  const users = cloud.usersOf('vswitch', id);
  if (users.length > 0) {
    throw dependencyViolation(
      'DependencyViolation',
      `vSwitch ${id}`,
      users.map((user) => user.id),
    );
  }
  endDryRun(call);
  entry.status = 'Pending';
  entry.isDeleting = true;
  const gone = cloud.waits.begin('vswitch-removal', id);
  cloud.later(cloud.durations.vSwitchDelete, () => {
    state.vSwitches.delete(id);
    gone();
  });
  return {};
}

function needVSwitch(call: Call, cloud: Cloud): VSwitchEntry {
  const id = needText(call.params, 'VSwitchId');
  const entry = vpcState(cloud).vSwitches.get(id);
  if (entry === undefined || isElsewhere(call, entry))
    throw notFound('InvalidVswitchID.NotFound', `vSwitch ${id}`);
  return entry;
}

function view(entry: VSwitchEntry): object {
  return {
    VSwitchId: entry.id,
    VpcId: entry.vpcId,
    ZoneId: entry.zoneId,
    Status: entry.status,
    CidrBlock: entry.cidrBlock,
    VSwitchName: entry.name,
    Description: entry.description,
    AvailableIpAddressCount: availableAddresses(entry),
    CreationTime: `${entry.createdAt.toISOString().slice(0, 19)}Z`,
    IsDefault: false,
    ResourceGroupId: 'rg-acfmdefault0000',
    Tags: { Tag: keyValues(entry.tags) },
  };
}
