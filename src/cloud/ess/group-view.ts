import { eachOnce } from '../calling/each-once.ts';
import { fromTagList } from '../calling/tags.ts';
import type { Tags } from '../calling/tags.ts';
import type { WireObject } from '../calling/wire-answer.ts';

export interface ScalingGroup {
  readonly scalingGroupId: string;
  readonly scalingGroupName: string;
  /** `Inactive`, `Active`, `Deleting`. */
  readonly lifecycleState: string;
  readonly minSize: number;
  readonly maxSize: number;
  /** Undefined when the group has none and only keeps between min and max. */
  readonly desiredCapacity: number | undefined;
  /** All instances in whatever state. */
  readonly totalCapacity: number;
  /** In service, those protected from scale-in too. */
  readonly activeCapacity: number;
  readonly pendingCapacity: number;
  readonly removingCapacity: number;
  readonly cooldownSeconds: number | undefined;
  readonly launchTemplateId: string | undefined;
  readonly launchTemplateVersion: string | undefined;
  readonly instanceTypes: readonly string[];
  readonly vSwitchIds: readonly string[];
  readonly vpcId: string | undefined;
  readonly serverGroupIds: readonly string[];
  readonly serverGroups: readonly { readonly serverGroupId: string; readonly port: number }[];
  readonly multiAzPolicy: string | undefined;
  readonly healthCheckTypes: readonly string[];
  readonly suspendedProcesses: readonly string[];
  /** Failing for a week: Auto Scaling has stopped trying. */
  readonly systemSuspended: boolean;
  readonly deletionProtection: boolean;
  /** ISO 8601, UTC. */
  readonly createdAt: string | undefined;
  readonly tags: Tags;
}

/** A group of DescribeScalingGroups (ESS 2022-02-22). */
export const toScalingGroup = eachOnce(readScalingGroup);

function readScalingGroup(one: WireObject): ScalingGroup {
  const serverGroups = [
    ...one.objects('AlbServerGroups').map((group) => ({
      serverGroupId: group.text('AlbServerGroupId') ?? '',
      port: group.number('Port') ?? 0,
    })),
    ...one
      .objects('ServerGroups')
      .filter((group) => (group.text('Type') ?? 'ALB') === 'ALB')
      .map((group) => ({
        serverGroupId: group.text('ServerGroupId') ?? '',
        port: group.number('Port') ?? 0,
      })),
  ];
  const unique = [
    ...new Map(serverGroups.map((group) => [`${group.serverGroupId} ${group.port}`, group])).values(),
  ];
  const checks = one.texts('HealthCheckTypes');
  const check = one.text('HealthCheckType');
  return {
    scalingGroupId: one.text('ScalingGroupId') ?? '',
    scalingGroupName: one.text('ScalingGroupName') ?? '',
    lifecycleState: one.text('LifecycleState') ?? '',
    minSize: one.number('MinSize') ?? 0,
    maxSize: one.number('MaxSize') ?? 0,
    desiredCapacity: one.number('DesiredCapacity'),
    totalCapacity: one.number('TotalCapacity') ?? 0,
    activeCapacity: (one.number('ActiveCapacity') ?? 0) + (one.number('ProtectedCapacity') ?? 0),
    pendingCapacity: (one.number('PendingCapacity') ?? 0) + (one.number('PendingWaitCapacity') ?? 0),
    removingCapacity: (one.number('RemovingCapacity') ?? 0) + (one.number('RemovingWaitCapacity') ?? 0),
    cooldownSeconds: one.number('DefaultCooldown'),
    launchTemplateId: one.text('LaunchTemplateId'),
    launchTemplateVersion: one.text('LaunchTemplateVersion'),
    instanceTypes: one.objects('LaunchTemplateOverrides').flatMap((each) => each.text('InstanceType') ?? []),
    vSwitchIds: one.texts('VSwitchIds'),
    vpcId: one.text('VpcId'),
    serverGroupIds: [...new Set(unique.map((group) => group.serverGroupId))],
    serverGroups: unique,
    multiAzPolicy: one.text('MultiAZPolicy'),
    healthCheckTypes: checks.length > 0 ? checks : check === undefined ? [] : [check],
    suspendedProcesses: one.texts('SuspendedProcesses'),
    systemSuspended: one.boolean('SystemSuspended') ?? false,
    deletionProtection: one.boolean('GroupDeletionProtection') ?? false,
    createdAt: one.text('CreationTime'),
    tags: fromTagList(
      one.objects('Tags').map((tag) => ({
        tagKey: tag.text('TagKey') ?? tag.text('Key'),
        tagValue: tag.text('TagValue') ?? tag.text('Value'),
      })),
    ),
  };
}

/** Tags of a group that its new instances get too. */
export function groupTags(tags: Tags) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value, Propagate: true }));
}
