import type { Cloud } from '../cloud.ts';
import { vpc } from '../vpc/lookup.ts';
import { vpcState } from '../vpc/state.ts';
import { ecsState, type SecurityGroupEntry } from './state.ts';

/**
 * Keeps a product's own security group in each VPC where the product has interfaces. It cannot be deleted by people,
 * holds the VPC, and goes a while after the last of those interfaces.
 */
export function keepManagedGroups(cloud: Cloud): void {
  cloud.on('interface', ({ vpcId, serviceManaged, isGone }) => {
    if (!serviceManaged) return;
    if (!isGone) {
      if (managedGroup(cloud, vpcId) === undefined) addGroup(cloud, vpcId);
      return;
    }
    const gone = cloud.waits.begin('managed-group-removal', vpcId);
    cloud.later(cloud.durations.managedGroupRelease, () => {
      gone();
      if (hasManagedInterface(cloud, vpcId)) return;
      const group = managedGroup(cloud, vpcId);
      if (group !== undefined) ecsState(cloud).groups.delete(group.id);
    });
  });
}

function managedGroup(cloud: Cloud, vpcId: string): SecurityGroupEntry | undefined {
  return ecsState(cloud)
    .groups.bearing(vpcId)
    .find((group) => group.serviceManaged);
}

function hasManagedInterface(cloud: Cloud, vpcId: string): boolean {
  return vpcState(cloud)
    .interfaces.bearing(vpcId)
    .some((entry) => entry.serviceManaged);
}

function addGroup(cloud: Cloud, vpcId: string): void {
  const regionId = vpc(cloud, vpcId)?.regionId ?? cloud.settings.defaultRegionId;
  const entry: SecurityGroupEntry = {
    id: cloud.newId('sg', regionId),
    regionId,
    vpcId,
    name: `managed-${cloud.ids.word(8)}`,
    description: 'Created and managed by a cloud product',
    type: 'normal',
    serviceManaged: true,
    createdAt: cloud.clock.now(),
    visibleAt: cloud.visibleAt(0),
    tags: new Map(),
    innerAccessPolicy: 'Accept',
    rules: [],
  };
  ecsState(cloud).groups.set(entry.id, entry);
}
