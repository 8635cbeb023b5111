import type { Problem } from '../../cluster/errors.ts';
import type { Operation, StepRecord } from '../../cluster/operation.ts';
import type { PlanStep } from '../../cluster/plan.ts';
import type { StepJob } from '../queues.ts';
import type { SpanFacts, StepSpan } from '../trace.ts';

/** How a visit ended. `reason`: class of the error that the visit met, or its code. */
export type Ending =
  | {
      readonly again: number;
      /** When that is, by the clock of this process: the pause begins before it is written down. */
      readonly dueAt?: number;
      readonly why: string;
      readonly reason?: string | undefined;
    }
  | { readonly done: true; readonly putBack?: true }
  | { readonly failed: Problem; readonly reason?: string | undefined };

/** What the span of a visit tells from its beginning. `late_ms`: how much later it began than it was meant to. */
export function visitFacts(operation: Operation, step: PlanStep, record: StepRecord, now: number): SpanFacts {
  return {
    'ams.cluster': operation.cluster,
    'ams.step': step.id,
    'ams.kind': step.kind,
    'ams.part': step.part,
    'ams.action': step.action,
    'ams.run': operation.run,
    'ams.late_ms': record.lookAgainAt === undefined ? undefined : Math.max(0, now - record.lookAgainAt),
  };
}

/** What it tells at its end. */
export function outcomeFacts(ending: Ending): SpanFacts {
  if ('again' in ending)
    return {
      'ams.outcome': 'waiting',
      'ams.again_ms': Math.round(ending.again),
      'error.type': ending.reason,
    };
  if ('failed' in ending)
    return { 'ams.outcome': 'failed', 'error.type': ending.reason ?? ending.failed.code };
  return { 'ams.outcome': ending.putBack ? 'stopped' : 'done' };
}

/** The span of a step that is over. */
export function spanOfStep(
  outcome: StepSpan['outcome'],
  job: StepJob,
  step: PlanStep,
  record: Pick<StepRecord, 'startedAt' | 'endedAt'>,
  now: number,
): StepSpan {
  const { startedAt = now, endedAt = now } = record;
  return { job, kind: step.kind, part: step.part, outcome, startedAt, endedAt };
}

/**
 * The span of a step whose operation was stopped while its job waited: the visits of that job belong to it. A step that
 * was not begun, or that a retry has opened again, began with its job as far as anybody knows.
 * @returns nothing where whoever ended the step in the run of this job has told of it
 */
export function spanOfStopped(
  job: { readonly data: StepJob; readonly timestamp: number },
  operation: Operation,
  step: PlanStep,
  record: StepRecord,
  now: number,
): StepSpan | undefined {
  const isOver = record.state === 'done' || record.state === 'failed';
  const isOfThisRun = operation.run === job.data.run;
  const endedLater = (record.endedAt ?? 0) >= (operation.retriedAt ?? 0);
  if (isOver && (isOfThisRun || !endedLater)) return undefined;
  const startedAt = (isOfThisRun ? record.startedAt : undefined) ?? job.timestamp;
  return spanOfStep('stopped', job.data, step, { startedAt }, now);
}
