import { describe, expect, it } from 'vitest';
import { criticalPath, waitsById } from '../../bench/time/critical-path.ts';
import { losses, meanLosses } from '../../bench/time/losses.ts';
import type { StepRecord } from '../../src/cluster/operation.ts';
import { planStep } from '../support/plan-step.ts';

const over = (startedAt: number, endedAt: number): StepRecord => ({ state: 'done', startedAt, endedAt });
const records = { vpc: over(1_010, 1_600), quick: over(1_000, 1_100), vswitch: over(1_650, 2_000) };
const plan = {
  steps: [
    planStep('vpc', { action: 'remove', target: 'vpc-1' }),
    planStep('quick'),
    planStep('vswitch', { action: 'remove', target: 'vsw-1', after: ['quick', 'vpc'] }),
  ],
  cost: undefined,
  risks: [],
};
const waits = waitsById([
  { what: 'removal', ids: ['vpc-1'], from: 1_020, to: 1_500 },
  { what: 'removal', ids: ['vsw-1'], from: 1_700, to: 1_990 },
]);

describe('where time is lost', () => {
  it('is told along the steps that an operation really waited for', () => {
    const path = criticalPath(plan, records, waits, () => []);
    expect(losses(plan, records, 990, path)).toEqual([
      { step: 'vpc', beforeMs: 20, duringMs: 110 },
      { step: 'vswitch', beforeMs: 50, duringMs: 60 },
    ]);
  });

  it('is told of several operations in the mean, the greatest loss first', () => {
    const one = [{ step: 'vpc', beforeMs: 10, duringMs: 20 }];
    const other = [
      { step: 'vpc', beforeMs: 30, duringMs: 0 },
      { step: 'vswitch', beforeMs: 0, duringMs: 100 },
    ];
    expect(meanLosses([one, other])).toEqual([
      { step: 'vswitch', beforeMs: 0, duringMs: 50 },
      { step: 'vpc', beforeMs: 20, duringMs: 10 },
    ]);
  });
});
