import { CloudError } from '../../cloud/errors.ts';
import { retryDelayMs } from '../../cloud/calling/retry.ts';
import { AmsError, toProblem } from '../../cluster/errors.ts';
import type { Problem } from '../../cluster/errors.ts';
import type { Operation, StepRecord } from '../../cluster/operation.ts';
import type { PlanStep } from '../../cluster/plan.ts';
import type { Usual } from './next-look.ts';
import type { Log } from '../log.ts';
import { patienceMs } from '../patience.ts';
import { removalSeconds } from '../planning/planner.ts';
import { isRedisTrouble } from '../redis-deadline.ts';
import type { Resource, StepKind, VisitResult } from '../resource.ts';
import { ResourceBroken } from '../resource-errors.ts';
import type { Tools } from './step-context.ts';

/** A missing prerequisite may only be not visible yet: looked at again for this long, unscaled. */
const NOT_VISIBLE_YET_MS = 60_000;

/** A visit that comes so much later than it should, unscaled, was kept away: all workers, or Redis, were down. */
const KEPT_AWAY_MS = 60_000;

/** However fast time runs, a step gets this much of the real one. */
const LEAST_DEADLINE_MS = 60_000;

/** A step that looks again: see {@link VisitResult}. */
export type Waiting = Omit<Extract<VisitResult, { readonly againMs: number }>, 'againMs' | 'phase'> & {
  readonly again: number;
};

/** What a visit came to: what the step said, or what was thrown. */
export type VisitOutcome = VisitResult | { readonly error: unknown };

/** That of a step that is not done. */
export type Unfinished = Exclude<VisitOutcome, { readonly done: true }>;

export interface Trial {
  /** How many visits in a row met an error before. */
  readonly attempt: number;
  /** When the step began, ms since the epoch. */
  readonly startedAt: number;
  readonly log: Log;
  readonly tools: Tools;
  /** 0 to below 1: jitter. */
  readonly random: () => number;
}

/**
 * What an error means for the step: look again, after unscaled milliseconds, or stop and tell people.
 * @throws the error itself when Redis is away, since nothing can be written then
 */
export function judged(
  error: unknown,
  { attempt, startedAt, log, tools, random }: Trial,
): Waiting | { failed: Problem } {
  if (error instanceof CloudError) {
    log.warn(
      { action: error.action, code: error.alibabaCode, class: error.errorClass, attempt },
      'cloud call refused',
    );
    // A thing just made is shown late; what was asked for by another version of this program has other parameters.
    const isPassing = error.errorClass === 'not-found' || error.errorClass === 'token-mismatch';
    const young = tools.now() < startedAt + patienceMs(NOT_VISIBLE_YET_MS, tools.timeScale);
    const lookAgain =
      error.retryable || error.unknownOutcome || error.errorClass === 'exists' || (isPassing && young);
    if (lookAgain) return { again: retryDelayMs(error, attempt, random), why: error.message };
    return { failed: problemOf(error) };
  }
  if (error instanceof ResourceBroken) return { failed: error.problem };
  if (error instanceof AmsError) {
    log.warn({ code: error.code, attempt }, 'step met a problem');
    if (error.retryable)
      return { again: Math.min(2_000 * 2 ** Math.min(attempt, 4), 30_000), why: error.message };
    return { failed: toProblem(error) };
  }
  if (isRedisTrouble(error)) throw error;
  log.error(
    { error: error instanceof Error ? (error.stack ?? error.name).slice(0, 2_000) : String(error) },
    'step failed unexpectedly',
  );
  return { failed: toProblem(error) };
}

/** Refusals that end when something else in the cloud is over. */
const ENDS_BY_ITSELF: ReadonlySet<string> = new Set(['in-use', 'busy', 'processing', 'exists', 'not-found']);

/** Names a wait: what is learned of it serves all that wait for the same. */
export function waitOf({ wish }: Operation, step: PlanStep, phase: string): string {
  return `${wish.kind}.${step.kind}.${step.action}.${phase}`;
}

/** Whether a create waits for what it did not make: a visit before it did so, and was told nothing or died with the news. */
export function tookOverCreate(
  kind: StepKind,
  step: PlanStep,
  ending: VisitOutcome,
  changes: number,
): boolean {
  if (kind.type === 'task' || step.action !== 'create' || changes > 0 || 'error' in ending) return false;
  return !('done' in ending) && ending.isUnbegun !== true;
}

