/** Instances of scaling groups: reads and changes by hand (2022-02-22). */
import { setWeight } from '../alb/servers.ts';
import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { checkSoon } from './controller.ts';
import { machine } from './ecs.ts';
import { among, essOf, groupInState, oneOf, pageOf, type Pages, timestamp } from './lookup.ts';
import { type Fate, startScaleIn } from './scale-in.ts';
import { startAttach } from './scale-out.ts';
import { hooksAreOff } from './scaling.ts';
import type { ScalingGroup, ScalingInstance } from './state.ts';

interface InstancesInput {
  readonly ScalingGroupId: string;
  readonly InstanceIds?: readonly string[];
  readonly DecreaseDesiredCapacity?: boolean;
  readonly IgnoreInvalidInstance?: boolean;
  readonly ProtectedFromScaleIn?: boolean;
  readonly Entrusted?: boolean;
  readonly LifecycleHookContext?: unknown;
  readonly LifecycleHook?: boolean;
}

export function describeScalingInstances(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Pages & {
    readonly ScalingGroupId?: string;
    readonly InstanceIds?: readonly string[];
    readonly LifecycleState?: string;
    readonly LifecycleStates?: readonly string[];
    readonly HealthStatus?: string;
    readonly CreationType?: string;
    readonly CreationTypes?: readonly string[];
    readonly ScalingActivityId?: string;
  };
  if (input.LifecycleState !== undefined && (input.LifecycleStates ?? []).length > 0) {
    throw new ApiError(
      'InvalidParameter.Conflict',
      400,
      'LifecycleState and LifecycleStates exclude each other.',
    );
  }
  const is = (wanted: string | undefined, actual: string) => wanted === undefined || wanted === actual;
  const matching = essOf(cloud)
    .instances.narrowed(input.ScalingGroupId, input.InstanceIds)
    .filter(
      (instance) =>
        essOf(cloud).groups.get(instance.groupId)?.regionId === call.regionId &&
        is(input.ScalingGroupId, instance.groupId) &&
        among(input.InstanceIds, instance.instanceId) &&
        is(input.LifecycleState, instance.state) &&
        among(input.LifecycleStates, instance.state) &&
        is(input.HealthStatus, instance.health) &&
        is(input.CreationType, instance.creationType) &&
        among(input.CreationTypes, instance.creationType) &&
        is(input.ScalingActivityId, instance.activityId),
    );
  const { entries, answer } = pageOf(matching, input, 100);
  return { ScalingInstances: entries.map(view), TotalSpotCount: 0, ...answer };
}

export function removeInstances(call: Call, cloud: Cloud): unknown {
  return leave(call, cloud, 'release');
}

export function detachInstances(call: Call, cloud: Cloud): unknown {
  return leave(call, cloud, 'detach');
}

function leave(call: Call, cloud: Cloud, fate: Fate): unknown {
  const input = call.params as unknown as InstancesInput;
  const group = groupInState(cloud, call, input.ScalingGroupId);
  const { members, ignored } = membersOf(cloud, group, input);
  const shrinks = input.DecreaseDesiredCapacity ?? true;
  if (group.desired === undefined && essOf(cloud).isBusy(group.id)) {
    throw new ApiError('ScalingActivityInProgress', 400, `A scaling activity of ${group.id} is in progress.`);
  }
  if (shrinks && group.desired !== undefined && group.desired - members.length < group.min) {
    throw new ApiError(
      'IncorrectCapacity.MinSize',
      400,
      `The capacity would fall below MinSize ${group.min} of ${group.id}.`,
    );
  }
  if (shrinks && group.desired !== undefined) group.desired -= members.length;
  const activity = startScaleIn(
    cloud,
    group,
    members,
    {
      cause: `A user requests to ${fate === 'release' ? 'remove' : 'detach'} "${members.length}" ECS instance(s).`,
      trigger: 'APIs',
      ignoreHooks: input.LifecycleHook === false || hooksAreOff(input.LifecycleHookContext),
    },
    fate,
  );
  if (group.state === 'Active') checkSoon(cloud, group);
  return { ScalingActivityId: activity.id, IgnoredInstances: ignored };
}

export function attachInstances(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as InstancesInput;
  const group = groupInState(cloud, call, input.ScalingGroupId, ['Active']);
  const ids = input.InstanceIds ?? [];
  if (ids.length === 0) throw new ApiError('MissingParameter', 400, 'InstanceIds is required.');
  for (const id of ids) {
    if (machine(cloud, id) === undefined) throw unknownInstance(id);
    if (essOf(cloud).instances.has(id)) {
      throw new ApiError(
        'InvalidInstance.InUse',
        400,
        `The instance ${id} belongs to a scaling group already.`,
      );
    }
  }
  if (essOf(cloud).instancesOf(group.id).length + ids.length > group.max) {
    throw new ApiError(
      'IncorrectCapacity.MaxSize',
      400,
      `The capacity would exceed MaxSize ${group.max} of ${group.id}.`,
    );
  }
  if (group.desired !== undefined) group.desired = Math.min(group.max, group.desired + ids.length);
  const activity = startAttach(cloud, group, ids, input.Entrusted ?? false, {
    cause: `A user requests to attach "${ids.length}" ECS instance(s).`,
    trigger: 'APIs',
    ignoreHooks: input.LifecycleHook !== true,
  });
  return { ScalingActivityId: activity.id };
}

