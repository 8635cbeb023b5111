/** Lifecycle hooks and their actions (2022-02-22). */
import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { releaseWaiting } from './hooks-run.ts';
import { among, checkName, essOf, groupInState, newId, oneOf, pageOf, type Pages, within } from './lookup.ts';
import type { LifecycleAction, LifecycleHook, ScalingGroup } from './state.ts';

export interface HookInput {
  readonly ScalingGroupId: string;
  readonly LifecycleHookId?: string;
  readonly LifecycleHookName?: string;
  readonly LifecycleTransition?: string;
  readonly DefaultResult?: string;
  readonly HeartbeatTimeout?: number;
  readonly LifecycleHookStatus?: string;
  readonly NotificationArn?: string;
  readonly NotificationMetadata?: string;
}

const MOST_HOOKS = 6;
const RESULTS = ['CONTINUE', 'ABANDON'];

export function createLifecycleHook(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as HookInput;
  return { LifecycleHookId: addHook(cloud, groupInState(cloud, call, input.ScalingGroupId), input).id };
}

/** Adds a hook to a group, wherever the request for it came from. */
export function addHook(cloud: Cloud, group: ScalingGroup, input: HookInput): LifecycleHook {
  checkHook(input);
  const state = essOf(cloud);
  const hooks = state.hooksOf(group.id);
  const id = newId('ash');
  const name = input.LifecycleHookName ?? id;
  if (input.LifecycleTransition === undefined) {
    throw new ApiError('MissingParameter', 400, 'LifecycleTransition is required.');
  }
  if (hooks.some((hook) => hook.name === name)) {
    throw new ApiError(
      'InvalidLifecycleHookName.Duplicate',
      400,
      `The lifecycle hook ${name} exists already.`,
    );
  }
  if (hooks.length >= MOST_HOOKS) {
    throw new ApiError(
      'QuotaExceeded.LifecycleHook',
      400,
      `A group takes at most ${MOST_HOOKS} lifecycle hooks.`,
    );
  }
  const hook: LifecycleHook = {
    id,
    groupId: group.id,
    name,
    transition: input.LifecycleTransition as LifecycleHook['transition'],
    defaultResult: (input.DefaultResult ?? 'CONTINUE') as LifecycleHook['defaultResult'],
    heartbeatTimeout: input.HeartbeatTimeout ?? 600,
    status: 'Active',
    notificationArn: input.NotificationArn ?? '',
    notificationMetadata: input.NotificationMetadata ?? '',
  };
  state.hooks.set(id, hook);
  return hook;
}

function checkHook(input: HookInput): void {
  checkName('LifecycleHookName', input.LifecycleHookName);
  oneOf('LifecycleTransition', input.LifecycleTransition ?? 'SCALE_OUT', ['SCALE_OUT', 'SCALE_IN']);
  oneOf('DefaultResult', input.DefaultResult ?? 'CONTINUE', RESULTS);
  oneOf('LifecycleHookStatus', input.LifecycleHookStatus ?? 'Active', ['Active', 'InActive']);
  within('HeartbeatTimeout', input.HeartbeatTimeout ?? 600, 30, 21_600);
  const arn = input.NotificationArn ?? '';
  if (arn !== '' && !/^acs:(mns:[\w-]+:\d+:(queue|topic)|oos:[\w-]+:\d+:template)\/[\w-]+$/.test(arn)) {
    throw new ApiError('InvalidNotificationArn', 400, `The notification target ${arn} is not valid.`);
  }
}

export function modifyLifecycleHook(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as HookInput;
  const hook = hookOf(cloud, input);
  checkHook(input);
  Object.assign(hook, {
    transition: (input.LifecycleTransition ?? hook.transition) as LifecycleHook['transition'],
    defaultResult: (input.DefaultResult ?? hook.defaultResult) as LifecycleHook['defaultResult'],
    heartbeatTimeout: input.HeartbeatTimeout ?? hook.heartbeatTimeout,
    status: (input.LifecycleHookStatus ?? hook.status) as LifecycleHook['status'],
    notificationArn: input.NotificationArn ?? hook.notificationArn,
    notificationMetadata: input.NotificationMetadata ?? hook.notificationMetadata,
  } satisfies Partial<LifecycleHook>);
  return {};
}

export function deleteLifecycleHook(call: Call, cloud: Cloud): unknown {
  const hook = hookOf(cloud, call.params as unknown as HookInput);
  essOf(cloud).hooks.delete(hook.id);
  releaseWaiting(cloud, { hookId: hook.id });
  return {};
}

