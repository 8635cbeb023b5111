import { ApiError, incorrectStatus, invalidParameter, notFound, quotaExceeded } from '../api-error.ts';
import type { Cloud } from '../cloud.ts';
import { inRegion } from '../table.ts';
import { availableAddresses } from '../vpc/addresses.ts';
import { vSwitch } from '../vpc/lookup.ts';
import type { VSwitchEntry } from '../vpc/state.ts';
import { usedVCpus } from './catalogue.ts';
import { DISK_USD, LEVELS } from './disks.ts';
import { image, type Image, isSubscribed } from './images.ts';
import { type InstanceType, instanceType } from './instance-types.ts';
import { entriesOf, keyPair, securityGroup } from './lookup.ts';
import type { DiskSpec, LaunchSpec } from './launch-spec.ts';
import { ecsState } from './state.ts';
import { isSoldOut } from './stock.ts';

/** Below this balance pay-as-you-go resources are refused. */
const LEAST_BALANCE_USD = 100;

const MOST_USER_DATA_BYTES = 32 * 1024;

/** What a launch that passed all checks is made of. */
export interface Checked {
  readonly image: Image;
  readonly type: InstanceType;
  readonly vSwitch: VSwitchEntry;
  readonly systemDiskGiB: number;
  /** Public addresses that are free, as many as the launch needs. */
  readonly publicIps: readonly string[];
}

/** Checks a launch as RunInstances does, dry run included. @throws ApiError the code of the first obstacle. */
export function checkLaunch(cloud: Cloud, spec: LaunchSpec): Checked {
  const type = instanceType(spec.instanceType);
  if (type === undefined) {
    throw invalidParameter(
      'InstanceType',
      spec.instanceType,
      undefined,
      'InvalidInstanceType.ValueNotSupported',
    );
  }
  const found = checkImage(cloud, spec, type);
  const network = vSwitch(cloud, spec.vSwitchId);
  if (network === undefined || network.regionId !== spec.regionId) {
    throw notFound('InvalidVSwitchId.NotFound', `vSwitch ${spec.vSwitchId}`);
  }
  if (network.status !== 'Available' || network.isDeleting) {
    throw incorrectStatus('IncorrectVSwitchStatus', `vSwitch ${network.id}`, network.status);
  }
  checkGroups(cloud, spec, network);
  if (spec.keyPairName !== undefined && keyPair(cloud, spec.regionId, spec.keyPairName) === undefined) {
    throw notFound('InvalidKeyPairName.NotFound', `key pair ${spec.keyPairName}`);
  }
  checkUserData(spec.userData);
  const systemDiskGiB = checkDisk(spec.systemDisk, Math.max(20, found.sizeGiB), 'SystemDisk');
  for (const disk of spec.dataDisks) checkDisk(disk, 20, 'DataDisk');
  checkAccount(cloud, spec, type);
  if (isSoldOut(cloud, spec.regionId, network.zoneId, { instanceType: type.id })) {
    throw new ApiError(
      'OperationDenied.NoStock',
      403,
      `The resource ${type.id} is out of stock in zone ${network.zoneId}.`,
    );
  }
  for (const { category } of [spec.systemDisk, ...spec.dataDisks]) {
    if (isSoldOut(cloud, spec.regionId, network.zoneId, { diskCategory: category })) {
      throw new ApiError(
        'InvalidDiskCategory.NotSupported',
        403,
        `The disk category ${category} is not offered in zone ${network.zoneId}.`,
      );
    }
  }
  if (availableAddresses(network) < spec.amount) {
    throw new ApiError(
      'QuotaExceeded.PrivateIpAddress',
      400,
      `The vSwitch ${network.id} has too few private IP addresses left.`,
    );
  }
  return { image: found, type, vSwitch: network, systemDiskGiB, publicIps: freePublicIps(cloud, spec) };
}

