import type { ScalingGroup } from '../../../cloud/ess/group-view.ts';
import type { ScalingInstance } from '../../../cloud/ess/activities.ts';
import type { Instance } from '../../../cloud/ecs/instances.ts';
import { LISTENERS, clusterTags } from '../../../cluster/names.ts';
import type { Role } from '../../../cluster/names.ts';
import type { Hints, Observing } from '../../resource.ts';
import { BACKEND_PORT } from '../../resources/server-group.ts';
import { listTags, partOf } from '../../resources/tagged.ts';
import { listenerPlaces, loadBalancerPlace, serverGroupsByRole } from '../../status/cloud-reads.ts';
import type { GroupView, NodeView, ScalingTrouble } from './view.ts';

/** Whose nodes are read. `tags` and `recorded` save reads in a step; see {@link Observing}. */
export type GroupPlace = Pick<Observing, 'cluster' | 'region' | 'tags' | 'recorded'> & {
  readonly hints?: Hints | undefined;
};

/** What must be known of a group to read its nodes. */
export type GroupFacts = Pick<
  ScalingGroup,
  | 'scalingGroupId'
  | 'lifecycleState'
  | 'minSize'
  | 'maxSize'
  | 'desiredCapacity'
  | 'totalCapacity'
  | 'serverGroupIds'
>;

/** A group by its numbers alone (ESS DescribeScalingGroups, which the waiting steps of all clusters share). */
export async function readNumbers(place: GroupPlace, role: Role): Promise<ScalingGroup | undefined> {
  const groups = await place.region.ess.listGroups({ tags: listTags(place) });
  return groups.find((one) => partOf(one.tags, place.cluster, 'scaling-group') === `scaling-group-${role}`);
}

/**
 * A group of nodes as Auto Scaling, the load balancer and the cluster's node list see it. Reads side by side: ESS
 * DescribeScalingGroups, DescribeScalingInstances, DescribeScalingActivities; ECS DescribeInstances; ALB
 * ListServerGroupServers and GetListenerHealthStatus (servers that are not normal).
 * @param listed private addresses alive in the node list; undefined when that could not be read
 * @returns undefined when there is no such group
 */
export async function readGroup(
  place: GroupPlace,
  role: Role,
  listed: ReadonlySet<string> | undefined,
): Promise<GroupView | undefined> {
  const group = await readNumbers(place, role);
  return group && readNodes(place, role, group, listed, { isStep: place.recorded !== undefined });
}

/** What a step knows that saves reads. */
interface Known {
  readonly members?: readonly ScalingInstance[];
  /** Not all have joined the cluster: how healthy they are matters later. */
  readonly isJoined?: boolean;
  /** Only what explains missing nodes is asked of Auto Scaling's activities. */
  readonly isStep?: boolean;
}

/**
 * The same for a group whose numbers are known.
 */
export async function readNodes(
  place: GroupPlace,
  role: Role,
  group: GroupFacts,
  listed: ReadonlySet<string> | undefined,
  known: Known = {},
): Promise<GroupView> {
  const { region } = place;
  const lacksNodes = group.totalCapacity < (group.desiredCapacity ?? group.minSize);
  const [members, activities, unhealthy] = await Promise.all([
    known.members ?? region.ess.listInstances(group.scalingGroupId),
    known.isStep !== true || lacksNodes ? region.ess.listActivities(group.scalingGroupId) : [],
    known.isJoined === false ? undefined : readHealth(place, role, group, known.isStep),
  ]);
  // Auto Scaling may learn late that a node went: ECS has no address of it then. A step sees it by its health.
  const unknown = members.filter((one) => one.privateIp === undefined || known.isStep !== true);
  const byId = await instancesOf(
    place,
    unknown.map((member) => member.instanceId),
  );
  const nodes = members.map((member): NodeView => {
    const instance = unknown.includes(member) ? byId.get(member.instanceId) : member;
    const privateIp = instance?.privateIp ?? '';
    const wrongPort = unhealthy?.wrongPortOf?.(member.instanceId);
    return {
      instanceId: member.instanceId,
      privateIp,
      zone: instance?.zoneId ?? '',
      lifecycle: member.lifecycleState,
      since: Date.parse(member.creationTime),
      healthy: unhealthy === undefined ? 'unknown' : unhealthy.isHealthy(member.instanceId),
      inCluster: listed === undefined ? 'unknown' : listed.has(privateIp),
      ...(wrongPort === undefined ? {} : { wrongPort }),
    };
  });
  return {
    role,
    scalingGroupId: group.scalingGroupId,
    state: group.lifecycleState,
    min: group.minSize,
    max: group.maxSize,
    desired: group.desiredCapacity ?? group.minSize,
    nodes,
    trouble: newestTrouble(activities),
  };
}

