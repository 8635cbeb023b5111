import { DelayedError } from 'bullmq';
import type { Job } from 'bullmq';
import type { Problem } from '../../cluster/errors.ts';
import type { Operation, StepRecord } from '../../cluster/operation.ts';
import type { PlanStep } from '../../cluster/plan.ts';
import { carryOut } from './carry-out.ts';
import type { Carried } from './carry-out.ts';
import { endStep } from './step-end.ts';
import { withOutcome } from './step-context.ts';
import type { Gathered, Tools } from './step-context.ts';
import type { Engine } from '../engine.ts';
import type { Log } from '../log.ts';
import { refusedSince } from './next-steps.ts';
import { Pacing } from './pacing.ts';
import type { LearnedWaits } from './learned-waits.ts';
import type { Usual } from './next-look.ts';
import type { StepJob } from '../queues.ts';
import type { Output, StepKind } from '../resource.ts';
import {
  deadlineMs,
  judged,
  phaseOf,
  reasonOf,
  tooLong,
  usualOf,
  unknownKind,
  waitOf,
} from './step-verdict.ts';
import type { Unfinished } from './step-verdict.ts';
import { auditEntry } from '../store/audit-entry.ts';
import type { Store } from '../store/store.ts';
import { Taking } from './taking.ts';
import { untraced } from '../trace.ts';
import type { JobTrace } from '../trace.ts';
import { outcomeFacts, spanOfStep, spanOfStopped, visitFacts } from './visit-facts.ts';
import type { Ending } from './visit-facts.ts';
import { doneRecord, waitingRecord } from './step-records.ts';
import { cameTooSoon, StepTaken } from '../store/visits.ts';
import type { StepVisit } from '../store/visits.ts';
import type { JobWatch } from '../watch.ts';

export interface RunnerParts {
  readonly store: Store;
  readonly engine: Engine;
  readonly tools: Tools;
  readonly log: Log;
  /** 0 to below 1: jitter. */
  readonly random: () => number;
  /** How long things took before; without it each wait has its usual interval. */
  readonly learned?: LearnedWaits | undefined;
  readonly watch?: JobWatch | undefined;
  readonly trace?: JobTrace | undefined;
}

/** So soon a step looks again whether those before it are done by now. */
const OTHERS_MS = 200;

/** So many looks at a wait that is likely over come when they are due, however much was read: the first may be early. */
const FREE_LOOKS = 2;

/** What was refused is asked for again no sooner than this, unscaled, once it should have been taken. */
const REFUSED_GAP_MS = 1_000;

/** Says to BullMQ that the job went back. One for all: nobody looks at where it was made. */
const DELAYED = new DelayedError();

/** Carries out the visits of step jobs: the processor of the queue `steps`. */
export class StepRunner {
  readonly #parts: RunnerParts;
  readonly #pacing: Pacing;
  readonly #trace: JobTrace;
  /** What its worker takes jobs by. */
  readonly taking: Taking;

  constructor(parts: RunnerParts) {
    const { learned, store } = parts;
    // Times of a step are of one clock, on whichever machine it is visited.
    const tools = { ...parts.tools, now: () => store.visits.clock.now() };
    this.#parts = { ...parts, tools };
    this.#trace = parts.trace ?? untraced;
    this.taking = new Taking(store.visits, tools);
    this.#pacing = new Pacing({ learned, timeScale: tools.timeScale, now: tools.now });
  }

