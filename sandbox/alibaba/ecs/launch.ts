import type { Cloud } from '../cloud.ts';
import type { Tags } from '../tags.ts';
import { addInterface } from '../vpc/interfaces.ts';
import { checkLaunch } from './launch-checks.ts';
import type { DiskSpec, LaunchSpec } from './launch-spec.ts';
import { powerOn } from './power.ts';
import { type DiskEntry, ecsState, type InstanceEntry } from './state.ts';

/**
 * Launches instances, all or none: Pending at once, then Starting, then Running with their machines booted. Used by
 * RunInstances and by Auto Scaling (which reads its spec with `readLaunch` from a resolved template).
 *
 * @param systemTags tags that people may not set, `acs:autoscaling:scalingGroupId`.
 * @throws ApiError whatever RunInstances would refuse with.
 */
export function launchInstances(
  cloud: Cloud,
  spec: LaunchSpec,
  systemTags: Readonly<Record<string, string>> = {},
): readonly InstanceEntry[] {
  const checked = checkLaunch(cloud, spec);
  const state = ecsState(cloud);
  return Array.from({ length: spec.amount }, (_, at) => {
    const id = cloud.newId('i', spec.regionId);
    const tags: Tags = new Map([...spec.tags, ...Object.entries(systemTags)]);
    const card = addInterface(cloud, {
      vSwitch: checked.vSwitch,
      ownerId: id,
      type: 'Primary',
      securityGroupIds: spec.securityGroupIds,
      ...(spec.privateIpAddress === undefined ? {} : { ip: spec.privateIpAddress }),
    });
    const entry: InstanceEntry = {
      id,
      regionId: spec.regionId,
      zoneId: checked.vSwitch.zoneId,
      vpcId: checked.vSwitch.vpcId,
      vSwitchId: checked.vSwitch.id,
      interfaceId: card.id,
      privateIp: card.ip,
      publicIp: checked.publicIps[at],
      imageId: spec.imageId,
      instanceType: spec.instanceType,
      keyPairName: spec.keyPairName,
      internetMaxBandwidthOut: spec.internetMaxBandwidthOut,
      internetChargeType: spec.internetChargeType,
      loginAsNonRoot: spec.loginAsNonRoot,
      ramRoleName: spec.ramRoleName,
      serialNumber: cloud.ids.hex(32),
      createdAt: cloud.clock.now(),
      tags,
      visibleAt: cloud.visibleAt(),
      name: spec.instanceName === '' ? id : spec.instanceName,
      hostName: spec.hostName === '' ? `iZ${id.slice(2)}Z` : spec.hostName,
      description: spec.description,
      userData: spec.userData,
      securityGroupIds: spec.securityGroupIds,
      status: 'Pending',
      deletionProtection: spec.deletionProtection,
      startedAt: undefined,
      assistantAt: Number.POSITIVE_INFINITY,
      isReleasing: false,
      generation: 0,
    };
    state.instances.set(id, entry);
    addDisk(cloud, entry, 'system', { ...spec.systemDisk, sizeGiB: checked.systemDiskGiB });
    for (const disk of spec.dataDisks) addDisk(cloud, entry, 'data', disk);
    cloud.emit('instance', { instanceId: id, status: 'Pending' });
    void cloud.track(powerOn(cloud, entry, cloud.durations.instancePending));
    return entry;
  });
}

function addDisk(cloud: Cloud, entry: InstanceEntry, type: DiskEntry['type'], spec: DiskSpec): void {
  const disk: DiskEntry = {
    id: cloud.newId('d', entry.regionId),
    regionId: entry.regionId,
    zoneId: entry.zoneId,
    type,
    category: spec.category,
    sizeGiB: spec.sizeGiB ?? 20,
    performanceLevel: spec.category === 'cloud_essd' ? spec.performanceLevel : '',
    deleteWithInstance: spec.deleteWithInstance,
    createdAt: cloud.clock.now(),
    tags: new Map(entry.tags),
    instanceId: entry.id,
  };
  ecsState(cloud).disks.set(disk.id, disk);
}
