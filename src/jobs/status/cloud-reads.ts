import type { RegionCloud } from '../../cloud/cloud.ts';
import { clusterTags, LISTENERS, TAG } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import { partOf } from '../resources/tagged.ts';

/** The database instance of a cluster; undefined when there is none. */
export interface DatabasePlace {
  readonly instanceId: string;
  readonly state: string;
  readonly privateIp?: string;
  readonly publicIp?: string;
}

export async function databasePlace(
  region: RegionCloud,
  cluster: string,
): Promise<DatabasePlace | undefined> {
  // All of the cluster's, which whoever looks at its nodes too has to read anyway.
  const instances = await region.ecs.listInstances({ tags: clusterTags(cluster) });
  const one = instances.find((each) => partOf(each.tags, cluster, 'database') === 'database');
  if (!one) return undefined;
  return {
    instanceId: one.instanceId,
    state: one.status,
    ...(one.privateIp === undefined ? {} : { privateIp: one.privateIp }),
    ...(one.publicIp === undefined ? {} : { publicIp: one.publicIp }),
  };
}

/**
 * Whether a cluster uses a database that is not its own, for those that nobody remembers: one with a database of its own
 * has a firewall for it, also when the machine is gone.
 */
export async function usesOthersDatabase(region: RegionCloud, cluster: string): Promise<boolean> {
  const groups = await region.ecs.listSecurityGroups({ tags: clusterTags(cluster) });
  return groups.every((one) => partOf(one.tags, cluster, 'security-group') !== 'security-group-database');
}

/** The load balancer of a cluster with the domain that its tag names. */
export interface LoadBalancerPlace {
  readonly loadBalancerId: string;
  readonly state: string;
  readonly dnsName: string;
  readonly domain?: string;
}

export async function loadBalancerPlace(
  region: RegionCloud,
  cluster: string,
): Promise<LoadBalancerPlace | undefined> {
  const all = await region.alb.listLoadBalancers({ tags: clusterTags(cluster) });
  const one = all.find((each) => partOf(each.tags, cluster, 'load-balancer') !== undefined);
  if (!one) return undefined;
  const domain = one.tags[TAG.domain];
  return {
    loadBalancerId: one.loadBalancerId,
    state: one.status,
    dnsName: one.dnsName,
    ...(domain === undefined ? {} : { domain }),
  };
}

/** Ids of the server groups of a cluster, by role. */
export async function serverGroupsByRole(
  region: RegionCloud,
  cluster: string,
): Promise<Readonly<Partial<Record<Role, string>>>> {
  const groups = await region.alb.listServerGroups({ tags: clusterTags(cluster) });
  const idOf = (role: Role) =>
    groups.find((one) => partOf(one.tags, cluster, 'server-group') === `server-group-${role}`)?.serverGroupId;
  const origin = idOf('origin');
  const edge = idOf('edge');
  return { ...(origin === undefined ? {} : { origin }), ...(edge === undefined ? {} : { edge }) };
}

export interface ListenerPlace {
  readonly listenerId: string;
  readonly port: number;
  readonly protocol: string;
  readonly state: string;
  readonly serverGroupIds: readonly string[];
}

export async function listenerPlaces(
  region: RegionCloud,
  loadBalancerId: string,
): Promise<readonly ListenerPlace[]> {
  const listed = await region.alb.listListeners({ loadBalancerIds: [loadBalancerId] });
  return listed.flatMap((one) => {
    if (!LISTENERS.some(({ port }) => port === one.port)) return [];
    const { listenerId, port, protocol, status, serverGroupIds } = one;
    return [{ listenerId, port, protocol, state: status, serverGroupIds }];
  });
}

/** The security group of the nodes, with its rules; undefined when there is none. */
export async function nodesSecurityGroup(region: RegionCloud, cluster: string) {
  const groups = await region.ecs.listSecurityGroups({ tags: clusterTags(cluster) });
  const group = groups.find((one) => partOf(one.tags, cluster, 'security-group') === 'security-group-nodes');
  if (!group) return undefined;
  const detail = await region.ecs.securityGroup(group.securityGroupId);
  return detail;
}