export function enterStandby(call: Call, cloud: Cloud): unknown {
  return change(call, cloud, (group, instance) => {
    if (instance.state !== 'InService') throw wrongState(instance);
    instance.state = 'Standby';
    for (const attached of group.serverGroups) setWeight(cloud, attached.id, instance.instanceId, 0);
  });
}

export function exitStandby(call: Call, cloud: Cloud): unknown {
  return change(call, cloud, (group, instance) => {
    if (instance.state !== 'Standby') throw wrongState(instance);
    instance.state = 'InService';
    for (const attached of group.serverGroups) {
      setWeight(cloud, attached.id, instance.instanceId, attached.weight);
    }
  });
}

export function setInstancesProtection(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as InstancesInput;
  return change(call, cloud, (_group, instance) => {
    const on = input.ProtectedFromScaleIn ?? false;
    if (on && instance.state === 'InService') instance.state = 'Protected';
    else if (!on && instance.state === 'Protected') instance.state = 'InService';
    else if (instance.state !== 'Protected' && instance.state !== 'InService') throw wrongState(instance);
  });
}

export function setInstanceHealth(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as { readonly InstanceId: string; readonly HealthStatus: string };
  oneOf('HealthStatus', input.HealthStatus, ['Healthy', 'Unhealthy']);
  const instance = essOf(cloud).instances.get(input.InstanceId);
  if (instance === undefined) throw unknownInstance(input.InstanceId);
  instance.health = input.HealthStatus as ScalingInstance['health'];
  const group = essOf(cloud).groups.get(instance.groupId);
  if (group?.state === 'Active') checkSoon(cloud, group);
  return {};
}

function change(
  call: Call,
  cloud: Cloud,
  each: (group: ScalingGroup, instance: ScalingInstance) => void,
): unknown {
  const input = call.params as unknown as InstancesInput;
  const group = groupInState(cloud, call, input.ScalingGroupId);
  for (const instance of membersOf(cloud, group, input).members) each(group, instance);
  return {};
}

function membersOf(cloud: Cloud, group: ScalingGroup, input: InstancesInput) {
  const ids = input.InstanceIds ?? [];
  if (ids.length === 0) throw new ApiError('MissingParameter', 400, 'InstanceIds is required.');
  const members: ScalingInstance[] = [];
  const ignored: Record<string, string>[] = [];
  for (const id of ids) {
    const instance = essOf(cloud).instances.get(id);
    const isOurs = instance?.groupId === group.id && !instance.state.startsWith('Removing');
    if (instance && isOurs) members.push(instance);
    else if (input.IgnoreInvalidInstance === true) {
      ignored.push({
        InstanceId: id,
        Code: 'InvalidInstanceId.NotFound',
        Message: 'Not in the scaling group.',
      });
    } else throw unknownInstance(id);
  }
  return { members, ignored };
}

function unknownInstance(id: string): ApiError {
  return new ApiError('InvalidInstanceId.NotFound', 404, `The instance ${id} is not in the scaling group.`);
}

function wrongState(instance: ScalingInstance): ApiError {
  return new ApiError(
    'IncorrectInstanceStatus',
    400,
    `The current status of ${instance.instanceId} [${instance.state}] does not support this action.`,
  );
}

function view(instance: ScalingInstance): Record<string, unknown> {
  return {
    InstanceId: instance.instanceId,
    ScalingInstanceId: `asi-${instance.instanceId.slice(2)}`,
    ScalingGroupId: instance.groupId,
    ScalingActivityId: instance.activityId,
    LifecycleState: instance.state,
    HealthStatus: instance.health,
    WarmupState: 'NoNeedWarmup',
    CreationType: instance.creationType,
    Entrusted: instance.entrusted,
    ...(instance.templateId === ''
      ? {}
      : { LaunchTemplateId: instance.templateId, LaunchTemplateVersion: instance.templateVersion }),
    ZoneId: instance.zoneId,
    PrivateIpAddress: instance.ip,
    CreationTime: timestamp(instance.createdAt).replace(/:\d\dZ$/, 'Z'),
    CreatedTime: timestamp(instance.createdAt),
    SpotStrategy: 'NoSpot',
    WeightedCapacity: 1,
  };
}