export function describeLifecycleHooks(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Pages & {
    readonly ScalingGroupId?: string;
    readonly LifecycleHookName?: string;
    readonly LifecycleHookIds?: readonly string[];
  };
  const matching = essOf(cloud)
    .hooks.narrowed(input.ScalingGroupId, input.LifecycleHookIds)
    .filter(
      (hook) =>
        (input.ScalingGroupId === undefined || hook.groupId === input.ScalingGroupId) &&
        (input.LifecycleHookName === undefined || hook.name === input.LifecycleHookName) &&
        among(input.LifecycleHookIds, hook.id),
    );
  const { entries, answer } = pageOf(matching, input);
  return {
    LifecycleHooks: entries.map((hook) => ({
      LifecycleHookId: hook.id,
      LifecycleHookName: hook.name,
      LifecycleHookStatus: hook.status,
      LifecycleTransition: hook.transition,
      ScalingGroupId: hook.groupId,
      DefaultResult: hook.defaultResult,
      HeartbeatTimeout: hook.heartbeatTimeout,
      NotificationArn: hook.notificationArn,
      NotificationMetadata: hook.notificationMetadata,
    })),
    ...answer,
  };
}

export function describeLifecycleActions(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as {
    readonly ScalingActivityId: string;
    readonly LifecycleActionStatus?: string;
    readonly MaxResults?: number;
    readonly NextToken?: string;
  };
  const matching = essOf(cloud)
    .actions.bearing(input.ScalingActivityId)
    .filter(
      (action) =>
        action.activityId === input.ScalingActivityId &&
        (input.LifecycleActionStatus === undefined || action.status === input.LifecycleActionStatus),
    );
  const size = input.MaxResults ?? 10;
  within('MaxResults', size, 1, 50);
  const from = Number(input.NextToken ?? 0) || 0;
  return {
    LifecycleActions: matching.slice(from, from + size).map((action) => ({
      LifecycleHookId: action.hookId,
      LifecycleActionToken: action.token,
      LifecycleActionStatus: action.status,
      LifecycleActionResult: action.result,
      InstanceIds: action.instanceIds,
    })),
    TotalCount: matching.length,
    MaxResults: size,
    ...(from + size < matching.length ? { NextToken: String(from + size) } : {}),
  };
}

export function completeLifecycleAction(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as {
    readonly LifecycleHookId: string;
    readonly LifecycleActionToken: string;
    readonly LifecycleActionResult?: string;
  };
  const action = pendingAction(cloud, input.LifecycleHookId, input.LifecycleActionToken);
  const result = input.LifecycleActionResult ?? action.result;
  oneOf('LifecycleActionResult', result, RESULTS);
  action.settle('Completed', result as LifecycleAction['result']);
  return {};
}

/** Alone in this API the parameters of the heartbeat begin with small letters. */
export function recordLifecycleActionHeartbeat(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as {
    readonly lifecycleHookId: string;
    readonly lifecycleActionToken: string;
    readonly heartbeatTimeout?: number;
  };
  const action = pendingAction(cloud, input.lifecycleHookId, input.lifecycleActionToken);
  const seconds = input.heartbeatTimeout ?? essOf(cloud).hooks.get(action.hookId)?.heartbeatTimeout ?? 600;
  within('heartbeatTimeout', seconds, 30, 21_600);
  action.beat(seconds);
  return {};
}

function pendingAction(cloud: Cloud, hookId: string, token: string): LifecycleAction {
  const action = essOf(cloud).actions.get(token);
  if (action?.hookId === hookId && action.status === 'Pending') return action;
  throw new ApiError(
    'LifecycleHookIdAndLifecycleActionToken.Invalid',
    400,
    'The lifecycle action does not exist, is completed, or has timed out.',
  );
}

function hookOf(cloud: Cloud, input: HookInput): LifecycleHook {
  const hooks = essOf(cloud).hooks.narrowed(input.LifecycleHookId ?? input.ScalingGroupId);
  const found =
    input.LifecycleHookId === undefined
      ? hooks.find((hook) => hook.groupId === input.ScalingGroupId && hook.name === input.LifecycleHookName)
      : hooks.find((hook) => hook.id === input.LifecycleHookId);
  if (found) return found;
  throw new ApiError('InvalidLifecycleHookId.NotExist', 404, 'The specified lifecycle hook does not exist.');
}
