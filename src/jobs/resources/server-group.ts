import type { RegionCloud } from '../../cloud/cloud.ts';
import { isInService } from '../../cluster/lifecycle.ts';
import { ROLES, resourceName } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import { NODE_MARKER } from '../../cluster/user-data.ts';
import { notReady, resource } from '../resource.ts';
import type { Observing } from '../resource.ts';
import { removeServerGroup } from './server-group-removal.ts';
import { listTags, oldestFirst, ours, partOf, tagsFor } from './tagged.ts';

/** Port of Ant Media Server on the nodes; Auto Scaling names it when it adds a node. */
export const BACKEND_PORT = 5080;
/** Of a node behind the load balancer; 0 would send it nothing. */
export const WEIGHT = 100;

/** How a server group treats its nodes, as CreateServerGroup takes it; times in seconds. */
export interface Treatment {
  readonly scheduler: string;
  readonly healthEnabled: boolean;
  readonly healthProtocol: string;
  readonly healthPath: string;
  readonly healthMethod: string;
  readonly healthPort: number;
  readonly healthCodes: readonly string[];
  readonly healthInterval: number;
  readonly healthTimeout: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly sticky: boolean;
  readonly drainSeconds: number;
}

export interface SeenServerGroup extends Treatment {
  readonly serverGroupId: string;
  readonly vpcId: string | undefined;
  readonly protocol: string;
  /** `Creating`, `Available`, `Configuring`, `Deleting`. */
  readonly status: string;
}

/** What we ask for, in the words that the API takes. */
export interface Wanted extends Treatment {
  readonly scheduler: 'Wlc';
  readonly healthProtocol: 'HTTP';
  readonly healthMethod: 'GET';
}

/** So long a node that goes still serves those whom it served. */
export const DRAIN_SECONDS = 300;
/** Stickiness lasts a working day at most: a panel's session. */
const COOKIE_SECONDS = 28_800;

/**
 * A login of the panel lives on one origin, so origins are sticky. Healthy is who serves the file that a node's user data
 * writes once it has joined: the image starts a server that answers `/` alone first, and viewers sent there would see
 * nothing. Any answer of 2xx or 3xx is enough, with whatever it says.
 */
export function treatmentOf(role: Role): Wanted {
  return {
    scheduler: 'Wlc',
    healthEnabled: true,
    healthProtocol: 'HTTP',
    healthPath: `/${NODE_MARKER}`,
    healthMethod: 'GET',
    healthPort: BACKEND_PORT,
    healthCodes: ['http_2xx', 'http_3xx'],
    healthInterval: 2,
    healthTimeout: 5,
    healthyThreshold: 3,
    unhealthyThreshold: 3,
    sticky: role === 'origin',
    drainSeconds: DRAIN_SECONDS,
  };
}

const WORDS: Readonly<Record<keyof Treatment, string>> = {
  scheduler: 'scheduler',
  healthEnabled: 'health check',
  healthProtocol: 'health check protocol',
  healthPath: 'health check path',
  healthMethod: 'health check method',
  healthPort: 'health check port',
  healthCodes: 'healthy answers',
  healthInterval: 'health check interval',
  healthTimeout: 'health check time-out',
  healthyThreshold: 'healthy threshold',
  unhealthyThreshold: 'unhealthy threshold',
  sticky: 'stickiness',
  drainSeconds: 'connection draining',
};

