/** What CreateScalingGroup and ModifyScalingGroup take, checked. */
import { albOf } from '../alb/lookup.ts';
import type { ServerGroup } from '../alb/state.ts';
import { ApiError } from '../api-error.ts';
import type { Cloud } from '../cloud.ts';
import { checkTemplate, requireVSwitch } from './ecs.ts';
import { essOf, oneOf, within } from './lookup.ts';
import type { AttachedServerGroup, GroupTag, ScalingGroup } from './state.ts';

export interface AlbServerGroupInput {
  readonly AlbServerGroupId?: string;
  readonly Port?: number;
  readonly Weight?: number;
}

export interface ServerGroupInput {
  readonly ServerGroupId?: string;
  readonly Type?: string;
  readonly Port?: number;
  readonly Weight?: number;
}

export interface GroupInput {
  readonly ScalingGroupId: string;
  readonly ScalingGroupName?: string;
  readonly MinSize?: number;
  readonly MaxSize?: number;
  readonly DesiredCapacity?: number;
  readonly DisableDesiredCapacity?: boolean;
  readonly DefaultCooldown?: number;
  readonly LaunchTemplateId?: string;
  readonly LaunchTemplateVersion?: string;
  readonly LaunchTemplateOverrides?: readonly { readonly InstanceType?: string }[];
  readonly VSwitchId?: string;
  readonly VSwitchIds?: readonly string[];
  readonly MultiAZPolicy?: string;
  readonly GroupType?: string;
  readonly ServerGroups?: readonly ServerGroupInput[];
  readonly AlbServerGroups?: readonly AlbServerGroupInput[];
  readonly HealthCheckType?: string;
  readonly HealthCheckTypes?: readonly string[];
  readonly RemovalPolicies?: readonly string[];
  readonly ScalingPolicy?: string;
  readonly StopInstanceTimeout?: number;
  readonly MaxInstanceLifetime?: number;
  readonly GroupDeletionProtection?: boolean;
  readonly ResourceGroupId?: string;
  readonly Tags?: readonly Partial<GroupTag>[];
  readonly LifecycleHooks?: readonly Record<string, unknown>[];
}

const MOST_INSTANCES = 2000;

/** Checks the values that stand for themselves; absent ones are fine. */
export function checkValues(input: GroupInput): void {
  if (input.DefaultCooldown !== undefined) within('DefaultCooldown', input.DefaultCooldown, 0, 86_400);
  if (input.StopInstanceTimeout !== undefined)
    within('StopInstanceTimeout', input.StopInstanceTimeout, 30, 240);
  if (input.MaxInstanceLifetime !== undefined && input.MaxInstanceLifetime !== 0) {
    within('MaxInstanceLifetime', input.MaxInstanceLifetime, 86_400, 315_360_000);
  }
  oneOf('MultiAZPolicy', input.MultiAZPolicy ?? 'PRIORITY', [
    'PRIORITY',
    'BALANCE',
    'COST_OPTIMIZED',
    'COMPOSABLE',
  ]);
  oneOf('GroupType', input.GroupType ?? 'ECS', ['ECS']);
  oneOf('ScalingPolicy', input.ScalingPolicy ?? 'release', [
    'release',
    'recycle',
    'forcerelease',
    'forcerecycle',
  ]);
  for (const type of healthCheckTypes(input) ?? [])
    oneOf('HealthCheckType', type, ['NONE', 'ECS', 'LOAD_BALANCER']);
  for (const policy of input.RemovalPolicies ?? []) {
    oneOf('RemovalPolicies', policy, [
      'OldestInstance',
      'NewestInstance',
      'OldestScalingConfiguration',
      'CustomPolicy',
    ]);
  }
  if ((input.LaunchTemplateOverrides ?? []).length > 10) {
    throw new ApiError('InvalidParameter', 400, 'LaunchTemplateOverrides takes at most 10 instance types.');
  }
}

/** `HealthCheckTypes` counts only without `HealthCheckType`. */
export function healthCheckTypes(input: GroupInput): readonly string[] | undefined {
  if (input.HealthCheckType !== undefined) return [input.HealthCheckType];
  return (input.HealthCheckTypes ?? []).length > 0 ? input.HealthCheckTypes : undefined;
}

/** Min ≤ desired ≤ max ≤ 2000. */
export function checkSizes(min: number, max: number, desired: number | undefined): void {
  within('MinSize', min, 0, MOST_INSTANCES);
  within('MaxSize', max, 0, MOST_INSTANCES);
  if (min > max) {
    throw new ApiError('InvalidParameter.Conflict', 400, `MinSize ${min} is above MaxSize ${max}.`);
  }
  if (desired !== undefined && (desired < min || desired > max)) {
    throw new ApiError(
      'InvalidParameter.Conflict',
      400,
      `DesiredCapacity ${desired} is not between MinSize ${min} and MaxSize ${max}.`,
    );
  }
}

