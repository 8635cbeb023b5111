import type { AuditEntry } from '../../cluster/answers.ts';
import type { StepRecord } from '../../cluster/operation.ts';
import type { Engine } from '../engine.ts';
import type { Log } from '../log.ts';
import { queueNext } from './next-steps.ts';
import type { Pacing } from './pacing.ts';
import type { Tools } from './step-context.ts';
import { StepTaken } from '../store/visits.ts';
import type { StepVisit, Visits } from '../store/visits.ts';

export interface EndParts {
  readonly visits: Visits;
  readonly engine: Engine;
  readonly tools: Tools;
  readonly pacing: Pacing;
  readonly log: Log;
}

/**
 * Ends a step that is done and queues what may start now. Returns when both are on their way to Redis in this order,
 * mostly without waiting for its answers, so that the end of the step's job and the taking of the next one go with them.
 * What a process that dies here leaves undone is the sweep's.
 * @param told is called once Redis has taken the end: nobody must hear of it before
 * @throws StepTaken
 */
export async function endStep(
  parts: EndParts,
  visitor: StepVisit,
  done: StepRecord,
  { regionId, audit, told }: { regionId: string; audit: AuditEntry; told: () => void },
): Promise<void> {
  const { visits, engine, log } = parts;
  const ended = visits.end(visitor, done, audit);
  // Sent right behind it: see cameTooSoon.
  const queued = visits.readyAfter(visitor);
  const queueing = queueNext(parts, visitor, regionId, queued);
  queueing.catch(() => undefined);
  const telling = ended.then(told);
  telling.catch((error: unknown) => {
    if (!(error instanceof StepTaken)) log.warn({ error: String(error) }, 'end of a step got lost');
  });
  if (visits.isFollowedBy(visitor, queued)) {
    await queueing;
    return;
  }
  const { ready, last } = await ended;
  const others = ready.filter((id) => !queued.includes(id));
  // Until this has happened the step's own job must not end: whoever takes it over calls `advance`.
  await Promise.all([
    queueing,
    queueNext(parts, visitor, regionId, others),
    last ? engine.advance(visitor.operation.id) : undefined,
  ]);
}
