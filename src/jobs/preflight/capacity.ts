import type { Cloud, RegionCloud } from '../../cloud/cloud.ts';
import { parseCidr } from '../../cluster/cidr.ts';
import { ROLES, clusterTags } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import type { ClusterSpec, GroupSpec } from '../../cluster/spec.ts';
import { isOurs } from '../resources/tagged.ts';
import { Findings } from './findings.ts';
import { addressesOf } from './network.ts';
import type { Housed } from './network.ts';

/** The vendor's minimum for a node (Ant Media: installing on Linux). */
const NODE_CPUS = 4;
const NODE_GIB = 8;

/** Instance types that exist and suffice, and the account's quota and balance for what is wanted. */
export async function checkCapacity(
  input: {
    readonly cluster: string;
    readonly region: RegionCloud;
    readonly cloud: Cloud;
    readonly groups: { readonly origin: GroupSpec; readonly edge: GroupSpec };
    /** Groups whose first type somebody insists on; of others one that the region does not have is passed over. */
    readonly insisted: readonly Role[];
    readonly ownDatabase: boolean;
    readonly mongoTypes: readonly string[];
  },
  findings: Findings,
): Promise<void> {
  const { region, groups, insisted } = input;
  const named = [
    ...new Set([
      ...groups.origin.instanceTypes,
      ...groups.edge.instanceTypes,
      ...(input.ownDatabase ? input.mongoTypes : []),
    ]),
  ];
  const [types, quota] = await Promise.all([
    region.ecs.instanceTypes({ instanceTypes: named }),
    findings.attempt('The vCPU quota', () => region.ecs.accountAttributes()),
    findings.attempt('The balance', () => checkBalance(input.cloud, findings)),
  ]);
  const byId = new Map(types.map((type) => [type.instanceTypeId, type]));
  const typeOf = (role: Role) => {
    const { instanceTypes } = groups[role];
    const name = insisted.includes(role) ? instanceTypes[0] : instanceTypes.find((one) => byId.has(one));
    return byId.get(name ?? '');
  };
  for (const role of ROLES) {
    const type = typeOf(role);
    if (!type) {
      findings.problem(
        'type_unknown',
        `${region.regionId} has no instance type ${groups[role].instanceTypes[0]} for the ${role} nodes.`,
        `Choose another with --${role}-type, e.g. ecs.c7.xlarge.`,
      );
    } else if (isForeign(type)) {
      findings.problem(
        'type_unfit',
        `${type.instanceTypeId} is ${type.cpuArchitecture}; the Ant Media image is for x86.`,
        `Choose another with --${role}-type.`,
      );
    } else if (type.cpuCoreCount < NODE_CPUS || type.memoryGiB < NODE_GIB) {
      findings.risk(
        `${type.instanceTypeId} (${type.cpuCoreCount} vCPU, ${type.memoryGiB} GiB) is below the vendor's minimum of ${NODE_CPUS} vCPU and ${NODE_GIB} GiB for ${role} nodes.`,
      );
    }
  }
  const databaseType = byId.get(input.mongoTypes[0] ?? '');
  if (input.ownDatabase && databaseType && isForeign(databaseType)) {
    findings.problem(
      'type_unfit',
      `${databaseType.instanceTypeId} is ${databaseType.cpuArchitecture}; the image of the database is for x86.`,
      'Choose another with --mongo-type, e.g. ecs.g7.large.',
    );
  }
  const cpus = (role: Role, count: number): number => count * (typeOf(role)?.cpuCoreCount ?? 0);
  const database = input.ownDatabase ? (databaseType?.cpuCoreCount ?? 0) : 0;
  const now = cpus('origin', groups.origin.desired) + cpus('edge', groups.edge.desired) + database;
  const most = cpus('origin', groups.origin.max) + cpus('edge', groups.edge.max) + database;
  if (quota?.vcpuLeft === undefined || most <= quota.vcpuLeft) return;
  // Carried on, a create keeps its own machines, which the quota counts already.
  const own = await findings.attempt('What the cluster has of the vCPU quota', () =>
    ownCpus(region, input.cluster),
  );
  const left = quota.vcpuLeft + (own ?? 0);
  const included = own ? ', its own machines included' : '';
  if (now > left) {
    findings.problem(
      'quota_vcpu',
      `This cluster needs ${now} vCPUs, and the account's quota has ${left} left in ${region.regionId}${included}.`,
      'Raise the quota of pay-as-you-go vCPUs in Quota Center, or start with fewer or smaller nodes.',
    );
  } else if (most > left) {
    findings.risk(
      `At its maximum the cluster needs ${most} vCPUs, and the account's quota has ${left} left${included}: scaling out would stop there.`,
    );
  }
}

