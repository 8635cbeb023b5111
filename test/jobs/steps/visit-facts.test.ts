import { describe, expect, it } from 'vitest';
import type { Operation, StepRecord } from '../../../src/cluster/operation.ts';
import { spanOfStopped } from '../../../src/jobs/steps/visit-facts.ts';
import { planStep } from '../../support/plan-step.ts';

const STEP = planStep('vpc');
const RETRIED = 5_000;
const NOW = 9_000;

/** What is told of a step whose job, added at 1,000 for the first run, comes after its operation has stopped. */
function told(record: StepRecord, run: number): { from: number; to: number } | undefined {
  const operation = { run, state: 'failed', ...(run > 1 ? { retriedAt: RETRIED } : {}) } as Operation;
  const job = { data: { operation: 'op', step: 'vpc', run: 1 }, timestamp: 1_000 };
  const span = spanOfStopped(job, operation, STEP, record, NOW);
  if (span) expect(span).toMatchObject({ job: job.data, outcome: 'stopped' });
  return span && { from: span.startedAt, to: span.endedAt };
}

describe('the job of a step that comes after its operation has stopped', () => {
  it('tells a step that had begun since its beginning, and one that had not since its job was added', () => {
    expect(told({ state: 'waiting', startedAt: 2_000 }, 1)).toEqual({ from: 2_000, to: NOW });
    expect(told({ state: 'pending' }, 1)).toEqual({ from: 1_000, to: NOW });
  });

  it('tells nothing of a step that was told when it ended', () => {
    expect(told({ state: 'done', startedAt: 2_000, endedAt: 3_000 }, 1)).toBeUndefined();
    expect(told({ state: 'failed', startedAt: 2_000, endedAt: 3_000 }, 1)).toBeUndefined();
    expect(told({ state: 'done', startedAt: 2_000, endedAt: 3_000 }, 2)).toBeUndefined();
  });

  it('tells the step of its own run, whatever became of it in the next', () => {
    expect(told({ state: 'waiting', startedAt: 6_000 }, 2)).toEqual({ from: 1_000, to: NOW });
    expect(told({ state: 'done', startedAt: 6_000, endedAt: 7_000 }, 2)).toEqual({ from: 1_000, to: NOW });
  });
});
