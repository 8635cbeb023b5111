import { noCalls, withAnswersSince } from '../../cloud/calling/answers.ts';
import type { CallCounts } from '../../cloud/calling/answers.ts';
import { withWriteGuard } from '../../cloud/calling/write-guard.ts';
import type { StepRecord } from '../../cluster/operation.ts';
import type { Crowd, ListTags } from './crowd.ts';
import type { Log } from '../log.ts';
import type { Freshness, Looker } from './looks.ts';
import type { StepKind } from '../resource.ts';
import { stepContext } from './step-context.ts';
import type { Gathered, Tools } from './step-context.ts';
import { withAccepted } from './accepted.ts';
import { runningRecord } from './step-records.ts';
import { tookOverCreate, jumpedFor, unseenFor } from './step-verdict.ts';
import type { VisitOutcome } from './step-verdict.ts';
import { visitStep } from './visit.ts';
import { OperationStopped, StepTaken } from '../store/visits.ts';
import type { StepVisit, Visits } from '../store/visits.ts';

/** A visit that has been carried out. */
export interface Carried {
  readonly ending: VisitOutcome;
  /** The step's record now, still running. */
  readonly running: StepRecord;
  readonly gathered: Gathered;
  readonly startedAt: number;
  /** When the visit began, milliseconds since 1970. */
  readonly lookedAt: number;
  /** Changes that the step has made so far. */
  readonly changes: number;
  /** See {@link tookOverCreate}. */
  readonly adopted: boolean;
  readonly look: Look;
}

/** How a visit looked at the cloud, and what that cost. */
export interface Look {
  readonly regionId: string;
  readonly looker: Looker;
  readonly crowd: Crowd;
  readonly freshness: Freshness;
  /** It listed by these; undefined: by the cluster's own. */
  readonly tags: ListTags | undefined;
  readonly asked: CallCounts;
  /** By `performance.now()`. */
  readonly beganAt: number;
}

/** The operation was stopped before the visit changed anything. */
export interface PutBack {
  readonly stopped: Gathered;
}

/**
 * Carries out a visit to a step: looks, and changes something at most once, no sooner than its record says so and only
 * while nobody else has begun a visit to the step.
 * @throws StepTaken when somebody has
 */
export async function carryOut(
  visitor: StepVisit,
  kind: StepKind,
  parts: { readonly tools: Tools; readonly visits: Visits; readonly log: Log; readonly signal: AbortSignal },
): Promise<Carried | PutBack> {
  const { tools, visits, log, signal } = parts;
  const { step, record, begun } = visitor;
  const gathered: Gathered = { memory: { ...record.memory }, notes: [...(record.notes ?? [])], outcome: {} };
  const lookedAt = tools.now();
  const startedAt = record.startedAt ?? begun?.startedAt ?? lookedAt;
  let changing = begun?.changing === true;
  let { changedAt } = record;
  let unseenMs = unseenFor(record, lookedAt, tools);
  const running = (): StepRecord =>
    runningRecord(record, gathered, { startedAt, changing, changedAt, unseenMs });
  const save = () => visits.write(visitor, running());
  if (record.state === 'pending' && !begun) await save();
  const look = beginLook(visitor, tools);
  const { looker, crowd, freshness, tags, asked } = look;
  const ctx = stepContext({
    tools,
    visitor,
    record: { ...record, startedAt },
    gathered,
    signal,
    log,
    save,
    early: freshness.early,
    tags,
  });
  const beginChange = async (): Promise<void> => {
    await visits.beginChange(visitor, { ...running(), changing: true });
    changing = true;
  };
  // A worker may be frozen between its look and its change: whoever took over meanwhile has gone on.
  const guard = () => (changing ? visits.expectNewest(visitor) : beginChange());
  const work = () => withAnswersSince(freshness.since, () => visitStep(kind, step, ctx), asked);
  let ending: VisitOutcome;
  try {
    // What a task changes need not pass the cloud's line.
    if (kind.type === 'task' && !changing) await beginChange();
    ending = await withWriteGuard(guard, work);
  } catch (error) {
    if (error instanceof StepTaken) throw error;
    if (error instanceof OperationStopped) return { stopped: gathered };
    ending = { error };
  } finally {
    tools.looks.ended(looker, asked.tries > 0);
  }
  unseenMs += jumpedFor(lookedAt, look.beganAt, tools);
  if (tags !== undefined) crowd.sawPages(looker, asked.pages);
  if (asked.changes > 0) {
    changedAt = tools.now();
    if (step.action === 'create') Object.assign(gathered.memory, withAccepted(gathered.memory, changedAt));
  }
  const made = (record.changes ?? 0) + (changing && !('error' in ending) ? 1 : 0);
  const adopted = tookOverCreate(kind, step, ending, made);
  changing = false;
  const changes = adopted ? 1 : made;
  return { ending, running: running(), gathered, startedAt, lookedAt, changes, adopted, look };
}

function beginLook(visitor: StepVisit, tools: Tools): Look {
  const { operation, step, fence, record, others } = visitor;
  const looker: Looker = { operation: operation.id, run: operation.run, step, fence, record, others };
  const regionId = operation.regionId ?? tools.settings.region;
  const crowd = tools.looks.crowd(regionId);
  const freshness = tools.looks.freshness(looker);
  const isLikelyGone = step.action === 'remove' && record.wait?.likely === true;
  const isLater = record.state === 'waiting' && !freshness.early;
  const tags = isLater ? crowd.looks(looker, isLikelyGone) : freshness.tags;
  return { regionId, looker, crowd, freshness, tags, asked: noCalls(), beganAt: performance.now() };
}
