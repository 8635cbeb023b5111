/** Scheduled tasks (2022-02-22): they really fire, by the wall clock. */
import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { checkSoon } from './controller.ts';
import { among, checkName, essOf, groupById, newId, oneOf, pageOf, type Pages, within } from './lookup.ts';
import { nextDue, readTime, type Schedule } from './schedule.ts';
import { scale } from './scaling.ts';
import type { ScheduledTask } from './state.ts';

type Settings = Schedule & {
  readonly ScalingGroupId?: string;
  readonly ScheduledAction?: string;
  readonly MinValue?: number;
  readonly MaxValue?: number;
  readonly DesiredCapacity?: number;
  readonly LaunchExpirationTime?: number;
  readonly Description?: string;
};

type TaskInput = Settings & {
  readonly RegionId?: string;
  readonly ScheduledTaskId: string;
  readonly ScheduledTaskName?: string;
  readonly TaskEnabled?: boolean;
};

const DAY_MS = 86_400_000;

export function createScheduledTask(call: Call, cloud: Cloud): unknown {
  const {
    ScheduledTaskName,
    TaskEnabled,
    RegionId: _region,
    ...settings
  } = call.params as unknown as TaskInput;
  const state = essOf(cloud);
  const id = newId('sct');
  const name = ScheduledTaskName ?? id;
  checkName('ScheduledTaskName', ScheduledTaskName);
  checkSettings(call, cloud, settings);
  if ([...state.tasks.values()].some((task) => task.regionId === call.regionId && task.name === name)) {
    throw new ApiError(
      'InvalidScheduledTaskName.Duplicate',
      400,
      `The scheduled task ${name} exists already.`,
    );
  }
  const task: ScheduledTask = {
    id,
    regionId: call.regionId,
    name,
    settings,
    enabled: TaskEnabled ?? true,
    cancel: () => undefined,
  };
  state.tasks.set(id, task);
  arm(call, cloud, task);
  return { ScheduledTaskId: id };
}

export function modifyScheduledTask(call: Call, cloud: Cloud): unknown {
  const {
    ScheduledTaskId,
    ScheduledTaskName,
    TaskEnabled,
    RegionId: _region,
    ...changes
  } = call.params as unknown as TaskInput;
  const task = taskById(cloud, ScheduledTaskId);
  const settings = { ...task.settings, ...changes };
  checkName('ScheduledTaskName', ScheduledTaskName);
  checkSettings(call, cloud, settings);
  task.name = ScheduledTaskName ?? task.name;
  task.enabled = TaskEnabled ?? task.enabled;
  task.settings = settings;
  arm(call, cloud, task);
  return {};
}

export function deleteScheduledTask(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as TaskInput;
  const task = taskById(cloud, input.ScheduledTaskId);
  task.cancel();
  essOf(cloud).tasks.delete(task.id);
  return {};
}

export function describeScheduledTasks(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Pages & {
    readonly ScalingGroupId?: string;
    readonly ScheduledTaskIds?: readonly string[];
    readonly ScheduledTaskNames?: readonly string[];
    readonly ScheduledActions?: readonly string[];
    readonly TaskEnabled?: boolean;
  };
  const matching = [...essOf(cloud).tasks.values()].filter(
    (task) =>
      task.regionId === call.regionId &&
      (input.ScalingGroupId === undefined || task.settings['ScalingGroupId'] === input.ScalingGroupId) &&
      among(input.ScheduledTaskIds, task.id) &&
      among(input.ScheduledTaskNames, task.name) &&
      among(input.ScheduledActions, String(task.settings['ScheduledAction'] ?? '')) &&
      (input.TaskEnabled === undefined || input.TaskEnabled === task.enabled),
  );
  const { entries, answer } = pageOf(matching, input);
  return {
    ScheduledTasks: entries.map((task) => ({
      LaunchExpirationTime: 600,
      ...task.settings,
      ScheduledTaskId: task.id,
      ScheduledTaskName: task.name,
      TaskEnabled: task.enabled,
    })),
    ...answer,
  };
}