async function ownCpus({ ecs }: RegionCloud, cluster: string): Promise<number> {
  const own = (await ecs.listInstances({ tags: clusterTags(cluster) })).filter((one) =>
    isOurs(one.tags, cluster),
  );
  if (own.length === 0) return 0;
  const named = [...new Set(own.map((one) => one.instanceType))];
  const types = await ecs.instanceTypes({ instanceTypes: named });
  const cpus = new Map(types.map((type) => [type.instanceTypeId, type.cpuCoreCount]));
  return own.reduce((sum, { instanceType }) => sum + (cpus.get(instanceType) ?? 0), 0);
}

/**
 * What an approver of further nodes should know: of the account's vCPU quota, its balance, and the stock. Risks and no
 * stops: these are of this moment, and whoever adds nodes during a show may know better.
 */
export async function additionRisks(
  cloud: Cloud,
  { regionId, zones }: Pick<ClusterSpec, 'regionId' | 'zones'>,
  added: number,
  { instanceTypes }: Pick<GroupSpec, 'instanceTypes'>,
): Promise<readonly string[]> {
  if (added <= 0) return [];
  const region = cloud.in(regionId);
  const findings = new Findings();
  const [types, quota, offers, lacking] = await Promise.all([
    findings.attempt('The vCPU quota', () => region.ecs.instanceTypes({ instanceTypes })),
    findings.attempt('The vCPU quota', () => region.ecs.accountAttributes()),
    findings.attempt('The stock', () => region.ecs.availableResource({ destination: 'InstanceType' })),
    findings.attempt('The balance', () => lackOfBalance(cloud)),
  ]);
  const type = types?.find((one) => one.instanceTypeId === instanceTypes[0]) ?? types?.[0];
  const needed = added * (type?.cpuCoreCount ?? 0);
  const left = quota?.vcpuLeft;
  if (left !== undefined && needed > left) {
    findings.risk(
      `The new nodes need ${needed} vCPUs, and the account's quota has ${left} left in ${regionId}: Auto Scaling would stop there. Raise the quota of pay-as-you-go vCPUs in Quota Center first.`,
    );
  }
  const isSold = offers?.some(
    (one) => one.available && zones.includes(one.zoneId) && instanceTypes.includes(one.value),
  );
  if (isSold === false) {
    findings.risk(
      `${instanceTypes.join(', ')} ${instanceTypes.length === 1 ? 'is' : 'are'} sold out in ${zones.join(', ')} just now: Auto Scaling could start none of the new nodes. Stock comes back by itself.`,
    );
  }
  if (lacking !== undefined) findings.risk(`${lacking} Top up the account first.`);
  return findings.risks;
}

/** Whether all machines find addresses in the vSwitches: those that are wanted now, and those at the maximum. */
export function checkAddresses(of: Housed, findings: Findings): void {
  const { needed, room } = addressesOf(of);
  if (needed > room) {
    findings.problem(
      'no_addresses',
      `This cluster needs ${needed} IP addresses, and its vSwitches (${of.network.vSwitchCidrs.join(', ')}) have ${room} for machines.`,
      `Choose ${largerBlocks(of.network)}more --zones or fewer nodes.`,
    );
    return;
  }
  for (const risk of addressRisks(of)) findings.risk(risk);
}

/** What an approver should know of a maximum that the vSwitches have no addresses for. */
export function addressRisks(of: Housed): readonly string[] {
  const { most, room } = addressesOf(of);
  if (most <= room) return [];
  return [
    `At its maximum the cluster needs ${most} IP addresses, and its vSwitches have ${room} for machines: scaling out would stop there.`,
  ];
}

/** What helps where blocks are smaller than /24: no vSwitch gets more. */
function largerBlocks({ vpcId, vSwitchCidrs }: ClusterSpec['network']): string {
  if (vSwitchCidrs.every((block) => parseCidr(block).bits <= 24)) return '';
  return vpcId === undefined ? 'a larger --cidr, e.g. --cidr 10.0.0.0/16, ' : 'a VPC with more room, ';
}

function isForeign({ cpuArchitecture }: { readonly cpuArchitecture?: string | undefined }): boolean {
  return cpuArchitecture !== undefined && !/x86/i.test(cpuArchitecture);
}

async function checkBalance(cloud: Cloud, findings: Findings): Promise<void> {
  const lacking = await lackOfBalance(cloud);
  if (lacking !== undefined) findings.problem('no_balance', lacking, 'Top up the account, then try again.');
}

/** What is wrong with the account's balance, or nothing. */
async function lackOfBalance(cloud: Cloud): Promise<string | undefined> {
  const balance = await cloud.bss.balance();
  if (!balance || balance.available > 0) return undefined;
  return `The account's balance is ${balance.available} ${balance.currency}: pay-as-you-go instances would be refused.`;
}
