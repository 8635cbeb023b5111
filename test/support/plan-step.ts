import type { PlanStep } from '../../src/cluster/plan.ts';

/** A step that creates the part of its name. */
export function planStep(id: string, change: Partial<PlanStep> = {}): PlanStep {
  return {
    id,
    kind: id,
    part: id,
    action: 'create',
    after: [],
    title: id,
    changes: [],
    typicalSeconds: 1,
    ...change,
  };
}
