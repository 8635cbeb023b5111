import { DelayedError } from 'bullmq';
import type { Job } from 'bullmq';
import { withFreshAnswers } from '../cloud/answers.ts';
import { CloudError } from '../cloud/errors.ts';
import { withPersistence } from '../cloud/persistence.ts';
import { retryDelayMs } from '../cloud/retry.ts';
import { AmsError, toProblem } from '../cluster/errors.ts';
import type { Problem } from '../cluster/errors.ts';
import type { Glance } from '../cluster/glance.ts';
import { glanceOf, unreadGlance } from '../cluster/glance.ts';
import { applyExpiry, applyReminder, remindAt } from '../cluster/approval.ts';
import { planDifferences, removesCluster } from '../cluster/plan.ts';
import type { Operation } from '../cluster/operation.ts';
import { answerQuestion } from './answer.ts';
import { idOf } from './create-desk.ts';
import { lookAtAll, lookForDrift } from './drift/look.ts';
import type { Engine } from './engine.ts';
import type { Log } from './log.ts';
import { lookBeforeStart } from './planning/look-before-start.ts';
import type { OutboxDoor } from './outbox-door.ts';
import { patienceMs } from './patience.ts';
import { prepare } from './planning/prepare.ts';
import type { ReadyPlan } from './planning/prepared.ts';
import type { AskJob, Queues } from './queues.ts';
import type { Retention } from './store/retention.ts';
import type { Store } from './store/store.ts';
import type { Tools } from './steps/step-context.ts';
import { untraced } from './trace.ts';
import type { JobTrace } from './trace.ts';

/** A person waits for a plan: after this long the last error is told instead of trying on, unscaled. */
export const PATIENCE_MS = 90_000;

/** Nor before so many tries. */
const LEAST_TRIES = 3;
/** How often, and for how long, unscaled, one read is made again before the whole is put off. */
const MOST_READ_AGAIN = 4;
const READ_PATIENCE_MS = 20_000;

export interface AskParts {
  readonly store: Store;
  readonly engine: Engine;
  readonly queues: Queues;
  readonly outbox: OutboxDoor;
  readonly retention: Pick<Retention, 'sweep'>;
  readonly tools: Tools;
  readonly log: Log;
  readonly random: () => number;
  readonly trace?: JobTrace | undefined;
}

/** Everything a worker does that is no step: planning, the last look before the start, answers, the sweep. */
export class AskRunner {
  readonly #parts: AskParts;

  constructor(parts: AskParts) {
    this.#parts = parts;
  }

  /** Processor of the queue `asks`. Each kind may be repeated. @throws DelayedError when it tries again later */
  async run(job: Job<AskJob>, token: string | undefined, signal: AbortSignal): Promise<void> {
    const { data } = job;
    try {
      if (data.do === 'sweep') return await this.#sweep();
      return await this.#persistently(signal, () => this.#runFresh(data, signal));
    } catch (error) {
      const { tools, random } = this.#parts;
      // A busy computer may take all that time for the first try: one failure alone is no reason to give up.
      const late =
        tools.now() > job.timestamp + patienceMs(PATIENCE_MS, tools.timeScale) &&
        job.attemptsStarted >= LEAST_TRIES;
      if (error instanceof CloudError && (error.retryable || error.unknownOutcome) && !late) {
        const again = retryDelayMs(error, job.attemptsStarted, random) * tools.timeScale;
        await job.moveToDelayed(Date.now() + Math.max(1, again), token);
        throw new DelayedError();
      }
      if (!('operation' in data)) throw error;
      this.#logProblem(error, data.operation);
      await this.#refuse(data.operation, [refusalOf(error)]);
    }
  }

