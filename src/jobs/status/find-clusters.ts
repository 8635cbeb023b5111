import type { Cloud, RegionCloud } from '../../cloud/cloud.ts';
import type { ClusterSummary } from '../../cluster/answers.ts';
import { MANAGED_BY, TAG } from '../../cluster/names.ts';

/** Regions read at the same time. */
const AT_ONCE = 5;

interface Sighting {
  domain?: string;
  originNodes?: number;
  edgeNodes?: number;
}

/** What was seen in several regions. */
export interface FoundClusters {
  readonly clusters: readonly ClusterSummary[];
  /** Regions that could not be read: what is there is not known. */
  readonly unread: readonly string[];
}

/**
 * Every cluster of the account, by its tags alone: scaling groups, load balancers and networks with their firewalls are
 * looked at, since any of them may be missing, adopted, or all that is left. Five calls a region.
 * @throws the first region's error when no region could be read
 */
export async function findClusters(cloud: Cloud, regions: readonly string[]): Promise<FoundClusters> {
  const { seen, unread, errors } = await readRegions(regions, (regionId) => findInRegion(cloud, regionId));
  if (errors.length > 0 && errors.length === regions.length) throw errors[0];
  return {
    clusters: seen
      .flat()
      .toSorted((a, b) => a.cluster.localeCompare(b.cluster) || a.regionId.localeCompare(b.regionId)),
    unread,
  };
}

/** What was read in several regions. */
interface InRegions<Seen> {
  /** In the order of the regions. */
  readonly seen: readonly Seen[];
  /** Regions that could not be read, and why. */
  readonly unread: readonly string[];
  readonly errors: readonly unknown[];
}

/** Reads several regions, a few at the same time. */
export async function readRegions<Seen>(
  regions: readonly string[],
  read: (regionId: string) => Promise<Seen>,
): Promise<InRegions<Seen>> {
  const found = new Map<string, Seen>();
  const errors = new Map<string, unknown>();
  const waiting = [...regions];
  async function next(): Promise<void> {
    for (let regionId = waiting.shift(); regionId !== undefined; regionId = waiting.shift()) {
      try {
        found.set(regionId, await read(regionId));
      } catch (error) {
        errors.set(regionId, error);
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return {
    seen: regions.flatMap((regionId) => {
      const seen = found.get(regionId);
      return seen === undefined ? [] : [seen];
    }),
    unread: [...errors.keys()].toSorted(),
    errors: [...errors.values()],
  };
}

async function findInRegion(cloud: Cloud, regionId: string): Promise<ClusterSummary[]> {
  const region = cloud.in(regionId);
  const tags = { [TAG.managed]: MANAGED_BY };
  const [groups, balancers, vpcs, vSwitches, firewalls] = await Promise.all([
    region.ess.listGroups({ tags }),
    region.alb.listLoadBalancers({ tags }),
    region.vpc.listVpcs({ tags }),
    region.vpc.listVSwitches({ tags }),
    region.ecs.listSecurityGroups({ tags }),
  ]);
  const clusters = new Map<string, Sighting>();
  const see = (resourceTags: Readonly<Record<string, string>>, fact: Sighting): void => {
    const cluster = resourceTags[TAG.cluster];
    if (cluster !== undefined) clusters.set(cluster, { ...clusters.get(cluster), ...fact });
  };
  for (const one of [...vpcs, ...vSwitches, ...firewalls]) see(one.tags, {});
  for (const group of groups) see(group.tags, {});
  for (const balancer of balancers) {
    const { [TAG.cluster]: cluster = '' } = balancer.tags;
    if (!clusters.has(cluster) && !(await isHere(region, balancer.vpcId))) continue;
    const domain = balancer.tags[TAG.domain];
    see(balancer.tags, domain === undefined ? {} : { domain });
  }
  for (const group of groups) {
    const part = group.tags[TAG.resource];
    if (part === 'scaling-group-origin') see(group.tags, { originNodes: group.activeCapacity });
    else see(group.tags, part === 'scaling-group-edge' ? { edgeNodes: group.activeCapacity } : {});
  }
  return [...clusters].map(([cluster, facts]) => ({ cluster, regionId, ...facts }));
}

/**
 * ALB's calls name no region, the address they go to decides it. Behind one address for all regions (a proxy) every
 * region lists the load balancers of all; the VPC tells where one really is.
 */
async function isHere(region: RegionCloud, vpcId: string | undefined): Promise<boolean> {
  return vpcId !== undefined && (await region.vpc.vpc(vpcId)) !== undefined;
}
