/** Reads of the ALB that belong to no single resource: health, jobs, zones, policies. */
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { albOf, among, listenerById, type Page, pageOf } from './lookup.ts';
import { SYSTEM_SECURITY_POLICIES } from './security-policies.ts';
import type { AlbState } from './state.ts';
import { targetsOf } from './state.ts';
import { albZones, isInRegion } from './surroundings.ts';

export function getListenerHealthStatus(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Page & {
    readonly ListenerId: string;
    readonly IncludeRule?: boolean;
  };
  const state = albOf(cloud);
  const listener = listenerById(cloud, call, input.ListenerId);
  const groups = listener.defaultActions.flatMap(targetsOf);
  const { entries, answer } = pageOf(groups, input, 30);
  const rules = state.rules.bearing(listener.id);
  return {
    ListenerHealthStatus: [
      {
        ListenerId: listener.id,
        ListenerPort: listener.port,
        ListenerProtocol: listener.protocol,
        ServerGroupInfos: entries.map((id) => groupHealth(state, id)),
      },
    ],
    RuleHealthStatus:
      input.IncludeRule === true
        ? rules.map((rule) => ({
            RuleId: rule.id,
            ServerGroupInfos: rule.actions.flatMap(targetsOf).map((id) => groupHealth(state, id)),
          }))
        : [],
    ...('NextToken' in answer ? { NextToken: answer.NextToken } : {}),
  };
}

/** Only servers that are not healthy are listed. */
function groupHealth(state: AlbState, groupId: string): Record<string, unknown> {
  const group = state.serverGroups.get(groupId);
  const enabled = group?.healthCheck.HealthCheckEnabled ?? false;
  return {
    ServerGroupId: groupId,
    ActionType: 'ForwardGroup',
    HealthCheckEnabled: enabled ? 'on' : 'off',
    NonNormalServers: (group?.servers ?? []).flatMap((server) => {
      const health = state.healthOf(group as NonNullable<typeof group>, server);
      const status = !enabled ? 'Unavailable' : server.weight === 0 ? 'Unused' : health.status;
      if (status === 'Healthy') return [];
      return [
        {
          ServerId: server.serverId,
          ServerIp: server.serverIp,
          Port: server.port,
          Status: status,
          ...(status === 'Unhealthy' && health.reason ? { Reason: health.reason } : {}),
        },
      ];
    }),
  };
}

export function listAsynJobs(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Page & {
    readonly JobIds?: readonly string[];
    readonly ResourceType?: string;
    readonly ResourceIds?: readonly string[];
    readonly ApiName?: string;
    readonly BeginTime?: number;
    readonly EndTime?: number;
  };
  // A job shows up a moment after the write that started it.
  const lateMs = 500 * cloud.clock.scale;
  const matching = albOf(cloud)
    .jobs.narrowed(input.JobIds, input.ResourceIds)
    .filter(
      (job) =>
        isInRegion(cloud, call, job) &&
        job.createdAt + lateMs <= Date.now() &&
        among(input.JobIds, job.id) &&
        among(input.ResourceIds, job.resourceId) &&
        (input.ResourceType === undefined || input.ResourceType.toLowerCase() === job.resourceType) &&
        (input.ApiName === undefined || input.ApiName === job.apiName) &&
        (input.BeginTime === undefined || job.createdAt >= input.BeginTime) &&
        (input.EndTime === undefined || job.createdAt <= input.EndTime),
    )
    .toReversed();
  const { entries, answer } = pageOf(matching, input);
  return {
    Jobs: entries.map((job) => ({
      Id: job.id,
      ApiName: job.apiName,
      Status: job.status,
      ResourceType: job.resourceType,
      ResourceId: job.resourceId,
      OperateType: job.operateType,
      ErrorCode: job.errorCode,
      ErrorMessage: job.errorMessage,
      CreateTime: job.createdAt,
      ModifyTime: job.modifiedAt,
    })),
    ...answer,
  };
}

export function describeZones(call: Call, cloud: Cloud): unknown {
  return { Zones: albZones(cloud, call).map((id) => ({ ZoneId: id, LocalName: zoneName(id) })) };
}

function zoneName(id: string): string {
  return `Zone ${id.slice(-1).toUpperCase()}`;
}

export function listSystemSecurityPolicies(): unknown {
  return { SecurityPolicies: SYSTEM_SECURITY_POLICIES };
}
