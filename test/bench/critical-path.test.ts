import { describe, expect, it } from 'vitest';
import { criticalPath, waitsById } from '../../bench/time/critical-path.ts';
import type { Wait } from '../../sandbox/waits.ts';
import type { StepRecord } from '../../src/cluster/operation.ts';
import { planStep } from '../support/plan-step.ts';

const steps = [
  planStep('nodes', { action: 'remove', target: 'asg-1' }),
  planStep('firewall', { action: 'remove', target: 'sg-1', after: ['nodes'] }),
];
const over = (startedAt: number, endedAt: number): StepRecord => ({ state: 'done', startedAt, endedAt });
const wait = (id: string, from: number, to: number): Wait => ({ what: 'removal', ids: [id], from, to });

function pathOf(waits: readonly Wait[]) {
  const records = { nodes: over(1_000, 2_000), firewall: over(2_800, 3_000) };
  const plan = { steps, cost: undefined, risks: [] };
  return criticalPath(plan, records, waitsById(waits), () => []);
}

describe('the critical path', () => {
  it('has what the cloud waited for while a step was under way, once', () => {
    const { ms, chain } = pathOf([wait('asg-1', 1_100, 1_900), wait('asg-1', 1_500, 1_950)]);
    expect(ms).toBe(850);
    expect(chain).toEqual([{ step: 'nodes', ms: 850 }]);
  });

  it('has what held up a step that began later by itself, and nothing from before it could begin', () => {
    const { weights } = pathOf([wait('sg-1', 1_800, 2_600), wait('sg-1', 2_900, 2_950)]);
    expect(weights.get('firewall')).toBe(650);
  });

  it('needs a read for each step that saw a wait end, two for nodes, none for one that ended before', () => {
    expect(pathOf([wait('asg-1', 1_100, 1_900), wait('sg-1', 2_100, 2_900)]).reads).toBe(3);
    expect(pathOf([wait('asg-1', 1_100, 2_500), wait('sg-1', 1_500, 1_900)]).reads).toBe(0);
  });
});
