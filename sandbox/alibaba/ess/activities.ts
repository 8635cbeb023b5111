/** Scaling activities: starting and ending them. */
import { ApiError } from '../api-error.ts';
import type { Cloud } from '../cloud.ts';
import { essOf, newId } from './lookup.ts';
import { type Activity, isCapacity, type ScalingGroup } from './state.ts';

/** Why something scales. */
export interface Reason {
  readonly cause: string;
  readonly trigger: Activity['trigger'];
  readonly triggerId?: string;
  readonly metadata?: string;
  /** Instances do not wait for hooks. */
  readonly ignoreHooks?: boolean;
}

/** Opens an activity in progress. */
export function openActivity(
  cloud: Cloud,
  group: ScalingGroup,
  reason: Reason,
  about: { readonly description: string; readonly wanted: number },
): Activity {
  const activity: Activity = {
    id: newId('asa'),
    groupId: group.id,
    regionId: group.regionId,
    status: 'InProgress',
    statusMessage: '',
    progress: 0,
    cause: reason.cause,
    description: about.description,
    startedAt: new Date(),
    endedAt: undefined,
    errors: [],
    created: [],
    destroyed: [],
    trigger: reason.trigger,
    triggerId: reason.triggerId ?? '',
    metadata: reason.metadata ?? '',
    wanted: about.wanted,
    totalAfter: 0,
  };
  essOf(cloud).activities.set(activity.id, activity);
  return activity;
}

/** Ends an activity by how many of its instances came through. */
export function closeActivity(cloud: Cloud, activity: Activity, succeeded: number): void {
  activity.status = succeeded >= activity.wanted ? 'Successful' : succeeded > 0 ? 'Warning' : 'Failed';
  activity.statusMessage =
    activity.status === 'Successful'
      ? `"${succeeded}" ECS instances are processed.`
      : (activity.errors[0]?.Message ?? 'The activity did not complete.');
  activity.progress = 100;
  activity.endedAt = new Date();
  activity.totalAfter = essOf(cloud).instancesOf(activity.groupId).filter(isCapacity).length;
}

/** Notes a failure in an activity under the code of the API that refused. */
export function noteFailure(activity: Activity, error: unknown, instanceIds: readonly string[] = []): void {
  const Code = error instanceof ApiError ? error.code : 'InternalError';
  const Message = error instanceof Error ? error.message : String(error);
  activity.errors.push({ Code, Message, Description: Message, FailedInstanceIds: instanceIds });
}
