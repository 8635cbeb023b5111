/** Scaling groups: making, changing, enabling, removing them (2022-02-22). */
import { albOf } from '../alb/lookup.ts';
import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { inRegion } from '../table.ts';
import { checkSoon, dissolve } from './controller.ts';
import {
  checkLaunchTemplate,
  checkSizes,
  checkValues,
  checkVSwitches,
  type GroupInput,
  healthCheckTypes,
  refuseTakenName,
  serverGroupsOf,
} from './group-input.ts';
import { addHook, type HookInput } from './hooks.ts';
import { checkName, essOf, groupById, groupInState, newId, oneOf } from './lookup.ts';
import type { ScalingGroup } from './state.ts';
import { newTags } from './tags.ts';

const PROCESSES = ['ScaleIn', 'ScaleOut', 'HealthCheck', 'AlarmNotification', 'ScheduledAction'];

export function createScalingGroup(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as GroupInput;
  const state = essOf(cloud);
  const min = input.MinSize ?? 0;
  const max = input.MaxSize ?? 0;
  checkName('ScalingGroupName', input.ScalingGroupName);
  checkValues(input);
  const tags = newTags(input.Tags);
  checkSizes(min, max, input.DesiredCapacity);
  const vSwitchIds = input.VSwitchIds ?? (input.VSwitchId === undefined ? [] : [input.VSwitchId]);
  const vpcId = checkVSwitches(cloud, call.regionId, vSwitchIds);
  checkLaunchTemplate(cloud, call.regionId, input);
  const serverGroups = serverGroupsOf(cloud, input, vpcId);
  const id = newId('asg');
  refuseTakenName(cloud, call.regionId, input.ScalingGroupName ?? id);
  const quota = cloud.settings.quotas.scalingGroups;
  if (state.groups.count(inRegion(call.regionId)) >= quota) {
    throw new ApiError('QuotaExceeded.ScalingGroup', 400, `There are ${quota} scaling groups already.`);
  }

  const group: ScalingGroup = {
    id,
    regionId: call.regionId,
    name: input.ScalingGroupName ?? id,
    state: 'Inactive',
    min,
    max,
    desired: input.DesiredCapacity,
    cooldown: input.DefaultCooldown ?? 300,
    templateId: input.LaunchTemplateId ?? '',
    templateVersion: input.LaunchTemplateVersion ?? 'Default',
    overrides: overridesOf(input),
    vSwitchIds,
    vpcId,
    multiAz: input.MultiAZPolicy ?? 'PRIORITY',
    groupType: input.GroupType ?? 'ECS',
    serverGroups,
    healthCheckTypes: healthCheckTypes(input) ?? ['ECS'],
    removalPolicies: input.RemovalPolicies ?? ['OldestScalingConfiguration', 'OldestInstance'],
    scalingPolicy: input.ScalingPolicy ?? 'release',
    stopTimeout: input.StopInstanceTimeout,
    maxLifetime: input.MaxInstanceLifetime,
    deletionProtection: input.GroupDeletionProtection ?? false,
    resourceGroupId: input.ResourceGroupId ?? 'rg-default',
    tags,
    suspended: new Set(),
    createdAt: new Date(),
    modifiedAt: new Date(),
    visibleAt: cloud.visibleAt(1_000),
    launching: 0,
    retryAt: 0,
    failures: 0,
    cancelCheck: () => undefined,
  };
  state.groups.set(id, group);
  for (const attached of serverGroups) albOf(cloud).serverGroups.get(attached.id)?.scalingGroups.add(id);
  for (const hook of input.LifecycleHooks ?? []) addHook(cloud, group, hook as unknown as HookInput);
  return { ScalingGroupId: id };
}