/** Where the listeners send requests: the nodes of one scaling group, which Auto Scaling puts in and takes out. */
export const serverGroup = resource<SeenServerGroup>({
  kind: 'server-group',
  actions: [
    'alb:CreateServerGroup',
    'alb:ListServerGroups',
    'alb:UpdateServerGroupAttribute',
    'alb:ListServerGroupServers',
    'alb:AddServersToServerGroup',
    'alb:RemoveServersFromServerGroup',
    'ess:DescribeScalingGroups',
    'ess:DescribeScalingInstances',
    'ess:DetachAlbServerGroups',
    'alb:DeleteServerGroup',
    'alb:TagResources',
  ],
  typicalSeconds: 6,
  goneSeconds: 3,
  deadlineSeconds: 600,
  removeAfter: ['listener', 'scaling-group'],
  parts(spec) {
    return ROLES.map((role) => ({
      id: `server-group-${role}`,
      needs: ['vpc'],
      title: `Server group ${resourceName(spec.name, `server-group-${role}`)}, HTTP ${BACKEND_PORT}, health check GET ${treatmentOf(role).healthPath}${role === 'origin' ? ', sticky' : ''}`,
    }));
  },
  async observe(look) {
    const tagged = await look.region.alb.listServerGroups({ tags: listTags(look) });
    return oldestFirst(tagged).flatMap((one) => {
      const part = partOf(one.tags, look.cluster, 'server-group');
      if (part === undefined) return [];
      return [ours(part, one.serverGroupId, one.tags, seenOf(one))];
    });
  },
  ready({ seen }) {
    if (seen.status === 'Available') return { state: 'ready' };
    return notReady(`server group ${seen.serverGroupId}`, seen.status, 3_000);
  },
  diff(_spec, part, seen) {
    if (seen.protocol !== 'HTTP') {
      return {
        action: 'replace',
        changes: [`${part} speaks ${seen.protocol} to its nodes, must speak HTTP`],
      };
    }
    const wanted = treatmentOf(roleOf(part));
    const changes = (Object.keys(wanted) as (keyof Treatment)[])
      .filter((key) => String(wanted[key]) !== String(seen[key]))
      .map(
        (key) => `${part}: ${WORDS[key]} is ${shown(seen[key]) || 'unset'}, must be ${shown(wanted[key])}`,
      );
    return changes.length === 0 ? { action: 'none' } : { action: 'update', changes };
  },
  async hidden(look, { part, seen }) {
    const { lacking, misplaced } = await nodesOf(look, part, seen);
    // In one order, whatever that of the lists: an approval is bound to these words.
    const ids = lacking.filter((id) => !misplaced.some((one) => one.serverId === id)).toSorted();
    const places = misplaced.map(({ serverId, port }) => `${serverId} (${port})`).toSorted();
    return [
      ...(ids.length === 0 ? [] : [`${part} lacks ${ids.length} of its nodes: ${ids.join(', ')}`]),
      ...(places.length === 0
        ? []
        : [`${part} has nodes under another port than ${BACKEND_PORT}: ${places.join(', ')}`]),
    ];
  },
  async outdated(ctx, { part, seen }) {
    const { lacking, misplaced } = await nodesOf(ctx, part, seen);
    return lacking.length + misplaced.length > 0;
  },
  async create(ctx) {
    const { vpcId = '' } = await ctx.output('vpc');
    await ctx.region.alb.createServerGroup({
      name: resourceName(ctx.cluster, ctx.part),
      vpcId,
      ...wishOf(treatmentOf(roleOf(ctx.part))),
      tags: tagsFor(ctx),
      token: ctx.token,
    });
  },
  async update(ctx, { part, seen }) {
    const { lacking, misplaced } = await nodesOf(ctx, part, seen);
    const isTreatedWell = serverGroup.diff(ctx.spec, part, seen).action === 'none';
    if (isTreatedWell && lacking.length > 0)
      return ctx.region.alb.addServers(
        seen.serverGroupId,
        lacking.map((serverId) => ({ serverId, port: BACKEND_PORT, weight: WEIGHT })),
      );
    if (isTreatedWell && misplaced.length > 0)
      return ctx.region.alb.removeServers(seen.serverGroupId, misplaced);
    await ctx.region.alb.updateServerGroup({
      serverGroupId: seen.serverGroupId,
      ...wishOf(treatmentOf(roleOf(part))),
    });
  },
  async remove(ctx, { seen }) {
    if (seen.status === 'Deleting') return;
    await removeServerGroup(ctx, seen.serverGroupId);
  },
  output({ seen }) {
    return { serverGroupId: seen.serverGroupId };
  },
});

function shown(value: Treatment[keyof Treatment]): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return String(value);
}

