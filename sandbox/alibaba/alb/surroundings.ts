/** What ALB needs of its neighbours: VPCs, vSwitches, interfaces, the addresses of instances, zones. */
import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { addInterface, interfacesOf, releaseInterface } from '../vpc/interfaces.ts';
import { vpc, vSwitch } from '../vpc/lookup.ts';
import { type VpcEntry, type VSwitchEntry } from '../vpc/state.ts';

/**
 * Whether a thing is in the region a call speaks of. Behind one loopback endpoint calls of ALB do not tell their
 * region, and the default one then stands for all.
 */
export function isInRegion(cloud: Cloud, call: Call, entry: { readonly regionId: string }): boolean {
  return entry.regionId === call.regionId || call.regionId === cloud.settings.defaultRegionId;
}

/** Zones that take load balancers: all of the region, or of every region when the call does not tell it. */
export function albZones(cloud: Cloud, call: Call): readonly string[] {
  return cloud.regions
    .filter((region) => isInRegion(cloud, call, { regionId: region.id }))
    .flatMap((region) => region.zones);
}

/** @throws ApiError ResourceNotFound.Vpc or IncorrectStatus.Vpc */
export function requireVpc(cloud: Cloud, id: string | undefined): VpcEntry {
  if (id === undefined) throw new ApiError('MissingParameter', 400, 'VpcId is required.');
  const found = vpc(cloud, id);
  if (found === undefined) {
    throw new ApiError('ResourceNotFound.Vpc', 404, `The specified resource ${id} is not found.`);
  }
  if (found.status !== 'Available') {
    throw new ApiError('IncorrectStatus.Vpc', 400, `The status of ${id} [${found.status}] is incorrect.`);
  }
  return found;
}

/** @throws ApiError ResourceNotFound.VSwitch or IncorrectStatus.VSwitch */
export function requireVSwitch(cloud: Cloud, id: string): VSwitchEntry {
  const found = vSwitch(cloud, id);
  if (found === undefined) {
    throw new ApiError('ResourceNotFound.VSwitch', 404, `The specified resource ${id} is not found.`);
  }
  if (found.status !== 'Available' || found.isDeleting) {
    throw new ApiError('IncorrectStatus.VSwitch', 400, `The status of ${id} [${found.status}] is incorrect.`);
  }
  return found;
}

/** Puts a balancer's interface into a vSwitch and returns its address there. */
export function attach(cloud: Cloud, balancerId: string, entry: VSwitchEntry): string {
  const made = addInterface(cloud, {
    vSwitch: entry,
    ownerId: balancerId,
    description: `ALB ${balancerId}`,
    serviceManaged: true,
  });
  return made.ip;
}

/** Lets a balancer's interfaces go; they vanish a little later. */
export function detach(cloud: Cloud, balancerId: string): void {
  for (const entry of interfacesOf(cloud, balancerId)) releaseInterface(cloud, entry.id);
}

/**
 * The private address of an instance in a VPC.
 * @throws ApiError ResourceNotFound.BackendServer when there is no such instance there
 */
export function addressOf(cloud: Cloud, instanceId: string, vpcId: string): string {
  const own = interfacesOf(cloud, instanceId).find((entry) => entry.vpcId === vpcId);
  if (own) return own.ip;
  throw new ApiError('ResourceNotFound.BackendServer', 404, `The instance ${instanceId} is not in ${vpcId}.`);
}
