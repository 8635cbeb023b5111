import { expect, it } from 'vitest';
import { criticalPathSeconds, slackSeconds } from '../../src/cluster/plan.ts';
import type { PlanStep } from '../../src/cluster/plan.ts';
import { planStep } from '../support/plan-step.ts';

function step(id: string, typicalSeconds: number, after: readonly string[] = []): PlanStep {
  return planStep(id, { typicalSeconds, after });
}

it('tells how much later each step may come without delaying the end', () => {
  const steps = [
    step('network', 5),
    step('balancer', 75, ['network']),
    step('listener', 10, ['balancer', 'certificate']),
    step('certificate', 3),
    step('template', 3, ['network']),
    step('group', 6, ['template']),
    step('nodes', 100, ['group', 'listener']),
    step('flight', 0, ['nodes']),
  ];

  expect(criticalPathSeconds(steps)).toBe(190);
  expect(Object.fromEntries(slackSeconds(steps))).toEqual({
    network: 0,
    balancer: 0,
    listener: 0,
    certificate: 77,
    template: 76,
    group: 76,
    nodes: 0,
    flight: 0,
  });
  expect(slackSeconds([])).toEqual(new Map());
});
