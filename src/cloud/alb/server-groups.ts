import type { Line } from '../calling/line.ts';
import { gone, idIn, orNothing } from '../calling/outcome.ts';
import { byToken, inRuns } from '../calling/paging.ts';
import { eachOnce } from '../calling/each-once.ts';
import type { ClientOf } from '../calling/sdk-clients.ts';
import type { AnswerOf } from '../calling/sdk-types.ts';
import { fromTagList, toTagList } from '../calling/tags.ts';
import type { Tags } from '../calling/tags.ts';

/** How ALB finds out whether a server is well; what is left out keeps the API's default. */
export interface HealthCheck {
  readonly enabled: boolean;
  readonly protocol?: 'HTTP' | 'HTTPS' | 'TCP' | 'gRPC' | undefined;
  readonly method?: 'HEAD' | 'GET' | 'POST' | undefined;
  /** At most 80 characters, begins with `/`. */
  readonly path?: string | undefined;
  /** 0 is the port of the server. */
  readonly port?: number | undefined;
  /** `http_2xx`, `http_3xx`, … */
  readonly codes?: readonly string[] | undefined;
  /** Host header; default is the server's address. */
  readonly host?: string | undefined;
  readonly intervalSeconds?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  /** Good answers in a row until a server is healthy, 2 to 10. */
  readonly healthyAfter?: number | undefined;
  readonly unhealthyAfter?: number | undefined;
}

/** Sends a browser to the same server again by a cookie of the load balancer. */
export interface StickySession {
  readonly enabled: boolean;
  /** 1 to 86400. */
  readonly cookieTimeoutSeconds?: number | undefined;
}

export interface ServerGroup {
  readonly serverGroupId: string;
  readonly name: string;
  /** `Creating`, `Available`, `Configuring`. */
  readonly status: string;
  readonly vpcId: string | undefined;
  readonly protocol: string | undefined;
  readonly scheduler: string | undefined;
  readonly healthCheck: HealthCheck | undefined;
  readonly stickySession: StickySession | undefined;
  /** Seconds that open requests have when a server leaves; undefined when they are cut. */
  readonly drainSeconds: number | undefined;
  readonly serverCount: number;
  readonly loadBalancerIds: readonly string[];
  readonly createdAt: string | undefined;
  readonly tags: Tags;
}

export interface Server {
  readonly serverId: string;
  readonly ip: string | undefined;
  readonly port: number;
  readonly weight: number;
  /** `Adding`, `Available`, `Configuring`, `Removing`. */
  readonly status: string;
}

/** The parts of a server group that may change. */
export interface ServerGroupWish {
  readonly healthCheck?: HealthCheck | undefined;
  readonly stickySession?: StickySession | undefined;
  readonly scheduler?: 'Wrr' | 'Wlc' | 'Sch' | undefined;
  /** 0 to 900. */
  readonly drainSeconds?: number | undefined;
}

export interface ServerGroups {
  listServerGroups(input: {
    readonly tags?: Tags | undefined;
    readonly ids?: readonly string[] | undefined;
    readonly names?: readonly string[] | undefined;
    readonly vpcId?: string | undefined;
  }): Promise<readonly ServerGroup[]>;
  /** Of instances; `Creating` at first. @returns its id (CreateServerGroup) */
  createServerGroup(
    input: ServerGroupWish & {
      readonly name: string;
      readonly vpcId: string;
      /** Of the servers; default `HTTP`. */
      readonly protocol?: 'HTTP' | 'HTTPS' | undefined;
      readonly healthCheck: HealthCheck;
      readonly tags: Tags;
      readonly token: string;
    },
  ): Promise<string>;
  updateServerGroup(
    input: ServerGroupWish & {
      readonly serverGroupId: string;
      readonly name?: string | undefined;
      readonly token?: string | undefined;
    },
  ): Promise<void>;
  /** Gone already is success; `in-use` while a listener, rule or scaling group has it (DeleteServerGroup). */
  deleteServerGroup(serverGroupId: string, token?: string): Promise<void>;
  /** Puts instances into it (AddServersToServerGroup). */
  addServers(
    serverGroupId: string,
    servers: readonly { readonly serverId: string; readonly port: number; readonly weight: number }[],
  ): Promise<void>;
  /** Takes instances out that are in it under these ports; gone already is success (RemoveServersFromServerGroup). */
  removeServers(
    serverGroupId: string,
    servers: readonly { readonly serverId: string; readonly port: number }[],
  ): Promise<void>;
  /** Nothing in it, or no such group: empty (ListServerGroupServers). */
  listServers(serverGroupId: string): Promise<readonly Server[]>;
}

