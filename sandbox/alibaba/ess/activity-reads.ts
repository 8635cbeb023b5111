/** Reads of scaling activities (2022-02-22). */
import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { among, essOf, pageOf, type Pages, timestamp } from './lookup.ts';
import type { Activity } from './state.ts';

export function describeScalingActivities(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Pages & {
    readonly ScalingGroupId?: string;
    readonly ScalingActivityIds?: readonly string[];
    readonly StatusCode?: string;
  };
  const byIds = (input.ScalingActivityIds ?? []).length > 0;
  if (byIds === (input.ScalingGroupId !== undefined)) {
    throw new ApiError(
      'InvalidParameter',
      400,
      'Exactly one of ScalingGroupId and ScalingActivityIds is needed.',
    );
  }
  const matching = essOf(cloud)
    .activities.narrowed(input.ScalingGroupId, input.ScalingActivityIds)
    .filter(
      (activity) =>
        activity.regionId === call.regionId &&
        (input.ScalingGroupId === undefined || activity.groupId === input.ScalingGroupId) &&
        among(input.ScalingActivityIds, activity.id) &&
        (input.StatusCode === undefined || activity.status === input.StatusCode),
    )
    .toReversed();
  const { entries, answer } = pageOf(matching, input);
  return { ScalingActivities: entries.map(view), ...answer };
}

export function describeScalingActivityDetail(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as { readonly ScalingActivityId: string };
  const activity = essOf(cloud).activities.get(input.ScalingActivityId);
  if (activity === undefined) {
    throw new ApiError(
      'InvalidScalingActivityId.NotFound',
      404,
      `No activity ${input.ScalingActivityId} exists.`,
    );
  }
  return { ScalingActivityId: activity.id, Detail: detail(activity) };
}

function detail(activity: Activity): string {
  const created = activity.created.map((id) => `new ECS instance "${id}"`);
  const destroyed = activity.destroyed.map((id) => `ECS instance "${id}" removed`);
  return [
    ...created,
    ...destroyed,
    ...activity.errors.map((error) => `${error.Code}: ${error.Message}`),
  ].join('; ');
}

function view(activity: Activity): Record<string, unknown> {
  const [first] = activity.errors;
  return {
    ScalingActivityId: activity.id,
    ScalingGroupId: activity.groupId,
    StatusCode: activity.status,
    StatusMessage: activity.statusMessage,
    Progress: activity.progress,
    Cause: activity.cause,
    Description: activity.description,
    Detail: detail(activity),
    StartTime: timestamp(activity.startedAt),
    ...(activity.endedAt === undefined ? {} : { EndTime: timestamp(activity.endedAt) }),
    ...(first === undefined ? {} : { ErrorCode: first.Code, ErrorMessage: first.Message }),
    ErrorMessages: activity.errors,
    CreatedInstances: activity.created,
    CreatedCapacity: activity.created.length,
    DestroyedInstances: activity.destroyed,
    DestroyedCapacity: activity.destroyed.length,
    ScalingInstanceNumber: activity.wanted,
    TotalCapacity: String(activity.totalAfter),
    TriggerSourceType: activity.trigger,
    TriggerSourceId: activity.triggerId,
    ActivityMetadata: activity.metadata,
  };
}
