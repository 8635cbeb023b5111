import { ApiError, missingParameter } from '../api-error.ts';
import { block, blocks, flag, number, type Params, text, texts } from '../call.ts';
import { newTags, type Tags } from '../tags.ts';

export interface DiskSpec {
  readonly category: string;
  readonly sizeGiB: number | undefined;
  readonly performanceLevel: string;
  readonly deleteWithInstance: boolean;
}

/** Everything that decides what an instance becomes. */
export interface LaunchSpec {
  readonly regionId: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly vSwitchId: string;
  readonly securityGroupIds: readonly string[];
  /** How many; all or none. */
  readonly amount: number;
  readonly instanceName: string;
  readonly hostName: string;
  readonly description: string;
  readonly keyPairName: string | undefined;
  /** Base64. */
  readonly userData: string;
  readonly systemDisk: DiskSpec;
  readonly dataDisks: readonly DiskSpec[];
  readonly internetMaxBandwidthOut: number;
  readonly internetChargeType: string;
  readonly privateIpAddress: string | undefined;
  readonly deletionProtection: boolean;
  readonly loginAsNonRoot: boolean;
  readonly ramRoleName: string;
  readonly tags: Tags;
}

/**
 * Reads a launch from parameters as RunInstances and launch templates have them. Parameters that a caller such as
 * Auto Scaling decides itself (vSwitch, type, tags) are put over a template's data before.
 *
 * @throws ApiError MissingParameter.* when image, type, vSwitch or group is left out.
 */
export function readLaunch(regionId: string, params: Params): LaunchSpec {
  const single = text(params, 'SecurityGroupId');
  const several = texts(params, 'SecurityGroupIds');
  if (single !== undefined && several.length > 0) {
    throw new ApiError(
      'InvalidParameter.SecurityGroup',
      400,
      'SecurityGroupId and SecurityGroupIds cannot be given together.',
    );
  }
  const securityGroupIds = single === undefined ? several : [single];
  const need = (name: string) => {
    const value = text(params, name);
    if (value === undefined) throw missingParameter(name);
    return value;
  };
  const imageId = need('ImageId');
  const instanceType = need('InstanceType');
  const vSwitchId = need('VSwitchId');
  if (securityGroupIds.length === 0) throw missingParameter('SecurityGroupId');
  return {
    regionId,
    imageId,
    instanceType,
    vSwitchId,
    securityGroupIds,
    amount: number(params, 'Amount') ?? 1,
    instanceName: text(params, 'InstanceName') ?? '',
    hostName: text(params, 'HostName') ?? '',
    description: text(params, 'Description') ?? '',
    keyPairName: text(params, 'KeyPairName'),
    userData: text(params, 'UserData') ?? '',
    systemDisk: readDisk(block(params, 'SystemDisk')),
    dataDisks: blocks(params, 'DataDisk').map(readDisk),
    internetMaxBandwidthOut: number(params, 'InternetMaxBandwidthOut') ?? 0,
    internetChargeType: text(params, 'InternetChargeType') ?? 'PayByTraffic',
    privateIpAddress: text(params, 'PrivateIpAddress'),
    deletionProtection: flag(params, 'DeletionProtection') ?? false,
    loginAsNonRoot: flag(block(params, 'ImageOptions'), 'LoginAsNonRoot') ?? false,
    ramRoleName: text(params, 'RamRoleName') ?? '',
    tags: newTags(params),
  };
}

function readDisk(params: Params): DiskSpec {
  return {
    category: text(params, 'Category') ?? 'cloud_essd',
    sizeGiB: number(params, 'Size'),
    performanceLevel: text(params, 'PerformanceLevel') ?? 'PL1',
    deleteWithInstance: flag(params, 'DeleteWithInstance') ?? true,
  };
}