export function modifyScalingGroup(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as GroupInput;
  const group = groupInState(cloud, call, input.ScalingGroupId);
  const min = input.MinSize ?? group.min;
  const max = input.MaxSize ?? group.max;
  const desired =
    input.DisableDesiredCapacity === true ? undefined : (input.DesiredCapacity ?? group.desired);
  checkName('ScalingGroupName', input.ScalingGroupName);
  checkValues(input);
  checkSizes(min, max, desired);
  checkLaunchTemplate(cloud, group.regionId, input, group);
  const { VSwitchIds, ScalingGroupName } = input;
  if (VSwitchIds !== undefined && checkVSwitches(cloud, group.regionId, VSwitchIds) !== group.vpcId) {
    throw new ApiError('InvalidParameter.Conflict', 400, `The vSwitches are not of the VPC ${group.vpcId}.`);
  }
  if (ScalingGroupName !== undefined) {
    refuseTakenName(cloud, group.regionId, ScalingGroupName, group.id);
  }
  const isNewTemplate = input.LaunchTemplateId !== undefined && input.LaunchTemplateId !== group.templateId;
  Object.assign(group, {
    name: input.ScalingGroupName ?? group.name,
    min,
    max,
    desired,
    cooldown: input.DefaultCooldown ?? group.cooldown,
    templateId: input.LaunchTemplateId ?? group.templateId,
    templateVersion: input.LaunchTemplateVersion ?? (isNewTemplate ? 'Default' : group.templateVersion),
    overrides: input.LaunchTemplateOverrides === undefined ? group.overrides : overridesOf(input),
    vSwitchIds: input.VSwitchIds ?? group.vSwitchIds,
    multiAz: input.MultiAZPolicy ?? group.multiAz,
    healthCheckTypes: healthCheckTypes(input) ?? group.healthCheckTypes,
    removalPolicies: input.RemovalPolicies ?? group.removalPolicies,
    scalingPolicy: input.ScalingPolicy ?? group.scalingPolicy,
    stopTimeout: input.StopInstanceTimeout ?? group.stopTimeout,
    maxLifetime: input.MaxInstanceLifetime ?? group.maxLifetime,
    deletionProtection: input.GroupDeletionProtection ?? group.deletionProtection,
    modifiedAt: new Date(),
    // A change wakes a group that had given up for a while.
    retryAt: 0,
    failures: 0,
  } satisfies Partial<ScalingGroup>);
  essOf(cloud).groups.remark(group.id);
  if (group.state === 'Active') checkSoon(cloud, group);
  return {};
}

export function enableScalingGroup(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as GroupInput;
  const group = groupInState(cloud, call, input.ScalingGroupId, ['Inactive']);
  checkLaunchTemplate(cloud, group.regionId, input, group);
  group.templateId = input.LaunchTemplateId ?? group.templateId;
  group.templateVersion = input.LaunchTemplateVersion ?? group.templateVersion;
  if (group.templateId === '') {
    throw new ApiError(
      'MissingActiveScalingConfiguration',
      400,
      `The scaling group ${group.id} has neither a launch template nor an active configuration.`,
    );
  }
  group.state = 'Active';
  checkSoon(cloud, group);
  return {};
}

export function disableScalingGroup(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as GroupInput;
  const group = groupInState(cloud, call, input.ScalingGroupId, ['Active']);
  group.state = 'Inactive';
  group.cancelCheck();
  return {};
}

export function deleteScalingGroup(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as GroupInput & { readonly ForceDelete?: boolean };
  const group = groupById(cloud, call, input.ScalingGroupId);
  if (group.deletionProtection) {
    throw new ApiError(
      'InvalidOperation.DeletionProtection',
      400,
      `The scaling group ${group.id} is protected against deletion.`,
    );
  }
  if (group.state === 'Deleting') return {};
  const isEmpty = essOf(cloud).instancesOf(group.id).length === 0 && group.launching === 0;
  if (!isEmpty && input.ForceDelete !== true) {
    throw new ApiError('InstanceInUse', 400, `The scaling group ${group.id} still has ECS instances.`);
  }
  void dissolve(cloud, group);
  return {};
}

export function setGroupDeletionProtection(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as GroupInput;
  groupInState(cloud, call, input.ScalingGroupId).deletionProtection = input.GroupDeletionProtection ?? false;
  return {};
}

export function suspendProcesses(call: Call, cloud: Cloud): unknown {
  const { group, processes } = processesOf(call, cloud);
  for (const process of processes) group.suspended.add(process);
  return {};
}

export function resumeProcesses(call: Call, cloud: Cloud): unknown {
  const { group, processes } = processesOf(call, cloud);
  for (const process of processes) group.suspended.delete(process);
  if (group.state === 'Active') checkSoon(cloud, group);
  return {};
}

function processesOf(call: Call, cloud: Cloud) {
  const input = call.params as unknown as {
    readonly ScalingGroupId: string;
    readonly Processes?: readonly string[];
  };
  const processes = input.Processes ?? [];
  if (processes.length === 0) throw new ApiError('MissingParameter', 400, 'Processes is required.');
  for (const process of processes) oneOf('Processes', process, PROCESSES);
  return { group: groupInState(cloud, call, input.ScalingGroupId), processes };
}

function overridesOf(input: GroupInput): { readonly InstanceType: string }[] {
  return (input.LaunchTemplateOverrides ?? []).flatMap((one) =>
    one.InstanceType === undefined ? [] : [{ InstanceType: one.InstanceType }],
  );
}
