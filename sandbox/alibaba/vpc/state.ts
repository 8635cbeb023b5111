import type { Cloud } from '../cloud.ts';
import type { Listed } from '../listed.ts';
import { inRegion, Table } from '../table.ts';
import { tagMarks, type Tags } from '../tags.ts';

/** A virtual private cloud. */
export interface VpcEntry extends Listed {
  readonly id: string;
  readonly regionId: string;
  readonly cidrBlock: string;
  readonly name: string;
  readonly description: string;
  readonly routerId: string;
  readonly routeTableId: string;
  readonly resourceGroupId: string;
  readonly createdAt: Date;
  readonly tags: Tags;
  status: 'Pending' | 'Available' | 'Deleting';
}

/** A subnet in one zone. */
export interface VSwitchEntry extends Listed {
  readonly id: string;
  readonly regionId: string;
  readonly vpcId: string;
  readonly zoneId: string;
  readonly cidrBlock: string;
  readonly name: string;
  readonly description: string;
  readonly createdAt: Date;
  readonly tags: Tags;
  status: 'Pending' | 'Available';
  isDeleting: boolean;
  /** Addresses in use. */
  readonly taken: Set<string>;
}

/** Something with an address in a vSwitch: the card of an instance, or one a product put there. */
export interface InterfaceEntry {
  readonly id: string;
  readonly regionId: string;
  readonly vpcId: string;
  readonly vSwitchId: string;
  readonly zoneId: string;
  readonly ip: string;
  readonly type: 'Primary' | 'Secondary';
  readonly description: string;
  /** Made by a product for itself; the account can see it and cannot delete it. */
  readonly serviceManaged: boolean;
  /** The instance it belongs to, or the id of what uses it (`alb-…`). */
  readonly ownerId: string;
  readonly createdAt: Date;
  readonly mac: string;
  securityGroupIds: readonly string[];
  status: 'InUse' | 'Deleting';
}

/** The memory of the VPC product. */
export interface VpcState {
  readonly vpcs: Table<VpcEntry>;
  readonly vSwitches: Table<VSwitchEntry>;
  readonly interfaces: Table<InterfaceEntry>;
}

const states = new WeakMap<Cloud, VpcState>();

/** The VPC product of a cloud, made on first use. */
export function vpcState(cloud: Cloud): VpcState {
  const known = states.get(cloud);
  if (known !== undefined) return known;
  const made: VpcState = {
    vpcs: new Table((entry) => [inRegion(entry.regionId), ...tagMarks(entry.tags)]),
    vSwitches: new Table((entry) => [entry.vpcId, ...tagMarks(entry.tags)]),
    interfaces: new Table((entry) => [
      entry.vpcId,
      entry.vSwitchId,
      entry.ownerId,
      ...entry.securityGroupIds,
      placeIn(entry.vpcId, entry.ip),
    ]),
  };
  states.set(cloud, made);
  return made;
}

/** The mark of a private address: such addresses are of one VPC each. */
export function placeIn(vpcId: string, ip: string): string {
  return `${vpcId}/${ip}`;
}
