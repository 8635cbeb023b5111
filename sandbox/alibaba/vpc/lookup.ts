import type { Cloud } from '../cloud.ts';
import { type VpcEntry, vpcState, type VSwitchEntry } from './state.ts';

/** The VPC, whatever its region; undefined when there is none. */
export function vpc(cloud: Cloud, id: string): VpcEntry | undefined {
  return vpcState(cloud).vpcs.get(id);
}

/** The vSwitch, whatever its region; undefined when there is none. */
export function vSwitch(cloud: Cloud, id: string): VSwitchEntry | undefined {
  return vpcState(cloud).vSwitches.get(id);
}

/** vSwitches of one VPC, oldest first. */
export function vSwitchesOf(cloud: Cloud, vpcId: string): readonly VSwitchEntry[] {
  return vpcState(cloud).vSwitches.bearing(vpcId);
}
