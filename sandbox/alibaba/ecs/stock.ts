import { type Call, number, text } from '../call.ts';
import { invalidParameter, missingParameter } from '../api-error.ts';
import type { Cloud } from '../cloud.ts';
import { DISK_CATEGORIES } from './disks.ts';
import { INSTANCE_TYPES, instanceType } from './instance-types.ts';

/** Whether the settings declare this type (or disk) gone in a zone. */
export function isSoldOut(
  cloud: Cloud,
  regionId: string,
  zoneId: string,
  wanted: { readonly instanceType?: string; readonly diskCategory?: string },
): boolean {
  return cloud.settings.soldOut.some(
    (gone) =>
      (gone.regionId === undefined || gone.regionId === regionId) &&
      (gone.zoneId === undefined || gone.zoneId === zoneId) &&
      (gone.instanceType === undefined || gone.instanceType === wanted.instanceType) &&
      // An entry about disks says nothing of types, and the other way round.
      (gone.diskCategory === undefined
        ? wanted.instanceType !== undefined
        : gone.diskCategory === wanted.diskCategory),
  );
}

/** DescribeAvailableResource. */
export function describeAvailableResource(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const destination = text(params, 'DestinationResource') ?? '';
  const wantedType = text(params, 'InstanceType');
  // Which disks there are depends on the type.
  if (destination === 'SystemDisk' && wantedType === undefined) throw missingParameter('InstanceType');
  if (wantedType !== undefined && instanceType(wantedType) === undefined) {
    throw invalidParameter('InstanceType', wantedType, undefined, 'InvalidInstanceType.ValueNotSupported');
  }
  const zones = (cloud.region(regionId)?.zones ?? []).filter(
    (zone) => (text(params, 'ZoneId') ?? zone) === zone,
  );
  return {
    AvailableZones: {
      AvailableZone: zones.map((zoneId) => {
        const resources = resourcesOf(call, cloud, zoneId, destination);
        const isOpen = resources.some((resource) => resource.Status === 'Available');
        return {
          RegionId: regionId,
          ZoneId: zoneId,
          ...stateOf(!isOpen),
          AvailableResources: {
            AvailableResource: [{ Type: destination, SupportedResources: { SupportedResource: resources } }],
          },
        };
      }),
    },
  };
}

function stateOf(isGone: boolean) {
  return isGone
    ? { Status: 'SoldOut', StatusCategory: 'WithoutStock' }
    : { Status: 'Available', StatusCategory: 'WithStock' };
}

interface Supported {
  readonly Value: string;
  readonly Status: string;
  readonly StatusCategory: string;
  readonly Min?: number;
  readonly Max?: number;
  readonly Unit?: string;
}

function resourcesOf(call: Call, cloud: Cloud, zoneId: string, destination: string): Supported[] {
  const { params, regionId } = call;
  const wantedType = text(params, 'InstanceType');
  if (destination === 'SystemDisk' || destination === 'DataDisk') {
    const typeGone =
      wantedType !== undefined && isSoldOut(cloud, regionId, zoneId, { instanceType: wantedType });
    return DISK_CATEGORIES.map((diskCategory) => ({
      Value: diskCategory,
      ...stateOf(typeGone || isSoldOut(cloud, regionId, zoneId, { diskCategory })),
      Min: 20,
      Max: destination === 'SystemDisk' ? 2_048 : 65_536,
      Unit: 'GiB',
    }));
  }
  if (destination === 'Zone') {
    const isGone =
      wantedType !== undefined && isSoldOut(cloud, regionId, zoneId, { instanceType: wantedType });
    return [{ Value: zoneId, ...stateOf(isGone) }];
  }
  if (destination === 'IoOptimized') return [{ Value: 'optimized', ...stateOf(false) }];
  if (destination === 'Network') return [{ Value: 'vpc', ...stateOf(false) }];
  const cores = number(params, 'Cores');
  const memory = number(params, 'Memory');
  return INSTANCE_TYPES.filter(
    (type) =>
      (wantedType === undefined || type.id === wantedType) &&
      (cores === undefined || type.cores === cores) &&
      (memory === undefined || type.memoryGiB === memory),
  ).map((type) => ({
    Value: type.id,
    ...stateOf(isSoldOut(cloud, regionId, zoneId, { instanceType: type.id })),
  }));
}

/** ECS DescribeRegions. */
export function describeRegions(_call: Call, cloud: Cloud): object {
  return {
    Regions: {
      Region: cloud.regions.map(({ id, name }) => ({
        RegionId: id,
        LocalName: name,
        RegionEndpoint: `ecs.${id}.aliyuncs.com`,
        Status: 'available',
      })),
    },
  };
}

/** ECS DescribeZones. */
export function describeZones(call: Call, cloud: Cloud): object {
  const isVerbose = call.params['Verbose'] !== false;
  const zones = cloud.region(call.regionId)?.zones ?? [];
  return {
    Zones: {
      Zone: zones.map((ZoneId) => ({
        ZoneId,
        LocalName: `Zone ${ZoneId.slice(-1).toUpperCase()}`,
        ZoneType: 'AvailabilityZone',
        ...(isVerbose
          ? {
              AvailableInstanceTypes: {
                InstanceTypes: INSTANCE_TYPES.map((type) => type.id).filter(
                  (id) => !isSoldOut(cloud, call.regionId, ZoneId, { instanceType: id }),
                ),
              },
              AvailableDiskCategories: { DiskCategories: DISK_CATEGORIES },
              AvailableResourceCreation: {
                ResourceTypes: ['VSwitch', 'IoOptimized', 'Instance', 'Disk', 'DedicatedHost'],
              },
            }
          : {}),
      })),
    },
  };
}
