/** Scaling on request: by adjustment, by rule, by schedule. */
import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import type { Reason } from './activities.ts';
import { adjusted, clamp, removals } from './capacity.ts';
import { checkSoon, currentCapacity } from './controller.ts';
import { essOf, groupInState, oneOf } from './lookup.ts';
import { checkAdjustment } from './adjustment.ts';
import { startScaleIn } from './scale-in.ts';
import { startScaleOut } from './scale-out.ts';

interface Adjustment {
  readonly type: string;
  readonly value: number;
  readonly minMagnitude: number;
  /** Do it now, in a group with a desired capacity too. */
  readonly sync: boolean;
  readonly reason: Reason;
}

export function scaleWithAdjustment(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as {
    readonly ScalingGroupId: string;
    readonly AdjustmentType: string;
    readonly AdjustmentValue: number;
    readonly MinAdjustmentMagnitude?: number;
    readonly SyncActivity?: boolean;
    readonly ExecutionMode?: string;
    readonly ActivityMetadata?: string;
    readonly LifecycleHookContext?: unknown;
  };
  checkAdjustment(input.AdjustmentType, input.AdjustmentValue);
  oneOf('ExecutionMode', input.ExecutionMode ?? 'None', ['None', 'PlanOnly']);
  const adjustment: Adjustment = {
    type: input.AdjustmentType,
    value: input.AdjustmentValue,
    minMagnitude: input.MinAdjustmentMagnitude ?? 0,
    sync: input.SyncActivity ?? false,
    reason: {
      cause: 'A user requests to adjust the capacity of the group.',
      trigger: 'APIs',
      metadata: input.ActivityMetadata ?? '',
      ignoreHooks: hooksAreOff(input.LifecycleHookContext),
    },
  };
  if (input.ExecutionMode === 'PlanOnly') {
    const group = groupInState(cloud, call, input.ScalingGroupId, ['Active']);
    const current = currentCapacity(cloud, group);
    const change =
      clamp(adjusted(current, adjustment.type, adjustment.value), group.min, group.max) - current;
    return {
      ActivityType: 'CapacityChange',
      PlanResult: { ResourceAllocations: [{ Amount: Math.max(0, change) }] },
    };
  }
  return scale(call, cloud, input.ScalingGroupId, adjustment);
}

/** Moves the wish of a group, or its instances directly where there is no wish or `sync` asks for it. */
export function scale(call: Call, cloud: Cloud, groupId: string, adjustment: Adjustment): unknown {
  const group = groupInState(cloud, call, groupId, ['Active']);
  const present = currentCapacity(cloud, group);
  const current = group.desired ?? present;
  const wanted = clamp(
    adjusted(current, adjustment.type, adjustment.value, adjustment.minMagnitude),
    group.min,
    group.max,
  );
  if (wanted === current) {
    throw new ApiError(
      'IncorrectCapacity.NoChange',
      400,
      'The capacity of the group does not change by this adjustment.',
    );
  }
  if (group.desired !== undefined) {
    group.desired = wanted;
    checkSoon(cloud, group);
    if (!adjustment.sync) return { ActivityType: 'CapacityChange' };
  } else if (essOf(cloud).isBusy(group.id)) {
    throw new ApiError('ScalingActivityInProgress', 400, `A scaling activity of ${group.id} is in progress.`);
  }
  const activity =
    wanted > present
      ? startScaleOut(cloud, group, wanted - present, adjustment.reason)
      : startScaleIn(
          cloud,
          group,
          removals(group, essOf(cloud).instancesOf(group.id), present - wanted),
          adjustment.reason,
        );
  return { ScalingActivityId: activity.id, ActivityType: 'ScalingActivity' };
}

/** Whether a LifecycleHookContext (JSON text or already read) switches hooks off. */
export function hooksAreOff(context: unknown): boolean {
  if (context === undefined) return false;
  try {
    const read: unknown = typeof context === 'string' ? JSON.parse(context) : context;
    return typeof read === 'object' && read !== null && 'DisableLifecycleHook' in read
      ? read.DisableLifecycleHook === true || read.DisableLifecycleHook === 'true'
      : false;
  } catch {
    throw new ApiError('InvalidParameter', 400, 'LifecycleHookContext is not JSON.');
  }
}