  async #sweep(): Promise<void> {
    const { engine, retention, log } = this.#parts;
    await engine.sweep();
    const forgotten = await retention.sweep();
    if (forgotten > 0) log.info({ forgotten }, 'operations that ended long ago are no longer kept');
  }

  /** What it reads equally at the same time is read once; a read that fails in passing is made again by itself. */
  #persistently(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const { tools, random } = this.#parts;
    const until = performance.now() + patienceMs(READ_PATIENCE_MS, tools.timeScale);
    const delayMs = (error: CloudError, attempt: number): number =>
      Math.max(1, retryDelayMs(error, attempt, random) * tools.timeScale);
    return withPersistence({ most: MOST_READ_AGAIN, until, delayMs, signal }, () => withFreshAnswers(work));
  }

  async #runFresh(data: Exclude<AskJob, { do: 'sweep' }>, signal: AbortSignal): Promise<void> {
    if (data.do === 'drift') return await lookAtAll(this.#parts);
    if (data.do === 'drift-look') return await lookForDrift(data.cluster, this.#parts);
    if (data.do === 'advance') return await this.#parts.engine.advance(data.operation, { heal: true });
    if (data.do === 'expire') return await this.#expire(data.operation);
    if (data.do === 'remind') return await this.#remind(data.operation);
    if (data.do === 'glance') return await this.#glance(data.cluster, signal);
    if (data.do === 'answer') return await this.#answer(data.ask, signal);
    const operation = await this.#parts.store.read(data.operation);
    if (operation) await this.#planOrStart(data, operation, signal);
  }

  /** What comes again, from the sweep for one, finds the work done and leaves no trace. */
  async #planOrStart(
    data: Extract<AskJob, { do: 'plan' | 'start' }>,
    operation: Operation,
    signal: AbortSignal,
  ): Promise<void> {
    const { trace = untraced } = this.#parts;
    const { state } = operation;
    if (data.do === 'plan') {
      if (state === 'draft') await trace.during(data, 'plan', {}, () => this.#plan(operation, signal));
    } else if (state === 'approved')
      await trace.during(data, 'start', {}, () => this.#start(operation, signal));
    else if (state === 'running') await this.#begin(operation);
    else if (state === 'superseded') await this.#askAgain(operation, undefined);
  }

  async #plan(operation: Operation, signal: AbortSignal): Promise<void> {
    const { store, tools, engine, queues } = this.#parts;
    const { id } = operation;
    const prepared = await prepare(operation, { tools, store, signal });
    if (!('plan' in prepared)) return this.#refuse(id, prepared.problems);
    const after = await engine.change(id, { event: 'planned' }, (current) =>
      current.state === 'draft' ? withPlan(current, prepared, tools.now()) : current,
    );
    if (after.state !== 'awaiting-approval' || after.expiresAt === undefined) return;
    await queues.expiring(id, after.expiresAt - tools.now());
    if (after.remindAt !== undefined) await queues.reminding(id, after.remindAt - tools.now());
  }

  /** The last look: what was approved is what runs, or it asks again. */
  async #start(operation: Operation, signal: AbortSignal): Promise<void> {
    const { store, tools, engine } = this.#parts;
    const { id } = operation;
    const prepared = await lookBeforeStart(operation, { tools, store, signal });
    if (!('plan' in prepared)) return this.#refuse(id, prepared.problems);
    if (prepared.digest !== operation.digest) return this.#askAgain(operation, prepared);
    if (operation.spec && !removesCluster(operation.plan)) {
      const { name, regionId, domain } = operation.spec;
      const { channel, user } = (await store.clusters.read(name)) ?? operation.requester;
      const home = { ...(channel === undefined ? {} : { channel }), ...(user === undefined ? {} : { user }) };
      await store.clusters.remember({ cluster: name, regionId, domain, spec: operation.spec, ...home });
    }
    const after = await engine.change(id, { event: 'started' }, (current) =>
      current.state === 'approved'
        ? { ...current, state: 'running', startedAt: tools.now(), run: 1 }
        : current,
    );
    await this.#begin(after);
  }

  /** The first steps. What is being taken back is marked before that: it must not be carried on any more. */
  async #begin({ id, state, wish }: Operation): Promise<void> {
    const { engine } = this.#parts;
    if (state === 'running' && wish.kind === 'rollback') {
      await engine.change(wish.of, undefined, (current) =>
        current.rolledBackBy === id ? current : { ...current, rolledBackBy: id },
      );
    }
    await engine.advance(id);
  }

  /** Replaces an operation whose plan no longer holds by a new one that asks, showing what changed. */
  async #askAgain(operation: Operation, prepared: ReadyPlan | undefined): Promise<void> {
    const { store, engine, queues, tools, trace = untraced } = this.#parts;
    const nextId = idOf('op', `${operation.id} again`);
    if (prepared) {
      await engine.change(
        operation.id,
        { event: 'superseded', detail: nextId },
        (current) =>
          current.state === 'approved'
            ? { ...current, state: 'superseded', replacedBy: nextId, endedAt: tools.now() }
            : current,
        { handOverTo: nextId },
      );
    }
    const differences = prepared && operation.plan ? planDifferences(operation.plan, prepared.plan) : [];
    const { expiresAt: _e, plannedAt: _p, endedAt: _n, replacedBy: _r, ...kept } = operation;
    const { remindAt: _at, remindedAt: _ed, ...rest } = kept;
    const next: Operation = {
      ...rest,
      id: nextId,
      state: 'draft',
      decisions: [],
      createdAt: tools.now(),
      plan: undefined,
      digest: undefined,
      replaces: operation.id,
      differences:
        differences.length > 0 ? differences : ['What is in the cloud changed since the plan was shown.'],
    };
    await trace.request(next, async () => {
      await store.add(next, {
        event: 'requested',
        user: operation.requester.user,
        detail: `again, instead of ${operation.id}`,
      });
      await queues.planning(nextId);
      await engine.tell(nextId);
    });
  }

  async #refuse(id: string, problems: readonly Problem[]): Promise<void> {
    const { engine, tools } = this.#parts;
    const detail = problems.map((problem) => problem.message).join(' ');
    await engine.change(id, { event: 'refused', detail }, (current) =>
      current.state === 'draft' || current.state === 'approved'
        ? { ...current, state: 'refused', problems, endedAt: tools.now() }
        : current,
    );
  }

  async #expire(id: string): Promise<void> {
    const { engine, tools } = this.#parts;
    await engine.change(
      id,
      (after) => (after.state === 'expired' ? { event: 'expired' } : undefined),
      (current) => applyExpiry(current, tools.now()),
    );
  }

  /** Its message in the thread follows from the mark, so it is said once however often this runs. */
  async #remind(id: string): Promise<void> {
    const { engine, tools } = this.#parts;
    await engine.change(id, undefined, (current) => applyReminder(current, tools.now()));
  }

  async #answer(id: string, signal: AbortSignal): Promise<void> {
    const { store, outbox, tools } = this.#parts;
    const asked = await store.asked(id);
    if (!asked) return;
    if (!asked.answer) {
      const answer = await answerQuestion(asked.question, { tools, store, signal }).catch(
        (error: unknown) => {
          this.#logProblem(error, id);
          return { kind: 'problem' as const, problem: toProblem(error) };
        },
      );
      await store.keepAsk({ ...asked, answer, answeredAt: tools.now() });
      if (answer.kind === 'status') await this.#keepGlance(glanceOf(answer.status));
    }
    await outbox.touch(`ask:${id}`);
  }

  /** Never throws: a cluster that cannot be read is shown as that. */
  async #glance(cluster: string, signal: AbortSignal): Promise<void> {
    const { store, tools } = this.#parts;
    const question = { kind: 'status', cluster } as const;
    const answer = await answerQuestion(question, { tools, store, signal }).catch((error: unknown) => {
      this.#logProblem(error, cluster);
      return { kind: 'problem' as const, problem: toProblem(error) };
    });
    if (answer.kind === 'status') return this.#keepGlance(glanceOf(answer.status));
    if (answer.kind !== 'problem') return;
    await this.#keepGlance(unreadGlance(cluster, answer.problem.message, tools.now()));
  }

  async #keepGlance(glance: Glance): Promise<void> {
    const { store, outbox } = this.#parts;
    await store.clusters.keepGlance(glance);
    await outbox.touch('homes');
  }

  #logProblem(error: unknown, about: string): void {
    const fields =
      error instanceof AmsError
        ? { about, code: error.code, problem: error.message }
        : {
            about,
            error: error instanceof Error ? (error.stack ?? error.name).slice(0, 2_000) : typeof error,
          };
    this.#parts.log.error(fields, 'could not be prepared or answered');
  }
}

/** What is not tried again any more, because it was for long enough, is not said to be tried again. */
function refusalOf(error: unknown): Problem {
  const problem = toProblem(error);
  if (!(error instanceof CloudError) || !(error.retryable || error.unknownOutcome)) return problem;
  return {
    ...problem,
    hint: `I tried for ${PATIENCE_MS / 1_000} seconds and gave up; nothing was started. Once Alibaba Cloud answers this again, type the command again.`,
  };
}

function withPlan(operation: Operation, prepared: ReadyPlan, now: number): Operation {
  const { spec, plan, digest, regionId, before } = prepared;
  const numbers = before === undefined ? {} : { before };
  const planned = { ...operation, ...numbers, spec, plan, digest, regionId, plannedAt: now };
  if (operation.planOnly === true) return { ...planned, state: 'planned', endedAt: now };
  const reminder = remindAt(operation.policy, now);
  return {
    ...planned,
    state: 'awaiting-approval',
    expiresAt: now + operation.policy.expiresAfterMs,
    ...(reminder === undefined ? {} : { remindAt: reminder }),
  };
}
