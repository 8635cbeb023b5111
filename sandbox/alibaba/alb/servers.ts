import { ApiError } from '../api-error.ts';
import { endDryRun, type Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { within } from './health-check-config.ts';
import { startJob } from './jobs.ts';
import { albOf, among, type Page, pageOf, serverGroupById } from './lookup.ts';
import { refuseUnlessAvailable } from './server-groups.ts';
import type { Server, ServerGroup } from './state.ts';
import { addressOf, isInRegion } from './surroundings.ts';
import { serverView } from './views.ts';

interface ServerInput {
  readonly ServerId: string;
  readonly ServerType?: string;
  readonly ServerIp?: string;
  readonly Port?: number;
  readonly Weight?: number;
  readonly Description?: string;
}

interface ServersInput {
  readonly ServerGroupId: string;
  readonly Servers: readonly ServerInput[];
}

export function addServersToServerGroup(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as ServersInput;
  const state = albOf(cloud);
  const group = serverGroupById(cloud, call, input.ServerGroupId);
  refuseUnlessAvailable(group);
  const added = input.Servers.map((server) => newServer(cloud, group, server, undefined));
  endDryRun(call);
  group.servers.push(...added);
  const JobId = startJob(cloud, state, call, {
    resourceType: 'servergroup',
    resourceId: group.id,
    operateType: 'AddServers',
    takesMs: cloud.durations.serverChange,
    done: () => {
      for (const server of added) server.status = 'Available';
    },
  });
  return { JobId };
}

export function removeServersFromServerGroup(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as ServersInput;
  const state = albOf(cloud);
  const group = serverGroupById(cloud, call, input.ServerGroupId);
  refuseUnlessAvailable(group);
  const leaving = input.Servers.map((server) => serverOf(group, server));
  endDryRun(call);
  for (const server of leaving) server.status = 'Removing';
  const JobId = startJob(cloud, state, call, {
    resourceType: 'servergroup',
    resourceId: group.id,
    operateType: 'RemoveServers',
    takesMs: cloud.durations.serverChange,
    done: () => {
      for (const server of leaving) takeOut(group, server);
    },
  });
  return { JobId };
}

export function updateServerGroupServersAttribute(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as ServersInput;
  const state = albOf(cloud);
  const group = serverGroupById(cloud, call, input.ServerGroupId);
  refuseUnlessAvailable(group);
  const changes = input.Servers.map((given) => ({ given, server: serverOf(group, given) }));
  for (const { given } of changes) within('Servers.Weight', given.Weight ?? 100, 0, 100);
  endDryRun(call);
  for (const { server } of changes) server.status = 'Configuring';
  const JobId = startJob(cloud, state, call, {
    resourceType: 'servergroup',
    resourceId: group.id,
    operateType: 'Update',
    takesMs: cloud.durations.serverChange,
    done: () => {
      for (const { given, server } of changes) {
        server.weight = given.Weight ?? server.weight;
        server.description = given.Description ?? server.description;
        server.status = 'Available';
      }
    },
  });
  return { JobId };
}

export function listServerGroupServers(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Page & {
    readonly ServerGroupId?: string;
    readonly ServerIds?: readonly string[];
  };
  const state = albOf(cloud);
  const groups =
    input.ServerGroupId === undefined
      ? [...state.serverGroups.values()].filter((group) => isInRegion(cloud, call, group))
      : [serverGroupById(cloud, call, input.ServerGroupId)];
  const rows = groups.flatMap((group) =>
    group.servers
      .filter((server) => among(input.ServerIds, server.serverId))
      .map((server) => serverView(group, server)),
  );
  const { entries, answer } = pageOf(rows, input);
  return { Servers: entries, ...answer };
}

/**
 * Puts an instance into a server group for a scaling group and waits until it takes traffic.
 * An instance that is there already stays as it is.
 */
export async function register(
  cloud: Cloud,
  serverGroupId: string,
  entry: {
    readonly instanceId: string;
    readonly port: number;
    readonly weight: number;
    readonly scalingGroupId: string;
  },
): Promise<void> {
  const state = albOf(cloud);
  const group = state.serverGroups.get(serverGroupId);
  if (group === undefined) {
    throw new ApiError(
      'AlbServerGroup.NotExist',
      404,
      `The ALB server group ${serverGroupId} does not exist.`,
    );
  }
  if (group.servers.some((server) => server.serverId === entry.instanceId && server.port === entry.port))
    return;
  const server = newServer(
    cloud,
    group,
    { ServerId: entry.instanceId, ServerType: 'Ecs', Port: entry.port, Weight: entry.weight },
    entry.scalingGroupId,
  );
  group.servers.push(server);
  state.changed(group.vpcId);
  const added = cloud.waits.begin('server', entry.instanceId);
  await cloud.clock.sleep(cloud.durations.serverChange);
  added();
  if (server.status === 'Adding') server.status = 'Available';
  state.changed(group.vpcId);
}

/** Takes an instance out of a server group, after draining it where the group asks for that. */
export async function deregister(cloud: Cloud, serverGroupId: string, instanceId: string): Promise<void> {
  const state = albOf(cloud);
  const group = state.serverGroups.get(serverGroupId);
  const leaving = group?.servers.filter((server) => server.serverId === instanceId) ?? [];
  if (group === undefined || leaving.length === 0) return;
  for (const server of leaving) server.status = 'Removing';
  state.changed(group.vpcId);
  const removed = cloud.waits.begin('server-removal', instanceId, serverGroupId);
  const drainMs = group.connectionDrain.ConnectionDrainEnabled
    ? group.connectionDrain.ConnectionDrainTimeout * 1000
    : 0;
  await cloud.clock.sleep(cloud.durations.serverChange + drainMs);
  for (const server of leaving) takeOut(group, server);
  removed();
  state.changed(group.vpcId);
}

/** Sets the weight of an instance in a server group at once. */
export function setWeight(cloud: Cloud, serverGroupId: string, instanceId: string, weight: number): void {
  const state = albOf(cloud);
  const group = state.serverGroups.get(serverGroupId);
  for (const server of group?.servers ?? []) {
    if (server.serverId === instanceId) server.weight = weight;
  }
  state.changed(group?.vpcId);
}

function takeOut(group: ServerGroup, server: Server): void {
  const index = group.servers.indexOf(server);
  if (index >= 0) group.servers.splice(index, 1);
}

function newServer(
  cloud: Cloud,
  group: ServerGroup,
  input: ServerInput,
  managedBy: string | undefined,
): Server {
  const port = input.Port ?? 0;
  const weight = input.Weight ?? 100;
  const type = input.ServerType ?? 'Ecs';
  within('Servers.Port', port, 1, 65_535);
  within('Servers.Weight', weight, 0, 100);
  if (group.type === 'Instance' && type !== 'Ecs') {
    throw new ApiError(
      'InvalidParameter',
      400,
      `A server of type ${type} does not fit a group of type Instance.`,
    );
  }
  if (group.servers.some((server) => server.serverId === input.ServerId && server.port === port)) {
    throw new ApiError(
      'ResourceAlreadyExist.BackendServer',
      400,
      `The server ${input.ServerId}:${port} is in ${group.id} already.`,
    );
  }
  return {
    serverId: input.ServerId,
    serverType: type,
    serverIp: type === 'Ip' ? input.ServerId : addressOf(cloud, input.ServerId, group.vpcId),
    port,
    weight,
    description: input.Description ?? '',
    status: 'Adding',
    managedBy,
  };
}

function serverOf(group: ServerGroup, input: ServerInput): Server {
  const server = group.servers.find((one) => one.serverId === input.ServerId && one.port === input.Port);
  if (server !== undefined) return server;
  throw new ApiError(
    'ResourceNotFound.BackendServer',
    404,
    `The specified resource ${input.ServerId}:${input.Port ?? ''} is not found.`,
  );
}