export function createServerGroups(line: Line<'alb'>): ServerGroups {
  return {
    async listServerGroups({ tags, ids, names, vpcId }) {
      const pages = await Promise.all(
        (ids === undefined ? [undefined] : inRuns(ids, 20)).map((run) =>
          byToken(async (nextToken) => {
            const answer = await line.call('ListServerGroups', {
              serverGroupIds: run && [...run],
              serverGroupNames: names && [...names],
              vpcId,
              tag: toTagList(tags),
              maxResults: 100,
              nextToken,
            });
            return { items: answer.serverGroups ?? [], nextToken: answer.nextToken };
          }),
        ),
      );
      return pages.flat().map(toServerGroup);
    },
    async createServerGroup(input) {
      const answer = await line.call('CreateServerGroup', {
        serverGroupName: input.name,
        serverGroupType: 'Instance',
        vpcId: input.vpcId,
        protocol: input.protocol ?? 'HTTP',
        ...blocksOf(input),
        tag: toTagList(input.tags),
        clientToken: input.token,
      });
      return idIn(answer.serverGroupId, 'alb', 'CreateServerGroup');
    },
    async updateServerGroup(input) {
      await line.call('UpdateServerGroupAttribute', {
        serverGroupId: input.serverGroupId,
        serverGroupName: input.name,
        ...blocksOf(input),
        clientToken: input.token,
      });
    },
    deleteServerGroup: (serverGroupId, token) =>
      gone(line.call('DeleteServerGroup', { serverGroupId, clientToken: token })),
    async addServers(serverGroupId, servers) {
      for (const run of inRuns(servers, SERVERS_A_CALL))
        await line.call('AddServersToServerGroup', {
          serverGroupId,
          servers: run.map((server) => ({ serverType: 'Ecs', ...server })),
        });
    },
    async removeServers(serverGroupId, servers) {
      for (const run of inRuns(servers, SERVERS_A_CALL))
        await gone(
          line.call('RemoveServersFromServerGroup', {
            serverGroupId,
            servers: run.map(({ serverId, port }) => ({ serverType: 'Ecs', serverId, port })),
          }),
        );
    },
    async listServers(serverGroupId) {
      const all = await orNothing(
        byToken(async (nextToken) => {
          const answer = await line.call('ListServerGroupServers', {
            serverGroupId,
            maxResults: 100,
            nextToken,
          });
          return { items: answer.servers ?? [], nextToken: answer.nextToken };
        }),
      );
      return (all ?? []).map((one) => ({
        serverId: one.serverId ?? '',
        ip: one.serverIp,
        port: one.port ?? 0,
        weight: one.weight ?? 0,
        status: one.status ?? '',
      }));
    },
  };
}

/** Servers that one call takes. */
const SERVERS_A_CALL = 40;

function blocksOf({ healthCheck, stickySession, scheduler, drainSeconds }: ServerGroupWish) {
  return {
    scheduler,
    healthCheckConfig: healthCheck && {
      healthCheckEnabled: healthCheck.enabled,
      healthCheckProtocol: healthCheck.protocol,
      healthCheckMethod: healthCheck.method,
      healthCheckPath: healthCheck.path,
      healthCheckConnectPort: healthCheck.port,
      healthCheckCodes: healthCheck.codes && [...healthCheck.codes],
      healthCheckHost: healthCheck.host,
      healthCheckInterval: healthCheck.intervalSeconds,
      healthCheckTimeout: healthCheck.timeoutSeconds,
      healthyThreshold: healthCheck.healthyAfter,
      unhealthyThreshold: healthCheck.unhealthyAfter,
    },
    stickySessionConfig: stickySession && {
      stickySessionEnabled: stickySession.enabled,
      ...(stickySession.enabled
        ? { stickySessionType: 'Insert', cookieTimeout: stickySession.cookieTimeoutSeconds }
        : {}),
    },
    connectionDrainConfig:
      drainSeconds === undefined
        ? undefined
        : {
            connectionDrainEnabled: drainSeconds > 0,
            ...(drainSeconds > 0 ? { connectionDrainTimeout: drainSeconds } : {}),
          },
  };
}

type ServerGroupRow = NonNullable<AnswerOf<ClientOf['alb'], 'ListServerGroups'>['serverGroups']>[number];

const toServerGroup = eachOnce((one: ServerGroupRow): ServerGroup => {
  const check = one.healthCheckConfig;
  const sticky = one.stickySessionConfig;
  const drain = one.connectionDrainConfig;
  return {
    serverGroupId: one.serverGroupId ?? '',
    name: one.serverGroupName ?? '',
    status: one.serverGroupStatus ?? '',
    vpcId: one.vpcId,
    protocol: one.protocol,
    scheduler: one.scheduler,
    healthCheck: check && {
      enabled: check.healthCheckEnabled ?? false,
      protocol: check.healthCheckProtocol as HealthCheck['protocol'],
      method: check.healthCheckMethod as HealthCheck['method'],
      path: check.healthCheckPath,
      port: check.healthCheckConnectPort,
      codes: check.healthCheckCodes,
      host: check.healthCheckHost,
      intervalSeconds: check.healthCheckInterval,
      timeoutSeconds: check.healthCheckTimeout,
      healthyAfter: check.healthyThreshold,
      unhealthyAfter: check.unhealthyThreshold,
    },
    stickySession: sticky && {
      enabled: sticky.stickySessionEnabled ?? false,
      cookieTimeoutSeconds: sticky.cookieTimeout,
    },
    drainSeconds: drain?.connectionDrainEnabled ? (drain.connectionDrainTimeout ?? 300) : undefined,
    serverCount: one.serverCount ?? 0,
    loadBalancerIds: one.relatedLoadBalancerIds ?? [],
    createdAt: one.createTime,
    tags: fromTagList(one.tags),
  };
});