/** Checks vSwitches of a region and returns the VPC they share. */
export function checkVSwitches(cloud: Cloud, regionId: string, ids: readonly string[]): string {
  const [first, ...rest] = ids.map((id) => requireVSwitch(cloud, regionId, id));
  if (first === undefined) {
    throw new ApiError(
      'ResourceNotAvailable.ClassicNetwork',
      400,
      'A scaling group without a vSwitch would be of the classic network, which is not available.',
    );
  }
  if (rest.some((vSwitch) => vSwitch.vpcId !== first.vpcId)) {
    throw new ApiError(
      'InvalidParameter.Conflict',
      400,
      'The vSwitches of a scaling group must be of one VPC.',
    );
  }
  return first.vpcId;
}

/**
 * Checks the launch template as far as Auto Scaling does now: that it is there and complete, not that it works.
 *
 * @param group whose template a version alone is of
 */
export function checkLaunchTemplate(
  cloud: Cloud,
  regionId: string,
  input: GroupInput,
  group?: Pick<ScalingGroup, 'templateId' | 'overrides'>,
): void {
  const version = input.LaunchTemplateVersion ?? 'Default';
  if (!/^(\d+|Default|Latest)$/.test(version)) {
    throw new ApiError('TemplateVersion.NotNumber', 400, `The template version ${version} is not a number.`);
  }
  const own = input.LaunchTemplateVersion === undefined ? undefined : group?.templateId;
  const id = input.LaunchTemplateId ?? own;
  if (id === undefined || id === '') return;
  const overrides = input.LaunchTemplateOverrides ?? group?.overrides ?? [];
  checkTemplate(cloud, regionId, { id, version, hasOverrides: overrides.length > 0 });
}

/** Reads both ways of naming server groups and checks each. */
export function serverGroupsOf(
  cloud: Cloud,
  input: Pick<GroupInput, 'ServerGroups' | 'AlbServerGroups'>,
  vpcId: string,
): AttachedServerGroup[] {
  const named = [
    ...(input.AlbServerGroups ?? []).map((one) => ({
      ...one,
      id: one.AlbServerGroupId,
      via: 'AlbServerGroups' as const,
    })),
    ...(input.ServerGroups ?? []).map((one) => {
      oneOf('ServerGroups.Type', one.Type ?? '', ['ALB']);
      return { ...one, id: one.ServerGroupId, via: 'ServerGroups' as const };
    }),
  ];
  const seen = new Set<string>();
  return named.map(({ id, Port, Weight, via }) => {
    if (id === undefined || Port === undefined) {
      throw new ApiError('MissingParameter', 400, 'A server group needs its id and Port.');
    }
    within('Port', Port, 1, 65_535);
    within('Weight', Weight ?? 50, 0, 100);
    if (seen.has(`${id}:${Port}`)) {
      throw new ApiError('InvalidParameter.Conflict', 400, `The server group ${id} is named twice.`);
    }
    seen.add(`${id}:${Port}`);
    checkServerGroup(albOf(cloud).serverGroups.get(id), id, vpcId);
    return { id, port: Port, weight: Weight ?? 50, via };
  });
}

function checkServerGroup(group: ServerGroup | undefined, id: string, vpcId: string): void {
  if (group === undefined) {
    throw new ApiError('AlbServerGroup.NotExist', 404, `The ALB server group ${id} does not exist.`);
  }
  if (group.status !== 'Available') {
    throw new ApiError(
      'IncorrectLoadBalancerStatus',
      400,
      `The status of ${id} [${group.status}] is incorrect.`,
    );
  }
  if (group.type !== 'Instance' || group.vpcId !== vpcId) {
    throw new ApiError(
      'AlbServerGroup.VpcMismatch',
      400,
      `The ALB server group ${id} is not of the VPC ${vpcId}.`,
    );
  }
}

/** Names of scaling groups are unique in a region. */
export function refuseTakenName(cloud: Cloud, regionId: string, name: string, self?: string): void {
  const taken = essOf(cloud)
    .groups.bearing(name)
    .some((group: ScalingGroup) => group.regionId === regionId && group.name === name && group.id !== self);
  if (!taken) return;
  throw new ApiError(
    'InvalidScalingGroupName.Duplicate',
    400,
    `The scaling group name ${name} exists already.`,
  );
}