  /** One visit. Ends the job when the step is over, else sends it back as a delayed one. @throws DelayedError */
  async run(job: Job<StepJob>, token: string | undefined, signal: AbortSignal): Promise<void> {
    const { operation: id, step: stepId, run } = job.data;
    const { visits } = this.#parts.store;
    const taken = await this.taking.visitor(job, token);
    const holdMs = this.#parts.tools.looks.holdMs(id, stepId);
    if (holdMs > 0) {
      if (taken) this.#parts.tools.looks.held(id, stepId, taken.fence);
      await job.moveToDelayed(Date.now() + holdMs, token);
      throw DELAYED;
    }
    const visitor = taken ?? (await visits.begin(job.data, (known) => this.#opening(known)));
    if (!visitor) return;
    const { operation, step, record } = visitor;
    if (operation.state !== 'running' || operation.run !== run) {
      const stopped = spanOfStopped(job, operation, step, record, this.#parts.tools.now());
      if (stopped) this.#trace.stepEnded(stopped);
      // Stopped after the visit had begun, before its operation was read.
      if (visitor.begun) await this.#unbegin(visitor);
      return;
    }
    if (record.state === 'done' || record.state === 'failed') return this.#parts.engine.advance(id);
    if (cameTooSoon(visitor)) {
      await this.#unbegin(visitor);
      await job.moveToDelayed(Date.now() + OTHERS_MS, token);
      throw DELAYED;
    }
    try {
      const facts = visitFacts(operation, step, record, this.#parts.tools.now());
      const ending = await this.#trace.during(job.data, `visit ${step.id}`, facts, async (tell) => {
        const ending = await this.#visit(visitor, signal);
        tell(outcomeFacts(ending));
        return ending;
      });
      if (!('again' in ending)) return;
      await job.moveToDelayed(ending.dueAt ?? Date.now() + ending.again, token);
    } catch (error) {
      if (error instanceof StepTaken) return;
      throw error;
    }
    throw DELAYED;
  }

  /** The step is as it was before this visit, unless another one has begun. */
  async #unbegin(visitor: StepVisit): Promise<void> {
    try {
      await this.#parts.store.visits.write(visitor, visitor.record);
    } catch (error) {
      if (!(error instanceof StepTaken)) throw error;
    }
  }

  /** The record with which a step begins. What a task changes need not pass the cloud's line, so it may change at once. */
  #opening(step: PlanStep | undefined): StepRecord {
    const { kinds, now } = this.#parts.tools;
    const isTask = step !== undefined && kinds.get(step.kind)?.type === 'task';
    return { state: 'running', startedAt: now(), ...(isTask ? { changing: true } : {}) };
  }

