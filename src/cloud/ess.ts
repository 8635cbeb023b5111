import { createActivities } from './ess/activities.ts';
import type { Activities } from './ess/activities.ts';
import { createGroups } from './ess/groups.ts';
import type { Groups } from './ess/groups.ts';
import { createScalingRules } from './ess/rules.ts';
import type { ScalingRules } from './ess/rules.ts';
import type { Line } from './calling/line.ts';

/**
 * Auto Scaling (ESS 2022-02-22), called through the SDK's core since it has no package among ours. Every method
 * throws CloudError when the cloud refuses or does not answer.
 */
export interface Ess extends Groups, ScalingRules, Activities {}

/** @param line to ESS in the region */
export function createEss(line: Line<'ess'>): Ess {
  return { ...createGroups(line), ...createScalingRules(line), ...createActivities(line) };
}
