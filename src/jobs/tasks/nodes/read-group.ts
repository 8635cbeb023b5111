import type { RegionCloud } from '../../../cloud/cloud.ts';
import { clusterTags, TAG } from '../../../cluster/names.ts';
import type { Role } from '../../../cluster/names.ts';
import { listenerPlaces, loadBalancerPlace, serverGroupsByRole } from '../../status/cloud-reads.ts';
import type { GroupView, NodeView, ScalingTrouble } from './view.ts';

/**
 * A group of nodes as Auto Scaling, the load balancer and the cluster's node list see it. Reads side by side: ESS
 * DescribeScalingGroups, DescribeScalingInstances, DescribeScalingActivities; ECS DescribeInstances; ALB
 * ListServerGroupServers and GetListenerHealthStatus (servers that are not normal).
 * @param listed private addresses alive in the node list; undefined when that could not be read
 * @returns undefined when there is no such group
 */
export async function readGroup(
  place: { readonly cluster: string; readonly region: RegionCloud },
  role: Role,
  listed: ReadonlySet<string> | undefined,
): Promise<GroupView | undefined> {
  const { cluster, region } = place;
  const groups = await region.ess.listGroups({ tags: clusterTags(cluster) });
  const group = groups.find((one) => one.tags[TAG.resource] === `scaling-group-${role}`);
  if (!group) return undefined;
  const [members, activities, unhealthy] = await Promise.all([
    region.ess.listInstances(group.scalingGroupId),
    region.ess.listActivities(group.scalingGroupId),
    readHealth(place, role),
  ]);
  const ids = members.map((member) => member.instanceId);
  const instances = ids.length === 0 ? [] : await region.ecs.listInstances({ instanceIds: ids });
  const byId = new Map(instances.map((one) => [one.instanceId, one]));
  const nodes = members.map((member): NodeView => {
    const instance = byId.get(member.instanceId);
    const privateIp = instance?.privateIp ?? '';
    return {
      instanceId: member.instanceId,
      privateIp,
      zone: instance?.zoneId ?? '',
      lifecycle: member.lifecycleState,
      since: Date.parse(member.creationTime),
      healthy: unhealthy === undefined ? 'unknown' : unhealthy.isHealthy(member.instanceId),
      inCluster: listed === undefined ? 'unknown' : listed.has(privateIp),
    };
  });
  return {
    role,
    state: group.lifecycleState,
    min: group.minSize,
    max: group.maxSize,
    desired: group.desiredCapacity ?? group.minSize,
    nodes,
    trouble: newestTrouble(activities),
  };
}

/** Health behind the load balancer: in the server group, available, and not among the servers that are not normal. */
async function readHealth(
  place: { readonly cluster: string; readonly region: RegionCloud },
  role: Role,
): Promise<{ isHealthy(instanceId: string): boolean } | undefined> {
  const { cluster, region } = place;
  const [groups, balancer] = await Promise.all([
    serverGroupsByRole(region, cluster),
    loadBalancerPlace(region, cluster),
  ]);
  const serverGroupId = groups[role];
  if (serverGroupId === undefined || !balancer) return undefined;
  const listeners = await listenerPlaces(region, balancer.loadBalancerId);
  const leading = listeners.filter((one) => one.serverGroupIds.includes(serverGroupId));
  // Without a listener nobody probes the group: its servers are neither healthy nor unhealthy.
  if (leading.length === 0) return undefined;
  const [servers, ...health] = await Promise.all([
    region.alb.listServers(serverGroupId),
    ...leading.map((one) => region.alb.listenerHealth(one.listenerId)),
  ]);
  const inService = new Set(servers.filter((one) => one.status === 'Available').map((one) => one.serverId));
  const notNormal = new Set(
    health
      .flat()
      .flatMap((one) =>
        one.serverGroupId === serverGroupId ? one.nonNormalServers.map((s) => s.serverId) : [],
      ),
  );
  return { isHealthy: (instanceId) => inService.has(instanceId) && !notNormal.has(instanceId) };
}

/** The newest finished activity, if it failed: an older failure that was overcome is no trouble. */
function newestTrouble(
  activities: readonly {
    readonly activityId: string;
    readonly statusCode: string;
    readonly startTime: string;
    readonly statusMessage?: string | undefined;
    readonly errorCode?: string | undefined;
    readonly errorMessage?: string | undefined;
  }[],
): ScalingTrouble | undefined {
  const newest = activities
    .filter((one) => one.statusCode !== 'InProgress')
    .toSorted((a, b) => Date.parse(b.startTime) - Date.parse(a.startTime))[0];
  if (!newest || !/^(Failed|Rejected|Warning)$/.test(newest.statusCode)) return undefined;
  return {
    activityId: newest.activityId,
    at: Date.parse(newest.startTime),
    code: newest.errorCode ?? '',
    text: newest.errorMessage ?? newest.statusMessage ?? newest.statusCode,
  };
}
