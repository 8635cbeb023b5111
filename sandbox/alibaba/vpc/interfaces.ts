import type { Cloud } from '../cloud.ts';
import { takeAddress } from './addresses.ts';
import { type InterfaceEntry, vpcState, type VSwitchEntry } from './state.ts';

/** What a new network interface is for. */
export interface InterfaceSpec {
  readonly vSwitch: VSwitchEntry;
  readonly ownerId: string;
  readonly type?: 'Primary' | 'Secondary';
  readonly description?: string;
  readonly serviceManaged?: boolean;
  readonly securityGroupIds?: readonly string[];
  /** A particular private address. */
  readonly ip?: string;
}

/**
 * Puts a network interface into a vSwitch; it holds the vSwitch, its VPC and its groups until released.
 *
 * @throws ApiError when the vSwitch has no address left.
 */
export function addInterface(cloud: Cloud, spec: InterfaceSpec): InterfaceEntry {
  const { vSwitch } = spec;
  const entry: InterfaceEntry = {
    id: cloud.newId('eni', vSwitch.regionId),
    regionId: vSwitch.regionId,
    vpcId: vSwitch.vpcId,
    vSwitchId: vSwitch.id,
    zoneId: vSwitch.zoneId,
    ip: takeAddress(vSwitch, spec.ip),
    type: spec.type ?? 'Secondary',
    description: spec.description ?? '',
    serviceManaged: spec.serviceManaged ?? false,
    ownerId: spec.ownerId,
    createdAt: cloud.clock.now(),
    mac: `00:16:3e:${[0, 1, 2].map(() => cloud.ids.hex(2)).join(':')}`,
    securityGroupIds: spec.securityGroupIds ?? [],
    status: 'InUse',
  };
  vpcState(cloud).interfaces.set(entry.id, entry);
  const { vpcId, serviceManaged } = entry;
  cloud.emit('interface', { vpcId, serviceManaged, isGone: false });
  return entry;
}

/** Lets an interface go: it vanishes, and frees its address, a little later. Unknown ones are ignored. */
export function releaseInterface(cloud: Cloud, id: string): void {
  const { interfaces, vSwitches } = vpcState(cloud);
  const entry = interfaces.get(id);
  if (entry === undefined || entry.status === 'Deleting') return;
  entry.status = 'Deleting';
  const gone = cloud.waits.begin(
    'interface-removal',
    entry.ownerId,
    entry.vpcId,
    entry.vSwitchId,
    ...entry.securityGroupIds,
  );
  cloud.later(cloud.durations.interfaceRelease, () => {
    gone();
    interfaces.delete(id);
    vSwitches.get(entry.vSwitchId)?.taken.delete(entry.ip);
    cloud.emit('interface', { vpcId: entry.vpcId, serviceManaged: entry.serviceManaged, isGone: true });
  });
}

/** Interfaces of one owner: an instance, a load balancer. */
export function interfacesOf(cloud: Cloud, ownerId: string): readonly InterfaceEntry[] {
  return vpcState(cloud).interfaces.bearing(ownerId);
}