/** What a step waits for after a visit, or nothing where only the usual interval will do. */
export function phaseOf(
  kind: StepKind,
  step: PlanStep,
  ending: Unfinished,
  changes: number,
): string | undefined {
  if ('error' in ending) {
    const { error } = ending;
    if (!(error instanceof CloudError) || !ENDS_BY_ITSELF.has(error.errorClass)) return undefined;
    return `refused-${error.errorClass}`;
  }
  if (ending.againMs === 0) return undefined;
  if (kind.type === 'task' || ending.phase !== undefined) return ending.phase;
  // Removing asks again at each visit; other changes of a step follow one another.
  if (step.action === 'remove') return staysSeconds(kind, step) > 0 ? 'stays.gone' : 'gone';
  return `ready-${changes}`;
}

/** How long a thing stays at least while it is removed, as its plan has reckoned: what is drained takes minutes. */
function staysSeconds(kind: Resource, step: PlanStep): number {
  return step.typicalSeconds - removalSeconds(kind);
}

/**
 * How long such a wait usually takes, or takes at least, unscaled, where that is known: a resource's first change is its
 * making; how long it stays while it is removed, its plan has told.
 */
export function usualOf(
  kind: StepKind,
  step: PlanStep,
  phase: string | undefined,
): Pick<Usual, 'typicalMs' | 'leastMs'> {
  if (kind.type === 'task') return {};
  if (phase === 'ready-1') return { typicalMs: kind.typicalSeconds * 1_000 };
  if (phase === 'stays.gone') return { leastMs: step.typicalSeconds * 1_000 };
  if (phase !== 'gone') return {};
  return kind.goneSeconds === undefined ? {} : { typicalMs: kind.goneSeconds * 1_000 };
}

/** For metrics: the class of the cloud's errors, of ours the code. */
export function reasonOf(error: unknown): string {
  if (error instanceof CloudError) return error.errorClass;
  return error instanceof AmsError ? error.code : 'unexpected';
}

/** For how long in all nobody looked at a step though it was time, or a clock has jumped ahead, at a visit that begins. */
export function unseenFor(
  record: StepRecord,
  lookedAt: number,
  { timeScale }: Pick<Tools, 'timeScale'>,
): number {
  const { startedAt, changedAt = 0, lookAgainAt, wait, unseenMs = 0 } = record;
  if (startedAt === undefined) return unseenMs;
  // Of a visit that died no more is known than what came before it.
  const dueAt = lookAgainAt ?? Math.max(startedAt, changedAt, wait?.seenAt ?? 0);
  const lateMs = lookedAt - dueAt;
  return lateMs > patienceMs(KEPT_AWAY_MS, timeScale) ? unseenMs + lateMs : unseenMs;
}

/** How far the clock of steps was set ahead since a visit began, for Redis told so: by it, and by `performance.now()`. */
export function jumpedFor(
  lookedAt: number,
  beganAt: number,
  { now, timeScale }: Pick<Tools, 'now' | 'timeScale'>,
): number {
  const aheadMs = now() - lookedAt - (performance.now() - beganAt);
  return aheadMs > patienceMs(KEPT_AWAY_MS, timeScale) ? Math.round(aheadMs) : 0;
}

export function deadlineMs(kind: StepKind, tools: Tools): number {
  return patienceMs(limitMs(kind, tools), tools.timeScale, LEAST_DEADLINE_MS);
}

/** The longest time that a step of a kind may take, unscaled. */
function limitMs(kind: StepKind, tools: Tools): number {
  const minutes = tools.settings.deadlineMinutes[kind.kind];
  return minutes === undefined ? kind.deadlineSeconds * 1_000 : minutes * 60_000;
}

export function tooLong(step: PlanStep, kind: StepKind, tools: Tools, why: string): Problem {
  const minutes = Math.round(limitMs(kind, tools) / 60_000);
  return {
    code: 'deadline',
    message: `${step.title}: not done after ${minutes} minute${minutes === 1 ? '' : 's'}. Last seen: ${why}`,
    hint: 'Look at it in the Alibaba Cloud console, then press Retry; deadlineMinutes in ams.yaml changes the limit.',
  };
}

export function unknownKind(kind: string): Problem {
  return {
    code: 'unknown_step',
    message: `This worker does not know steps of kind ${kind}.`,
    hint: 'Update all workers to the same version, then press Retry.',
  };
}

function problemOf(error: CloudError): Problem {
  return {
    ...toProblem(error),
    cloud: {
      action: error.action,
      ...(error.alibabaCode === undefined ? {} : { code: error.alibabaCode }),
      ...(error.requestId === undefined ? {} : { requestId: error.requestId }),
    },
  };
}
