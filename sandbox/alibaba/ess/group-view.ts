/** Reads of scaling groups, and the limits of the account. */
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { isVisible } from '../listed.ts';
import { tagsAsked } from '../tags.ts';
import { among, essOf, groupById, pageOf, type Pages, timestamp } from './lookup.ts';
import type { ScalingGroup, ScalingInstance } from './state.ts';
import { isCapacity } from './state.ts';

export function describeScalingGroups(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Pages & {
    readonly ScalingGroupIds?: readonly string[];
    readonly ScalingGroupNames?: readonly string[];
    readonly ScalingGroupName?: string;
    readonly GroupType?: string;
    readonly ResourceGroupId?: string;
    readonly Tags?: readonly { readonly Key?: string; readonly Value?: string }[];
  };
  const matching = essOf(cloud)
    .groups.narrowed(input.ScalingGroupIds, input.ScalingGroupNames, ...tagsAsked(call.params, 'Tags'))
    .filter(
      (group) =>
        group.regionId === call.regionId &&
        isVisible(group) &&
        among(input.ScalingGroupIds, group.id) &&
        among(input.ScalingGroupNames, group.name) &&
        (input.ScalingGroupName === undefined || group.name.includes(input.ScalingGroupName)) &&
        (input.GroupType === undefined || input.GroupType === group.groupType) &&
        (input.ResourceGroupId === undefined || input.ResourceGroupId === group.resourceGroupId) &&
        (input.Tags ?? []).every((wanted) =>
          group.tags.some(
            (tag) => tag.Key === wanted.Key && (wanted.Value === undefined || tag.Value === wanted.Value),
          ),
        ),
    );
  const { entries, answer } = pageOf(matching, input);
  return { ScalingGroups: entries.map((group) => view(cloud, group)), ...answer };
}

export function describeScalingGroupDetail(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as { readonly ScalingGroupId: string };
  return { ScalingGroup: view(cloud, groupById(cloud, call, input.ScalingGroupId)), Output: '' };
}

function view(cloud: Cloud, group: ScalingGroup): Record<string, unknown> {
  const instances = essOf(cloud).instancesOf(group.id);
  const count = (state: ScalingInstance['state']) =>
    instances.filter((instance) => instance.state === state).length;
  return {
    ScalingGroupId: group.id,
    ScalingGroupName: group.name,
    RegionId: group.regionId,
    LifecycleState: group.state,
    GroupType: group.groupType,
    MinSize: group.min,
    MaxSize: group.max,
    ...(group.desired === undefined ? {} : { DesiredCapacity: group.desired }),
    EnableDesiredCapacity: group.desired !== undefined,
    TotalCapacity: instances.filter(isCapacity).length,
    TotalInstanceCount: instances.length,
    ActiveCapacity: count('InService'),
    PendingCapacity: count('Pending'),
    PendingWaitCapacity: count('Pending:Wait'),
    RemovingCapacity: count('Removing'),
    RemovingWaitCapacity: count('Removing:Wait'),
    ProtectedCapacity: count('Protected'),
    StandbyCapacity: count('Standby'),
    StoppedCapacity: count('Stopped'),
    DefaultCooldown: group.cooldown,
    LaunchTemplateId: group.templateId,
    LaunchTemplateVersion: group.templateVersion,
    LaunchTemplateOverrides: group.overrides,
    VpcId: group.vpcId,
    VSwitchId: group.vSwitchIds[0] ?? '',
    VSwitchIds: group.vSwitchIds,
    MultiAZPolicy: group.multiAz,
    AlbServerGroups: group.serverGroups
      .filter((attached) => attached.via === 'AlbServerGroups')
      .map((attached) => ({ AlbServerGroupId: attached.id, Port: attached.port, Weight: attached.weight })),
    ServerGroups: group.serverGroups
      .filter((attached) => attached.via === 'ServerGroups')
      .map((attached) => ({
        ServerGroupId: attached.id,
        Type: 'ALB',
        Port: attached.port,
        Weight: attached.weight,
      })),
    HealthCheckType: group.healthCheckTypes[0] ?? 'NONE',
    HealthCheckTypes: group.healthCheckTypes,
    RemovalPolicies: group.removalPolicies,
    ScalingPolicy: group.scalingPolicy,
    SuspendedProcesses: [...group.suspended],
    SystemSuspended: false,
    GroupDeletionProtection: group.deletionProtection,
    ResourceGroupId: group.resourceGroupId,
    ...(group.stopTimeout === undefined ? {} : { StopInstanceTimeout: group.stopTimeout }),
    ...(group.maxLifetime === undefined ? {} : { MaxInstanceLifetime: group.maxLifetime }),
    Tags: group.tags.map((tag) => ({ TagKey: tag.Key, TagValue: tag.Value, Propagate: tag.Propagate })),
    CreationTime: timestamp(group.createdAt),
    ModificationTime: timestamp(group.modifiedAt),
  };
}

export function describeLimitation(): unknown {
  return {
    MaxNumberOfScalingGroups: 200,
    MaxNumberOfScalingConfigurations: 30,
    MaxNumberOfScalingRules: 50,
    MaxNumberOfScalingInstances: 2000,
    MaxNumberOfScheduledTasks: 100,
    MaxNumberOfLifecycleHooks: 6,
    MaxNumberOfNotificationConfigurations: 100,
    MaxNumberOfLoadBalancers: 30,
    MaxNumberOfVServerGroups: 50,
    MaxNumberOfAlbServerGroup: 30,
    MaxNumberOfNlbServerGroup: 30,
    MaxNumberOfDBInstances: 30,
    MaxNumberOfMinSize: 2000,
    MaxNumberOfMaxSize: 2000,
  };
}