export function roleOf(part: string): Role {
  return part.endsWith('-edge') ? 'edge' : 'origin';
}

/** How the nodes of a scaling group are in a server group. */
export interface Places {
  /** In service, and not in it where the load balancer would reach them. */
  readonly lacking: readonly string[];
  /** In it under a port that nobody answers on, there too or there alone. */
  readonly misplaced: readonly { readonly serverId: string; readonly port: number }[];
}

export async function placesOf(
  { alb, ess }: RegionCloud,
  serverGroupId: string,
  scalingGroupId: string,
): Promise<Places> {
  const [servers, members] = await Promise.all([
    alb.listServers(serverGroupId),
    ess.listInstances(scalingGroupId),
  ]);
  const right = new Set(servers.filter((one) => one.port === BACKEND_PORT).map((one) => one.serverId));
  const nodes = new Set(members.map((one) => one.instanceId));
  const serving = members.filter((one) => isInService(one.lifecycleState));
  return {
    lacking: serving.map((one) => one.instanceId).filter((id) => !right.has(id)),
    misplaced: servers.filter(
      ({ serverId, port, status }) => port !== BACKEND_PORT && nodes.has(serverId) && status !== 'Removing',
    ),
  };
}

/**
 * The nodes of the role as they are in its server group: Auto Scaling puts each in once and does not look again, so one
 * that somebody took out stays out. Of a scaling group that is not attached none is lacking: attaching it puts them in.
 */
async function nodesOf(
  look: Pick<Observing, 'cluster' | 'region' | 'tags'>,
  part: string,
  { serverGroupId }: SeenServerGroup,
): Promise<Places> {
  const wanted = `scaling-group-${roleOf(part)}`;
  const group = oldestFirst(await look.region.ess.listGroups({ tags: listTags(look) })).find(
    (one) => partOf(one.tags, look.cluster, 'scaling-group') === wanted,
  );
  if (!group) return { lacking: [], misplaced: [] };
  const places = await placesOf(look.region, serverGroupId, group.scalingGroupId);
  return group.serverGroupIds.includes(serverGroupId) ? places : { ...places, lacking: [] };
}

type Listed = Awaited<ReturnType<Observing['region']['alb']['listServerGroups']>>[number];

function seenOf(group: Listed): SeenServerGroup {
  const check = group.healthCheck;
  return {
    serverGroupId: group.serverGroupId,
    vpcId: group.vpcId,
    protocol: group.protocol ?? 'HTTP',
    status: group.status,
    scheduler: group.scheduler ?? '',
    healthEnabled: check?.enabled ?? false,
    healthProtocol: check?.protocol ?? '',
    healthPath: check?.path ?? '',
    healthMethod: check?.method ?? '',
    // 0 is that of the server.
    healthPort: check?.port || BACKEND_PORT,
    healthCodes: (check?.codes ?? []).toSorted(),
    healthInterval: check?.intervalSeconds ?? 0,
    healthTimeout: check?.timeoutSeconds ?? 0,
    healthyThreshold: check?.healthyAfter ?? 0,
    unhealthyThreshold: check?.unhealthyAfter ?? 0,
    sticky: group.stickySession?.enabled ?? false,
    drainSeconds: group.drainSeconds ?? 0,
  };
}

function wishOf(treatment: Wanted) {
  return {
    scheduler: treatment.scheduler,
    healthCheck: {
      enabled: treatment.healthEnabled,
      protocol: treatment.healthProtocol,
      path: treatment.healthPath,
      method: treatment.healthMethod,
      // That of the server: no other tells whether it serves.
      port: 0,
      codes: treatment.healthCodes,
      intervalSeconds: treatment.healthInterval,
      timeoutSeconds: treatment.healthTimeout,
      healthyAfter: treatment.healthyThreshold,
      unhealthyAfter: treatment.unhealthyThreshold,
    },
    stickySession: treatment.sticky
      ? { enabled: true, cookieTimeoutSeconds: COOKIE_SECONDS }
      : { enabled: false },
    drainSeconds: treatment.drainSeconds,
  };
}