/** By id: one list of the cluster's for both its groups; what bears no tag of it is asked for by name. */
async function instancesOf(
  { cluster, region }: GroupPlace,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Instance>> {
  if (ids.length === 0) return new Map();
  const tagged = await region.ecs.listInstances({ tags: clusterTags(cluster) });
  const missing = ids.filter((id) => !tagged.some((one) => one.instanceId === id));
  const others = missing.length === 0 ? [] : await region.ecs.listInstances({ instanceIds: missing });
  return new Map([...tagged, ...others].map((one) => [one.instanceId, one]));
}

/** Whether an instance is healthy behind the load balancer. */
interface Healthy {
  isHealthy(instanceId: string): boolean;
  /** The port under which it is in the server group, where that is not the one of the nodes. */
  wrongPortOf?(instanceId: string): number | undefined;
}

/**
 * Health behind the load balancer: in the server group, available, and not among the servers that are not normal. Auto
 * Scaling calls an instance in service once it has put it into its server group: a step goes by that.
 */
async function readHealth(
  place: GroupPlace,
  role: Role,
  group: GroupFacts,
  isStep: boolean | undefined,
): Promise<Healthy | undefined> {
  const { region } = place;
  const attached = isStep === true ? attachedTo(group) : undefined;
  const hinted = attached === undefined ? undefined : await readHinted(place, role, attached);
  if (hinted) return hinted;
  const { serverGroupId, listenerIds } = await probesOf(place, role, group);
  // Without a listener nobody probes the group: its servers are neither healthy nor unhealthy.
  const [listenerId] = listenerIds;
  if (serverGroupId === undefined || listenerId === undefined) return undefined;
  // Servers are probed for their group: each listener that leads to it tells the same.
  const isAttached = serverGroupId === attached;
  const [notNormal, servers] = await Promise.all([
    readNotNormal(place, listenerId, serverGroupId),
    isAttached ? [] : region.alb.listServers(serverGroupId),
  ]);
  if (isAttached) place.hints?.set(hintOf(place, role), listenerId);
  // A step goes by nothing that was not told of the group.
  if (isAttached && !notNormal) return undefined;
  const reached = servers.filter((one) => one.status === 'Available' && one.port === BACKEND_PORT);
  const inService = new Set(reached.map((one) => one.serverId));
  const elsewhere = servers.filter((one) => one.port !== BACKEND_PORT);
  const wrongPorts = new Map(elsewhere.map((one) => [one.serverId, one.port]));
  return {
    wrongPortOf: (instanceId) => wrongPorts.get(instanceId),
    isHealthy: (instanceId) =>
      (isAttached || inService.has(instanceId)) && notNormal?.has(instanceId) !== true,
  };
}

function hintOf({ cluster }: GroupPlace, role: Role): string {
  return `${cluster} listener-${role}`;
}

/**
 * Servers of a group that are not normal, by one call, where a listener that leads to it is known.
 * @returns undefined where none is, or it does not tell
 */
export async function readUnwell(
  place: GroupPlace,
  role: Role,
  serverGroupId: string,
): Promise<ReadonlySet<string> | undefined> {
  const made = LISTENERS.filter((one) => one.role === role).map(
    ({ port }) => place.recorded?.(`listener-${port}`)?.['listenerId'],
  );
  const listenerId = place.hints?.get(hintOf(place, role)) ?? made.find((id) => id !== undefined);
  if (listenerId === undefined) return undefined;
  return readNotNormal(place, listenerId, serverGroupId).catch(() => undefined);
}

/** By the listener that told it before, as long as that one leads to the group. */
async function readHinted(
  place: GroupPlace,
  role: Role,
  serverGroupId: string,
): Promise<Healthy | undefined> {
  const key = hintOf(place, role);
  const listenerId = place.hints?.get(key);
  if (listenerId === undefined) return undefined;
  const notNormal = await readNotNormal(place, listenerId, serverGroupId).catch(() => undefined);
  if (notNormal) return { isHealthy: (instanceId) => !notNormal.has(instanceId) };
  place.hints?.delete(key);
  return undefined;
}

/** Servers that are not normal; undefined where the listener does not lead to the group. */
async function readNotNormal(
  { region }: GroupPlace,
  listenerId: string,
  serverGroupId: string,
): Promise<ReadonlySet<string> | undefined> {
  const infos = (await region.alb.listenerHealth(listenerId)).filter(
    (one) => one.serverGroupId === serverGroupId,
  );
  if (infos.length === 0) return undefined;
  return new Set(infos.flatMap((one) => one.nonNormalServers.map((server) => server.serverId)));
}

/** A role's server group and the listeners that lead to it. */
async function probesOf(
  { cluster, region, recorded }: GroupPlace,
  role: Role,
  group: GroupFacts,
): Promise<{ readonly serverGroupId: string | undefined; readonly listenerIds: readonly string[] }> {
  const serverGroupId =
    recorded?.(`server-group-${role}`)?.['serverGroupId'] ??
    (recorded && attachedTo(group)) ??
    (await serverGroupsByRole(region, cluster))[role];
  if (serverGroupId === undefined) return { serverGroupId, listenerIds: [] };
  const made = LISTENERS.filter((one) => one.role === role).map(
    ({ port }) => recorded?.(`listener-${port}`)?.['listenerId'],
  );
  const listenerIds = made.filter((id) => id !== undefined);
  if (listenerIds.length === made.length) return { serverGroupId, listenerIds };
  const balancer = await loadBalancerPlace(region, cluster);
  const listeners = balancer ? await listenerPlaces(region, balancer.loadBalancerId) : [];
  const leading = listeners.filter((one) => one.serverGroupIds.includes(serverGroupId));
  return { serverGroupId, listenerIds: leading.map((one) => one.listenerId) };
}

/** The server group that Auto Scaling puts the nodes into, where it is one: a step has seen to it that it is the right one. */
function attachedTo({ serverGroupIds }: GroupFacts): string | undefined {
  return serverGroupIds.length === 1 ? serverGroupIds[0] : undefined;
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
