import type { RegionCloud } from '../../cloud/cloud.ts';
import { chooseVSwitchBlocks, formatCidr, overlaps, parseCidr, vpcCidrMistake } from '../../cluster/cidr.ts';
import { TAG } from '../../cluster/names.ts';
import type { CreateOptions } from '../../cluster/operation.ts';
import type { Settings } from '../../cluster/settings.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Findings } from './findings.ts';

/** Which VPC is used. Who gives a block wants one of the cluster's own, whichever `ams.yaml` names. */
export function existingVpc({ vpc, cidr }: CreateOptions, { network }: Settings): string | undefined {
  return vpc ?? (cidr === undefined ? network.vpcId : undefined);
}

/** The cluster's network: an existing VPC with free blocks in it, or a new one. */
export async function chooseNetwork(
  region: RegionCloud,
  input: {
    readonly cluster: string;
    readonly vpcId: string | undefined;
    readonly cidr: string;
    readonly zoneCount: number;
    /** Blocks of an existing VPC that other plans have chosen and not made yet. */
    readonly promised: readonly string[];
  },
  findings: Findings,
): Promise<ClusterSpec['network'] | undefined> {
  const { vpcId, zoneCount, promised } = input;
  if (vpcId !== undefined) return inExistingVpc(region, { vpcId, zoneCount, promised }, findings);
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
 * @throws InputError when there is no room any more
 */
export async function stillFree(
  region: RegionCloud,
  cluster: string,
  network: ClusterSpec['network'],
): Promise<ClusterSpec['network']> {
  const { vpcId, cidr, vSwitchCidrs } = network;
  if (vpcId === undefined) return network;
  const used = (await region.vpc.listVSwitches({ vpcId }))
    .filter((one) => one.tags[TAG.cluster] !== cluster)
    .map((one) => one.cidr);
  if (!vSwitchCidrs.some((block) => isTaken(block, used))) return network;
  return { ...network, vSwitchCidrs: chooseVSwitchBlocks(cidr, vSwitchCidrs.length, used) };
}

function isTaken(block: string, used: readonly string[]): boolean {
  return used.some((one) => overlaps(parseCidr(one), parseCidr(block)));
}

async function inExistingVpc(
  region: RegionCloud,
  {
    vpcId,
    zoneCount,
    promised,
  }: { readonly vpcId: string; readonly zoneCount: number; readonly promised: readonly string[] },
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
  const switches = await region.vpc.listVSwitches({ vpcId });
  return {
    vpcId,
    cidr: vpc.cidr,
    vSwitchCidrs: chooseVSwitchBlocks(vpc.cidr, zoneCount, [...switches.map((one) => one.cidr), ...promised]),
  };
}
