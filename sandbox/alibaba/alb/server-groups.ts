import { ApiError } from '../api-error.ts';
import { endDryRun, type Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { isVisible } from '../listed.ts';
import { tagsAsked } from '../tags.ts';
import { connectionDrain, healthCheck, oneOf, slowStart, stickySession } from './health-check-config.ts';
import { startJob } from './jobs.ts';
import { albOf, among, hasTags, type Page, pageOf, serverGroupById } from './lookup.ts';
import { checkName } from './names.ts';
import { isInRegion, requireVpc } from './surroundings.ts';
import type { AlbState, HealthCheckConfig, ServerGroup, StickySessionConfig, Tag } from './state.ts';
import { newTags } from './tags.ts';
import { serverGroupView } from './views.ts';

interface GroupInput {
  readonly ServerGroupId: string;
  readonly ServerGroupName: string;
  readonly ServerGroupType?: string;
  readonly VpcId?: string;
  readonly Protocol?: string;
  readonly Scheduler?: string;
  readonly HealthCheckConfig?: Partial<HealthCheckConfig>;
  readonly StickySessionConfig?: Partial<StickySessionConfig>;
  readonly ConnectionDrainConfig?: Partial<ServerGroup['connectionDrain']>;
  readonly SlowStartConfig?: Partial<ServerGroup['slowStart']>;
  readonly UpstreamKeepaliveEnabled?: boolean;
  readonly CrossZoneEnabled?: boolean;
  readonly ResourceGroupId?: string;
  readonly Tag?: readonly Tag[];
}

const SCHEDULERS = ['Wrr', 'Wlc', 'Sch', 'Uch'];

export function createServerGroup(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as GroupInput;
  const state = albOf(cloud);
  const type = input.ServerGroupType ?? 'Instance';
  const protocol = input.Protocol ?? 'HTTP';
  checkName('ServerGroupName', input.ServerGroupName);
  oneOf('ServerGroupType', type, ['Instance', 'Ip', 'Fc']);
  oneOf('Protocol', protocol, ['HTTP', 'HTTPS', 'gRPC']);
  oneOf('Scheduler', input.Scheduler ?? 'Wrr', SCHEDULERS);
  if (input.HealthCheckConfig?.HealthCheckEnabled === undefined) {
    throw new ApiError('MissingParameter', 400, 'HealthCheckConfig.HealthCheckEnabled is required.');
  }
  const regionId = type === 'Instance' ? requireVpc(cloud, input.VpcId).regionId : call.regionId;

  const group: ServerGroup = {
    id: cloud.newId('sgp', regionId),
    regionId,
    name: input.ServerGroupName,
    type,
    vpcId: input.VpcId ?? '',
    protocol,
    scheduler: input.Scheduler ?? 'Wrr',
    status: 'Creating',
    healthCheck: healthCheck(input.HealthCheckConfig),
    sticky: stickySession(input.StickySessionConfig),
    connectionDrain: connectionDrain(input.ConnectionDrainConfig),
    slowStart: slowStart(input.SlowStartConfig),
    upstreamKeepalive: input.UpstreamKeepaliveEnabled ?? false,
    crossZone: input.CrossZoneEnabled ?? true,
    resourceGroupId: input.ResourceGroupId ?? 'rg-default',
    createdAt: new Date(),
    servers: [],
    tags: newTags(input.Tag),
    scalingGroups: new Set(),
    visibleAt: cloud.visibleAt(),
  };
  endDryRun(call);
  state.serverGroups.set(group.id, group);
  const JobId = startJob(cloud, state, call, {
    resourceType: 'servergroup',
    resourceId: group.id,
    operateType: 'Create',
    takesMs: cloud.durations.serverGroupCreate,
    done: () => (group.status = 'Available'),
  });
  return { ServerGroupId: group.id, JobId };
}

export function updateServerGroupAttribute(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Partial<GroupInput> & { readonly ServerGroupId: string };
  const state = albOf(cloud);
  const group = serverGroupById(cloud, call, input.ServerGroupId);
  refuseUnlessAvailable(group);
  if (input.ServerGroupName !== undefined) checkName('ServerGroupName', input.ServerGroupName);
  if (input.Scheduler !== undefined) oneOf('Scheduler', input.Scheduler, SCHEDULERS);
  const next = {
    healthCheck: healthCheck(input.HealthCheckConfig, group.healthCheck),
    sticky: stickySession(input.StickySessionConfig, group.sticky),
    connectionDrain: connectionDrain(input.ConnectionDrainConfig, group.connectionDrain),
    slowStart: slowStart(input.SlowStartConfig, group.slowStart),
  };
  for (const listener of state.listenersOf(group.id)) {
    refuseForEdition(state, listener.loadBalancerId, { ...group, ...next });
  }

  endDryRun(call);
  group.status = 'Configuring';
  const JobId = startJob(cloud, state, call, {
    resourceType: 'servergroup',
    resourceId: group.id,
    operateType: 'Update',
    takesMs: cloud.durations.serverGroupChange,
    done: () => {
      Object.assign(group, next, {
        name: input.ServerGroupName ?? group.name,
        scheduler: input.Scheduler ?? group.scheduler,
        upstreamKeepalive: input.UpstreamKeepaliveEnabled ?? group.upstreamKeepalive,
        crossZone: input.CrossZoneEnabled ?? group.crossZone,
        status: 'Available',
      });
    },
  });
  return { JobId };
}

export function listServerGroups(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Page & {
    readonly ServerGroupIds?: readonly string[];
    readonly ServerGroupNames?: readonly string[];
    readonly ServerGroupType?: string;
    readonly VpcId?: string;
    readonly ResourceGroupId?: string;
    readonly Tag?: readonly Tag[];
  };
  const state = albOf(cloud);
  const matching = state.serverGroups
    .narrowed(input.ServerGroupIds, input.VpcId, ...tagsAsked(call.params))
    .filter(
      (group) =>
        isInRegion(cloud, call, group) &&
        isVisible(group) &&
        among(input.ServerGroupIds, group.id) &&
        among(input.ServerGroupNames, group.name) &&
        (input.VpcId === undefined || input.VpcId === group.vpcId) &&
        (input.ServerGroupType === undefined || input.ServerGroupType === group.type) &&
        (input.ResourceGroupId === undefined || input.ResourceGroupId === group.resourceGroupId) &&
        hasTags(group.tags, input.Tag),
    );
  const { entries, answer } = pageOf(matching, input);
  return { ServerGroups: entries.map((group) => serverGroupView(state, group)), ...answer };
}

export function deleteServerGroup(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as { readonly ServerGroupId: string };
  const state = albOf(cloud);
  const group = serverGroupById(cloud, call, input.ServerGroupId);
  if (state.listenersOf(group.id).length > 0 || group.scalingGroups.size > 0) {
    throw new ApiError('ResourceInUse.ServerGroup', 400, `The specified resource ${group.id} is in use.`);
  }
  refuseUnlessAvailable(group);
  endDryRun(call);
  group.status = 'Deleting';
  const JobId = startJob(cloud, state, call, {
    resourceType: 'servergroup',
    resourceId: group.id,
    operateType: 'Delete',
    takesMs: cloud.durations.serverGroupChange,
    done: () => state.serverGroups.delete(group.id),
  });
  return { JobId };
}

/** @throws ApiError IncorrectStatus.ServerGroup while the group is being made, changed or removed */
export function refuseUnlessAvailable(group: ServerGroup): void {
  if (group.status === 'Available') return;
  throw new ApiError(
    'IncorrectStatus.ServerGroup',
    400,
    `The status of ${group.id} [${group.status}] is incorrect.`,
  );
}

/** Draining and slow start need more than a Basic load balancer. */
export function refuseForEdition(state: AlbState, loadBalancerId: string, group: ServerGroup): void {
  if (state.loadBalancers.get(loadBalancerId)?.edition !== 'Basic') return;
  const feature = group.connectionDrain.ConnectionDrainEnabled
    ? 'ConnectionDrain'
    : group.slowStart.SlowStartEnabled
      ? 'SlowStart'
      : undefined;
  if (feature === undefined) return;
  throw new ApiError(
    'OperationDenied.EditionNotSupport',
    400,
    `The load balancer ${loadBalancerId} of edition Basic does not support ${feature} of server group ${group.id}.`,
  );
}
