import type { OperationView } from '../cluster/answers.ts';
import type { Problem } from '../cluster/errors.ts';
import { readySteps } from '../cluster/operation.ts';
import type { Operation, StepRecord } from '../cluster/operation.ts';
import { removesCluster, slackSeconds } from '../cluster/plan.ts';
import type { Plan, PlanStep } from '../cluster/plan.ts';
import type { Log } from './log.ts';
import type { OutboxDoor } from './outbox-door.ts';
import { patienceMs } from './patience.ts';
import type { Queues } from './queues.ts';
import type { AuditNote } from './store/audit-entry.ts';
import type { ChangeOptions, Store } from './store/store.ts';
import { Telling } from './telling.ts';

/** A queued step whose job is lost, or put off by a clock that is ahead, is noticed after this long (unscaled). */
const LOST_AFTER_MS = 60_000;

export interface EngineParts {
  readonly store: Store;
  readonly queues: Queues;
  readonly outbox: OutboxDoor;
  readonly log: Log;
  readonly timeScale: number;
  readonly now: () => number;
}

/**
 * Moves operations forward. The promise: whoever calls `advance`, however often and from wherever, each step of a
 * running operation whose predecessors are done has exactly one job, and an operation whose steps are done has ended.
 */
export class Engine {
  readonly #parts: EngineParts;
  readonly #telling: Telling;
  readonly #slack = new WeakMap<Plan, ReadonlyMap<string, number>>();

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#telling = new Telling(parts);
  }

  /** Adds the jobs of all steps that may start and ends the operation when all are done. Idempotent. */
  async advance(id: string, options: { readonly heal?: boolean } = {}): Promise<void> {
    const view = await this.#parts.store.view(id);
    if (view) await this.#advance(view, options);
  }

  async #advance({ operation, steps }: OperationView, options: { readonly heal?: boolean }): Promise<void> {
    const { plan } = operation;
    if (operation.state !== 'running' || !plan) return;
    if (plan.steps.every((step) => steps[step.id]?.state === 'done')) {
      await this.#succeed(operation);
      return;
    }
    const failed = plan.steps.map((step) => steps[step.id]).find((record) => record?.state === 'failed');
    // Whoever wrote that died before it could end the operation.
    if (failed?.problem) return this.fail(operation, failed.problem);
    const ready = readySteps(plan, steps);
    const overdue = options.heal === true ? this.#overdue(plan, steps, ready) : [];
    await this.queue(operation, [...ready, ...overdue]);
    const { id, run } = operation;
    await this.#parts.queues.hurryVisits(overdue.map((step) => ({ operation: id, step, run })));
  }

  /** Adds the jobs of steps that may start. @param delayMs real milliseconds from now */
  async queue(
    { id, run, plan }: Pick<Operation, 'id' | 'run' | 'plan'>,
    steps: readonly string[],
    delayMs = 0,
  ): Promise<void> {
    const planned = plan?.steps.filter((step) => steps.includes(step.id)) ?? [];
    if (!plan || planned.length === 0) return;
    const slack = this.slackOf(plan);
    const visits = planned.map((step) => ({
      job: { operation: id, step: step.id, run },
      kind: step.kind,
      slackSeconds: slack.get(step.id) ?? 0,
    }));
    await this.#parts.queues.queueVisits(visits, delayMs);
  }

  /** By step, how many seconds later it may end without delaying the operation. Reckoned once for each plan that is kept. */
  slackOf(plan: Plan): ReadonlyMap<string, number> {
    const slack = this.#slack.get(plan) ?? slackSeconds(plan.steps);
    this.#slack.set(plan, slack);
    return slack;
  }

  /**
   * Steps whose visit should have come long ago. Their job may have been lost with a worker or an older Redis, or put
   * off by a clock that is ahead of others: adding it again is harmless, and so is a visit that comes early.
   */
  #overdue(
    plan: Plan,
    steps: Readonly<Record<string, StepRecord>>,
    ready: readonly string[],
  ): readonly string[] {
    const { store, timeScale } = this.#parts;
    const longAgo = store.visits.clock.now() - patienceMs(LOST_AFTER_MS, timeScale, 5_000);
    const dueAt = ({ id, after }: PlanStep): number => {
      const record = steps[id];
      if (record?.state === 'waiting' || record?.state === 'running')
        return record.lookAgainAt ?? record.startedAt ?? 0;
      if (!ready.includes(id)) return Number.POSITIVE_INFINITY;
      return Math.max(0, ...after.map((one) => steps[one]?.endedAt ?? 0));
    };
    return plan.steps.filter((step) => dueAt(step) < longAgo).map(({ id }) => id);
  }

  async #succeed(operation: Operation): Promise<void> {
    const { store, log } = this.#parts;
    const { id, cluster, plan } = operation;
    if (removesCluster(plan)) await store.clusters.forget(cluster, { operation: id, state: 'running' });
    await this.change(id, { event: 'succeeded' }, (current) =>
      current.state === 'running' ? { ...current, state: 'succeeded', endedAt: this.#parts.now() } : current,
    );
    log.info({ operation: id, cluster }, 'operation succeeded');
  }

  /**
   * Ends a running operation with a failed step. Other steps stop at their next visit; what exists stays. A later run,
   * which somebody began by Retry, goes on.
   */
  async fail({ id, run }: Pick<Operation, 'id' | 'run'>, problem: Problem): Promise<void> {
    await this.change(id, { event: 'failed', detail: problem.message }, (current) =>
      current.state === 'running' && current.run === run
        ? {
            ...current,
            state: 'failed',
            problems: [...current.problems, problem],
            endedAt: this.#parts.now(),
          }
        : current,
    );
  }

  /** Changes an operation and lets its message follow. */
  async change(
    id: string,
    audit: AuditNote | ((after: Operation) => AuditNote | undefined) | undefined,
    change: (operation: Operation) => Operation,
    options: ChangeOptions = {},
  ): Promise<Operation> {
    const after = await this.#parts.store.update(id, audit, change, options);
    await this.tell(id);
    return after;
  }

  /** Lets the operation's message follow its state, at once. Never rejects. */
  tell(id: string): Promise<void> {
    return this.#telling.tell(id);
  }

  /** Lets the operation's message follow its steps, at once or in a moment. */
  tellSoon(id: string): void {
    this.#telling.tellSoon(id);
  }

  /** Tells at once what was to be told in a moment: before a process ends. Never rejects. */
  settle(): Promise<void> {
    return this.#telling.settle();
  }

  /** The level-triggered look at everything: heals lost jobs, untold messages and missed expiries. */
  async sweep(): Promise<void> {
    const { store, queues, log } = this.#parts;
    // It goes by Redis' time, and this process may have visited no step yet.
    const heard = store.visits.clock.asking();
    heard(await queues.redisTime());
    for (const id of await store.liveIds())
      await this.#nudge(id).catch((error: unknown) => {
        // One that cannot be read must not keep others from being healed.
        log.error({ operation: id, error: String(error) }, 'operation could not be looked after');
      });
    await Promise.all((await store.untold()).map((id) => this.tell(id)));
  }

  /** Sees to it that something will happen to a live operation: the job that its state needs is there. */
  async #nudge(id: string): Promise<void> {
    const { store, queues } = this.#parts;
    const view = await store.view(id);
    if (!view) return;
    const { operation, steps } = view;
    const now = store.visits.clock.now();
    // One that runs and of which no step was ever visited may lack what comes before the first.
    const isStarting =
      operation.state === 'approved' || (operation.state === 'running' && Object.keys(steps).length === 0);
    if (operation.state === 'draft') await queues.queuePlanning(id);
    else if (isStarting) await queues.queueStart(id);
    else if (operation.state === 'running') await this.#advance(view, { heal: true });
    else if (operation.expiresAt !== undefined && now >= operation.expiresAt) await queues.queueExpiry(id, 0);
    else if (
      operation.remindAt !== undefined &&
      operation.remindedAt === undefined &&
      now >= operation.remindAt
    )
      await queues.queueReminder(id, 0);
  }
}