function checkSettings(call: Call, cloud: Cloud, settings: Settings): void {
  if ((settings.ScalingGroupId === undefined) === (settings.ScheduledAction === undefined)) {
    throw new ApiError(
      'InvalidParameter',
      400,
      'Exactly one of ScalingGroupId and ScheduledAction is needed.',
    );
  }
  if (settings.ScalingGroupId !== undefined) groupById(cloud, call, settings.ScalingGroupId);
  const time = settings.LaunchTime === undefined ? undefined : readTime(settings.LaunchTime);
  if (time === undefined && settings.RecurrenceType !== 'Cron') {
    throw new ApiError(
      'InvalidLaunchTime.Malformed',
      400,
      `LaunchTime ${settings.LaunchTime ?? ''} is not YYYY-MM-DDThh:mmZ.`,
    );
  }
  // The minute that is running still counts.
  if (time && (time.getTime() < Date.now() - 60_000 || time.getTime() > Date.now() + 90 * DAY_MS)) {
    throw new ApiError(
      'InvalidLaunchTime.ValueNotSupported',
      400,
      'LaunchTime must be within the next 90 days.',
    );
  }
  if (settings.LaunchExpirationTime !== undefined) {
    within('LaunchExpirationTime', settings.LaunchExpirationTime, 0, 1800);
  }
  if (settings.RecurrenceType !== undefined) {
    oneOf('RecurrenceType', settings.RecurrenceType, ['Daily', 'Weekly', 'Monthly', 'Cron']);
  }
  if (settings.RecurrenceEndTime !== undefined && readTime(settings.RecurrenceEndTime) === undefined) {
    throw new ApiError(
      'InvalidRecurrenceEndTime.Malformed',
      400,
      'RecurrenceEndTime is not YYYY-MM-DDThh:mmZ.',
    );
  }
}

/** Waits for the next due moment, a day at most at a time: timers reach no further than 24 days. */
function arm(call: Call, cloud: Cloud, task: ScheduledTask): void {
  task.cancel();
  if (!task.enabled) return;
  // A LaunchTime of the running minute is due at once.
  const due = nextDue(task.settings as Schedule, new Date(Date.now() - 60_000));
  if (due === undefined) return;
  waitFor(call, cloud, task, due);
}

function waitFor(call: Call, cloud: Cloud, task: ScheduledTask, due: Date): void {
  const realMs = Math.min(Math.max(0, due.getTime() - Date.now()), DAY_MS);
  task.cancel = cloud.clock.after(realMs / cloud.clock.scale, () => {
    if (due.getTime() > Date.now()) return waitFor(call, cloud, task, due);
    fire(call, cloud, task);
    const next = nextDue(task.settings as Schedule, new Date(Math.max(Date.now(), due.getTime())));
    if (next !== undefined) waitFor(call, cloud, task, next);
  });
}

function fire(call: Call, cloud: Cloud, task: ScheduledTask): void {
  const settings = task.settings as Settings;
  try {
    if (settings.ScheduledAction !== undefined) {
      const rule = essOf(cloud).rules.bearing(settings.ScheduledAction)[0];
      if (rule === undefined) return;
      scale(call, cloud, rule.groupId, {
        type: String(rule.settings['AdjustmentType']),
        value: Number(rule.settings['AdjustmentValue']),
        minMagnitude: 0,
        sync: false,
        reason: { cause: `The scheduled task "${task.name}" is due.`, trigger: 'Ess', triggerId: task.id },
      });
      return;
    }
    const group = essOf(cloud).groups.get(settings.ScalingGroupId ?? '');
    if (group === undefined || group.state !== 'Active' || group.suspended.has('ScheduledAction')) return;
    group.min = settings.MinValue ?? group.min;
    group.max = Math.max(settings.MaxValue ?? group.max, group.min);
    const desired = settings.DesiredCapacity ?? group.desired;
    if (desired !== undefined) group.desired = Math.min(Math.max(desired, group.min), group.max);
    group.modifiedAt = new Date();
    checkSoon(cloud, group);
  } catch (error) {
    // A refusal (nothing to change, group inactive) ends this launch, as it does in the cloud.
    if (!(error instanceof ApiError)) throw error;
  }
}

function taskById(cloud: Cloud, id: string): ScheduledTask {
  const task = essOf(cloud).tasks.get(id);
  if (task) return task;
  throw new ApiError('InvalidScheduledTaskId.NotFound', 404, `The scheduled task ${id} does not exist.`);
}
