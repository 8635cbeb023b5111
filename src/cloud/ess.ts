import { createActivities } from './ess/activities.ts';
import type { Activities } from './ess/activities.ts';
import { createGroups } from './ess/groups.ts';
import type { Groups } from './ess/groups.ts';
import { createHooks } from './ess/hooks.ts';
import type { Hooks } from './ess/hooks.ts';
import { createScalingRules } from './ess/rules.ts';
import type { ScalingRules } from './ess/rules.ts';
import { createTasks } from './ess/tasks.ts';
import type { Tasks } from './ess/tasks.ts';
import type { Line } from './calling/line.ts';

/**
 * Auto Scaling (ESS 2022-02-22), called through the SDK's core since it has no package among ours. Every method
 * throws CloudError when the cloud refuses or does not answer.
 */
export interface Ess extends Groups, ScalingRules, Activities, Hooks, Tasks {
  /** The account's limits (DescribeLimitation). */
  limits(): Promise<{
    readonly maxScalingGroups: number | undefined;
    readonly maxInstances: number | undefined;
    readonly maxScalingRules: number | undefined;
  }>;
}

/** @param line to ESS in the region */
export function createEss(line: Line<'ess'>): Ess {
  return {
    ...createGroups(line),
    ...createScalingRules(line),
    ...createActivities(line),
    ...createHooks(line),
    ...createTasks(line),
    async limits() {
      const answer = await line.callByForm('DescribeLimitation', {});
      const numberOf = (name: string): number | undefined =>
        typeof answer[name] === 'number' ? answer[name] : undefined;
      return {
        maxScalingGroups: numberOf('MaxNumberOfScalingGroups'),
        maxInstances: numberOf('MaxNumberOfScalingInstances'),
        maxScalingRules: numberOf('MaxNumberOfScalingRules'),
      };
    },
  };
}
