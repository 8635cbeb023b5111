import { readAll } from './list.ts';
import type { Line } from '../calling/line.ts';
import { gone, idIn } from '../calling/outcome.ts';

/** Numbers of a group that are set at a time. */
export interface ScheduledTask {
  readonly scheduledTaskId: string;
  readonly name: string;
  readonly scalingGroupId: string | undefined;
  /** `YYYY-MM-DDThh:mmZ`. */
  readonly launchTime: string;
  readonly minValue: number | undefined;
  readonly maxValue: number | undefined;
  readonly desiredCapacity: number | undefined;
  readonly enabled: boolean;
}

export interface Tasks {
  scheduledTasks(input: {
    readonly scalingGroupId?: string | undefined;
    readonly names?: readonly string[] | undefined;
  }): Promise<readonly ScheduledTask[]>;
  /** @returns its id; names are unique in the region (CreateScheduledTask; no token) */
  createScheduledTask(input: {
    readonly name: string;
    readonly scalingGroupId: string;
    /** Milliseconds since 1970, at most 90 days ahead; seconds are cut off. */
    readonly at: number;
    readonly minValue?: number | undefined;
    readonly maxValue?: number | undefined;
    readonly desiredCapacity?: number | undefined;
    readonly description?: string | undefined;
  }): Promise<string>;
  /** Gone already is success (DeleteScheduledTask). */
  deleteScheduledTask(scheduledTaskId: string): Promise<void>;
}

export function createTasks(line: Line<'ess'>): Tasks {
  const RegionId = line.regionId;
  return {
    async scheduledTasks({ scalingGroupId, names }) {
      const all = await readAll(line, 'DescribeScheduledTasks', 'ScheduledTasks', {
        ScalingGroupId: scalingGroupId,
        ScheduledTaskNames: names,
      });
      return all.map((one) => ({
        scheduledTaskId: one.text('ScheduledTaskId') ?? '',
        name: one.text('ScheduledTaskName') ?? '',
        scalingGroupId: one.text('ScalingGroupId'),
        launchTime: one.text('LaunchTime') ?? '',
        minValue: one.number('MinValue'),
        maxValue: one.number('MaxValue'),
        desiredCapacity: one.number('DesiredCapacity'),
        enabled: one.boolean('TaskEnabled') ?? true,
      }));
    },
    async createScheduledTask(input) {
      const answer = await line.callByForm('CreateScheduledTask', {
        RegionId,
        ScheduledTaskName: input.name,
        ScalingGroupId: input.scalingGroupId,
        LaunchTime: `${new Date(input.at).toISOString().slice(0, 16)}Z`,
        MinValue: input.minValue,
        MaxValue: input.maxValue,
        DesiredCapacity: input.desiredCapacity,
        Description: input.description,
        TaskEnabled: true,
      });
      return idIn(answer['ScheduledTaskId'] as string | undefined, 'ess', 'CreateScheduledTask');
    },
    deleteScheduledTask: (ScheduledTaskId) =>
      gone(line.callByForm('DeleteScheduledTask', { RegionId, ScheduledTaskId })),
  };
}
