import type { RegionCloud } from '../../cloud/cloud.ts';
import { chooseVSwitchBlocks, formatCidr, overlaps, parseCidr, vpcCidrMistake } from '../../cluster/cidr.ts';
import { InputError } from '../../cluster/errors.ts';
import { TAG, clusterTags } from '../../cluster/names.ts';
import type { CreateOptions } from '../../cluster/operation.ts';
import type { Settings } from '../../cluster/settings.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import { ownerIn, partOf } from '../resources/tagged.ts';
import type { Findings } from './findings.ts';

/** Which VPC is used. Who gives a block wants one of the cluster's own, whichever `ams.yaml` names. */
export function existingVpc({ vpc, cidr }: CreateOptions, { network }: Settings): string | undefined {
  return vpc ?? (cidr === undefined ? network.vpcId : undefined);
}

/** In how many zones a cluster is, each with a vSwitch of its own: those named, else two. */
export function zoneCountOf({ zones = [] }: CreateOptions): number {
  return new Set(zones).size || 2;
}

/** Of each vSwitch the cloud keeps the first address and the last three, and ALB takes up to eight. */
const NOT_FOR_MACHINES = 12;

/** What takes addresses of a cluster's vSwitches, and these. */
export type Housed = Pick<ClusterSpec, 'network' | 'origin' | 'edge'> & { readonly ownDatabase: boolean };

/** How many addresses a cluster's machines need now and at its maximum, and how many there are for them. */
export function addressesOf({ network, origin, edge, ownDatabase }: Housed): {
  readonly needed: number;
  readonly most: number;
  readonly room: number;
} {
  const database = ownDatabase ? 1 : 0;
  const rooms = network.vSwitchCidrs.map((block) => 2 ** (32 - parseCidr(block).bits) - NOT_FOR_MACHINES);
  return {
    needed: origin.desired + edge.desired + database,
    most: origin.max + edge.max + database,
    room: rooms.reduce((sum, room) => sum + Math.max(0, room), 0),
  };
}

/** Zones that the cluster has vSwitches in already, in their order. */
export async function zonesOf(region: RegionCloud, cluster: string): Promise<readonly string[]> {
  const switches = await region.vpc.listVSwitches({ tags: clusterTags(cluster) });
  return switches
    .flatMap(({ tags, zoneId }) => {
      const part = partOf(tags, cluster, 'vswitch');
      return part === undefined ? [] : [{ part, zoneId }];
    })
    .toSorted((a, b) => a.part.localeCompare(b.part))
    .map(({ zoneId }) => zoneId);
}

/** What other clusters are about to take of an existing VPC. */
export interface Promised {
  /** Blocks of their plans, which may not be made yet. */
  readonly blocks: readonly string[];
  /** Of each plan that is being made now and goes first, how many blocks it will choose, in their order. */
  readonly counts: readonly number[];
}

interface NetworkWish {
  readonly cluster: string;
  /** An existing one to use. */
  readonly vpcId: string | undefined;
  /** Of a new one. */
  readonly cidr: string;
  readonly zoneCount: number;
  readonly promised: Promised;
}

/** The cluster's network: an existing VPC with free blocks in it, or a new one. */
export async function chooseNetwork(
  region: RegionCloud,
  input: NetworkWish,
  findings: Findings,
): Promise<ClusterSpec['network'] | undefined> {
  const { vpcId } = input;
  if (vpcId !== undefined) return inExistingVpc(region, vpcId, input, findings);
  const mistake = vpcCidrMistake(input.cidr);
  if (mistake) {
    findings.problem('bad_cidr', mistake, 'Choose another with --cidr, e.g. --cidr 10.0.0.0/16.');
    return undefined;
  }
  const block = parseCidr(input.cidr);
  const cidr = formatCidr(block);
  // Carried on, a create finds its own.
  const others = (await region.vpc.listVpcs({})).filter((vpc) => vpc.tags[TAG.cluster] !== input.cluster);
  for (const other of others.filter((vpc) => overlaps(parseCidr(vpc.cidr), block))) {
    findings.risk(
      `${cidr} overlaps with VPC ${other.vpcId} (${other.cidr}): the two can never be connected. Another block: --cidr.`,
    );
  }
  return { cidr, vSwitchCidrs: chooseVSwitchBlocks(cidr, input.zoneCount, []) };
}

/**
 * Right before the start: the blocks of the plan, or free ones where somebody, maybe another cluster, has taken one of
 * them in an existing VPC since. Then the plan is another one and asks again.
 * @param promised blocks that operations which go first are about to take
 * @throws InputError when there is no room any more
 */
export async function stillFree(
  region: RegionCloud,
  cluster: string,
  network: ClusterSpec['network'],
  promised: readonly string[],
): Promise<ClusterSpec['network']> {
  const { vpcId, cidr, vSwitchCidrs } = network;
  if (vpcId === undefined) return network;
  const switches = await region.vpc.listVSwitches({ vpcId });
  const others = switches.filter((one) => one.tags[TAG.cluster] !== cluster);
  const used = [...others.map((one) => one.cidr), ...promised];
  if (!vSwitchCidrs.some((block) => isTaken(block, used))) return network;
  return { ...network, vSwitchCidrs: chooseVSwitchBlocks(cidr, vSwitchCidrs.length, used) };
}

function isTaken(block: string, used: readonly string[]): boolean {
  return used.some((one) => overlaps(parseCidr(one), parseCidr(block)));
}

async function inExistingVpc(
  region: RegionCloud,
  vpcId: string,
  { cluster, zoneCount, promised }: NetworkWish,
  findings: Findings,
): Promise<ClusterSpec['network'] | undefined> {
  const vpc = await region.vpc.vpc(vpcId);
  if (!vpc) {
    findings.problem(
      'vpc_unknown',
      `There is no VPC ${vpcId} in ${region.regionId}.`,
      'Name one of that region with --vpc, or have one made: --cidr 10.0.0.0/16.',
    );
    return undefined;
  }
  const owner = ownerIn(vpc.tags);
  if (owner !== undefined && owner !== cluster) {
    findings.risk(
      `VPC ${vpcId} was made for cluster ${owner}, whose removal stops at it as long as this cluster is there: better use another.`,
    );
  }
  const switches = await region.vpc.listVSwitches({ vpcId });
  const used = [...switches.map((one) => one.cidr), ...promised.blocks];
  for (const count of promised.counts) used.push(...blocksIfRoom(vpc.cidr, count, used));
  // Carried on, a create keeps its own.
  const own = new Map(switches.map((one) => [partOf(one.tags, cluster, 'vswitch'), one.cidr]));
  const parts = Array.from({ length: zoneCount }, (_none, index) => `vswitch-${index + 1}`);
  const missing = parts.filter((part) => !own.has(part)).length;
  const free = [...chooseVSwitchBlocks(vpc.cidr, missing, used)];
  const vSwitchCidrs = parts.flatMap((part) => own.get(part) ?? free.splice(0, 1));
  return { vpcId, cidr: vpc.cidr, vSwitchCidrs };
}

/** What another plan chooses; nothing where that is refused for want of room. */
function blocksIfRoom(cidr: string, count: number, used: readonly string[]): readonly string[] {
  try {
    return chooseVSwitchBlocks(cidr, count, used);
  } catch (error) {
    if (error instanceof InputError) return [];
    throw error;
  }
}