  async #visit(visitor: StepVisit, signal: AbortSignal): Promise<Ending> {
    const { store, tools } = this.#parts;
    const { operation, step, record } = visitor;
    const log = this.#parts.log.child({ operation: operation.id, step: step.id });
    const kind = tools.kinds.get(step.kind);
    if (!kind) return this.#fail(visitor, record, unknownKind(step.kind));
    const carried = await carryOut(visitor, kind, { tools, visits: store.visits, log, signal });
    if ('stopped' in carried) return this.#putBack(visitor, carried.stopped);
    const { ending, gathered } = carried;
    if (Object.keys(gathered.outcome).length > 0) {
      // What a worker has seen that was frozen meanwhile is told no more: another has taken the step over.
      await store.visits.expectNewest(visitor);
      await store.update(operation.id, undefined, (current) => withOutcome(current, gathered.outcome));
    }
    if ('done' in ending) return this.#done(visitor, carried, ending.output, log);
    return this.#lookAgain(visitor, kind, carried, ending, log);
  }

  async #done(
    visitor: StepVisit,
    { running, startedAt, lookedAt, look }: Carried,
    output: Output | undefined,
    log: Log,
  ): Promise<Ending> {
    const { tools, engine, store } = this.#parts;
    const { operation, step, record } = visitor;
    if (record.state === 'waiting') look.crowd.earned();
    const endedAt = tools.now();
    const done = doneRecord(running, endedAt, output);
    await endStep({ visits: store.visits, engine, tools, pacing: this.#pacing, log }, visitor, done, {
      regionId: look.regionId,
      audit: auditEntry(operation, { event: 'step done', detail: step.id }, endedAt),
      told: () => {
        log.info({ ms: endedAt - startedAt }, 'step done');
        this.#parts.watch?.stepEnded(step.kind, 'done', endedAt - startedAt);
        this.#trace.stepEnded(spanOfStep('done', jobOf(operation, step), step, done, endedAt));
        engine.tellSoon(operation.id);
        this.#pacing.ended(look.regionId, record, lookedAt).catch((error: unknown) => {
          log.warn({ error: String(error) }, 'how long a step took is not learned');
        });
      },
    });
    return { done: true };
  }

  /** The step waits on, or has waited and failed long enough. */
  async #lookAgain(
    visitor: StepVisit,
    kind: StepKind,
    { running, startedAt, lookedAt, changes, adopted, look }: Carried,
    ending: Unfinished,
    log: Log,
  ): Promise<Ending> {
    const { store, tools, engine, random } = this.#parts;
    const { operation, step, record } = visitor;
    const verdict =
      'error' in ending
        ? judged(ending.error, { attempt: record.attempts ?? 0, startedAt, log, tools, random })
        : { ...ending, again: ending.againMs };
    const reason = 'error' in ending ? reasonOf(ending.error) : undefined;
    if ('failed' in verdict) return { ...(await this.#fail(visitor, running, verdict.failed)), reason };
    if (tools.now() > startedAt + deadlineMs(kind, tools) + (running.unseenMs ?? 0)) {
      return this.#fail(visitor, running, tooLong(step, kind, tools, verdict.why));
    }
    const { regionId, looker, crowd, freshness } = look;
    const phase = phaseOf(kind, step, ending, changes);
    const isPatient = crowd.isPatient(random());
    // A read that failed tells nothing: what was waited for is waited for still.
    const isUntold = 'error' in ending && look.asked.tries === 0;
    const { ms: again, wait } = isUntold
      ? this.#pacing.untold(record, verdict.again)
      : await this.#pacing.pause(regionId, record, {
          kind: phase === undefined ? undefined : waitOf(operation, step, phase),
          lookedAt,
          usualMs: verdict.again,
          ...usualOf(kind, step, phase),
          ...('error' in ending
            ? { since: refusedSince(tools, kind, visitor, phase), leastGapMs: REFUSED_GAP_MS }
            : verdict),
          ...(adopted
            ? { since: record.changedAt ?? startedAt, isAdopted: record.changedAt === undefined }
            : {}),
          notBefore: operation.retriedAt,
          isPatient,
          isAlone: kind.type === 'task' || step.action === 'remove',
          ...this.#timeOf(operation, step),
          chance: random(),
        });
    // What could not be read counts too: else all who shared it would read it again, each by itself and at once.
    if (isUntold || !('error' in ending)) {
      if (record.state === 'waiting' && !freshness.isFree)
        crowd.spent(look.asked.reads, look.beganAt, look.tags !== undefined && !isUntold);
      const isFree = !isUntold && isPatient && wait?.likely === true && wait.looks < FREE_LOOKS;
      if ('isUnbegun' in ending && ending.isUnbegun === true && freshness.early) tools.looks.unbegun(looker);
      else tools.looks.waits(looker, regionId, again, isFree);
    }
    const dueAt = Date.now() + again;
    await store.visits.write(
      visitor,
      waitingRecord(running, {
        wait,
        changes,
        attempts: 'error' in ending ? (record.attempts ?? 0) + 1 : undefined,
        why: verdict.why,
        lookAgainAt: tools.now() + again,
      }),
    );
    if (reason !== undefined) this.#parts.watch?.stepRetried(step.kind, reason);
    engine.tellSoon(operation.id);
    return { again, dueAt, why: verdict.why, reason };
  }

  /** Removals alone are looked at later than they should be over: nobody uses what they free before the end. */
  #timeOf({ plan }: Operation, step: PlanStep): Pick<Usual, 'slackMs' | 'mayBeLate'> {
    if (plan === undefined) return {};
    const slackMs = (this.#parts.engine.slackOf(plan).get(step.id) ?? 0) * 1_000;
    return { slackMs, mayBeLate: step.action === 'remove' };
  }

  /** Stopped before it changed anything: the step is as it was before this visit. */
  async #putBack(visitor: StepVisit, gathered: Gathered): Promise<Ending> {
    const memory = Object.keys(gathered.memory).length > 0 ? { memory: gathered.memory } : {};
    const { operation, step, record } = visitor;
    await this.#parts.store.visits.write(visitor, { ...record, ...memory });
    this.#trace.stepEnded(
      spanOfStep('stopped', jobOf(operation, step), step, record, this.#parts.tools.now()),
    );
    return { done: true, putBack: true };
  }

  async #fail(visitor: StepVisit, record: StepRecord, problem: Problem) {
    const { store, engine, tools } = this.#parts;
    const { operation, step } = visitor;
    const failed: StepRecord = { ...record, state: 'failed', endedAt: tools.now(), problem };
    const note = { event: 'step failed', detail: `${step.id}: ${problem.message}` };
    const audit = auditEntry(operation, note, tools.now());
    await store.visits.write(visitor, failed, audit);
    const endedAt = tools.now();
    this.#parts.watch?.stepEnded(step.kind, 'failed', endedAt - (record.startedAt ?? endedAt));
    this.#trace.stepEnded(spanOfStep('failed', jobOf(operation, step), step, failed, endedAt));
    await engine.fail(operation, problem);
    return { failed: problem } satisfies Ending;
  }
}

function jobOf({ id, run }: Operation, step: PlanStep): StepJob {
  return { operation: id, step: step.id, run };
}
