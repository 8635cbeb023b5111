import type { Cloud, RegionCloud } from '../../cloud/cloud.ts';
import type { ClusterSummary } from '../../cluster/answers.ts';
import { MANAGED_BY, TAG } from '../../cluster/names.ts';

/** Regions read at the same time; each takes three calls. */
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
 * Every cluster of the account, by its tags alone: scaling groups, load balancers and VPCs are looked at, since any of
 * them may be missing or adopted.
 * @throws the first region's error when no region could be read
 */
export async function findClusters(cloud: Cloud, regions: readonly string[]): Promise<FoundClusters> {
  const found: ClusterSummary[] = [];
  const unread: string[] = [];
  const errors: unknown[] = [];
  const waiting = [...regions];
  async function next(): Promise<void> {
    for (let regionId = waiting.shift(); regionId !== undefined; regionId = waiting.shift()) {
      try {
        found.push(...(await findInRegion(cloud, regionId)));
      } catch (error) {
        errors.push(error);
        unread.push(regionId);
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  if (errors.length > 0 && errors.length === regions.length) throw errors[0];
  return {
    clusters: found.toSorted(
      (a, b) => a.cluster.localeCompare(b.cluster) || a.regionId.localeCompare(b.regionId),
    ),
    unread: unread.toSorted(),
  };
}

async function findInRegion(cloud: Cloud, regionId: string): Promise<ClusterSummary[]> {
  const region = cloud.in(regionId);
  const tags = { [TAG.managed]: MANAGED_BY };
  const [groups, balancers, vpcs] = await Promise.all([
    region.ess.listGroups({ tags }),
    region.alb.listLoadBalancers({ tags }),
    region.vpc.listVpcs({ tags }),
  ]);
  const clusters = new Map<string, Sighting>();
  const see = (resourceTags: Readonly<Record<string, string>>, fact: Sighting): void => {
    const cluster = resourceTags[TAG.cluster];
    if (cluster !== undefined) clusters.set(cluster, { ...clusters.get(cluster), ...fact });
  };
  for (const vpc of vpcs) see(vpc.tags, {});
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