function checkImage(cloud: Cloud, spec: LaunchSpec, type: InstanceType): Image {
  const found = image(cloud, spec.regionId, spec.imageId);
  if (found === undefined) throw notFound('InvalidImageId.NotFound', `image ${spec.imageId}`);
  if ((type.architecture === 'ARM') !== (found.architecture === 'arm64')) {
    throw new ApiError(
      'InvalidImageIdAndInstanceType.NotMatch',
      400,
      `The image ${found.id} (${found.architecture}) does not run on ${type.id}.`,
    );
  }
  if (found.owner === 'marketplace' && !isSubscribed(cloud, found)) {
    throw new ApiError('ImageNotSubscribed', 403, 'The specified image has not be subscribed.');
  }
  return found;
}

function checkGroups(cloud: Cloud, spec: LaunchSpec, network: VSwitchEntry): void {
  for (const id of spec.securityGroupIds) {
    const group = securityGroup(cloud, id);
    if (group === undefined || group.regionId !== spec.regionId) {
      throw notFound('InvalidSecurityGroupId.NotFound', `security group ${id}`);
    }
    if (group.vpcId !== network.vpcId) {
      throw new ApiError(
        'InvalidParameter.Mismatch',
        400,
        `The security group ${id} and the vSwitch ${network.id} are not in the same VPC.`,
      );
    }
  }
}

/** @throws ApiError InvalidUserData.* */
export function checkUserData(userData: string): void {
  if (userData === '') return;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(userData) || userData.length % 4 !== 0) {
    throw new ApiError(
      'InvalidUserData.Base64FormatInvalid',
      400,
      'The specified UserData is not valid Base64.',
    );
  }
  if (Buffer.from(userData, 'base64').length > MOST_USER_DATA_BYTES) {
    throw new ApiError('InvalidUserData.SizeExceeded', 400, 'The specified UserData is larger than 32 KB.');
  }
}

function checkDisk(disk: DiskSpec, leastGiB: number, name: string): number {
  if (DISK_USD[disk.category] === undefined) {
    throw invalidParameter(
      `${name}.Category`,
      disk.category,
      undefined,
      `Invalid${name}Category.ValueNotSupported`,
    );
  }
  const sizeGiB = disk.sizeGiB ?? Math.max(40, leastGiB);
  const level = LEVELS[disk.performanceLevel];
  if (level === undefined) {
    throw invalidParameter(`${name}.PerformanceLevel`, disk.performanceLevel, 'PL0 to PL3');
  }
  const least = disk.category === 'cloud_essd' ? Math.max(leastGiB, level.leastGiB) : leastGiB;
  if (!Number.isInteger(sizeGiB) || sizeGiB < least || sizeGiB > (name === 'SystemDisk' ? 2_048 : 65_536)) {
    throw invalidParameter(
      `${name}.Size`,
      sizeGiB,
      `${least} GiB or more`,
      `Invalid${name}Size.ValueNotSupported`,
    );
  }
  return sizeGiB;
}

function checkAccount(cloud: Cloud, spec: LaunchSpec, type: InstanceType): void {
  const { balanceUsd, quotas } = cloud.settings;
  if (balanceUsd < LEAST_BALANCE_USD) {
    throw new ApiError(
      'InvalidAccountStatus.NotEnoughBalance',
      403,
      'Your account does not have enough balance.',
    );
  }
  if (usedVCpus(cloud, spec.regionId) + type.cores * spec.amount > quotas.vCpus) {
    throw quotaExceeded('QuotaExceed.ElasticQuota', 'vCPUs of pay-as-you-go instances', quotas.vCpus);
  }
  if (ecsState(cloud).instances.count(inRegion(spec.regionId)) + spec.amount > quotas.instances) {
    throw quotaExceeded('QuotaExceed.AfterpayInstance', 'pay-as-you-go instances', quotas.instances);
  }
}

function freePublicIps(cloud: Cloud, spec: LaunchSpec): readonly string[] {
  if (spec.internetMaxBandwidthOut === 0) return [];
  const used = new Set(entriesOf(cloud).map((entry) => entry.publicIp));
  const free = cloud.rooms.publicIps.filter((ip) => !used.has(ip)).slice(0, spec.amount);
  if (free.length < spec.amount) {
    throw new ApiError(
      'InvalidOperation.PublicIpAddressNoStock',
      403,
      'The public IP addresses of this zone are out of stock.',
    );
  }
  return free;
}
