import { createRedisBackend } from 'bullmq';
import type { Job } from 'bullmq';
import type { StepRecord } from '../../cluster/operation.ts';
import { onTime } from '../../redis/on-time.ts';
import { sent } from '../../redis/sent.ts';
import type { StepJob } from '../queues.ts';
import type { Tools } from './step-context.ts';
import type { JobsPlace, TakenVisit, StepVisit, Visits } from '../store/visits.ts';

interface Batch {
  readonly tokens: string[];
  readonly visits: Promise<ReadonlyMap<string, TakenVisit>>;
}

/**
 * Begins visits as their jobs are taken. A worker that ends a job takes the next in the same command; what begins that
 * one's visit is sent right behind it, without waiting to hear which it is, and answered together with it. Jobs that were
 * put off are taken when they are due, and not when Redis next looks at its clock.
 */
export class Taking {
  readonly #visits: Visits;
  readonly #tools: Tools;
  /** Kinds of steps that are tasks. */
  readonly #tasks: readonly string[];
  /** Visits that have begun and are not carried out yet, by their jobs' tokens. */
  readonly #begun = new Map<string, Promise<TakenVisit | undefined>>();
  #batch: Batch | undefined;

  constructor(visits: Visits, tools: Tools) {
    this.#visits = visits;
    this.#tools = tools;
    this.#tasks = [...tools.kinds.values()].filter(({ type }) => type === 'task').map(({ kind }) => kind);
  }

  /** What a BullMQ worker of steps works by: Redis as always, besides. */
  readonly backend: typeof createRedisBackend = (name, options, connections) => {
    const backend = createRedisBackend(name, options, connections);
    const jobs = { active: backend.toKey('active'), prefix: backend.toKey('') };
    const complete = backend.moveToCompleted.bind(backend);
    backend.moveToCompleted = (job, value, removal, token, takesNext) => {
      const completed = complete(job, value, removal, token, takesNext);
      if (takesNext) this.#begin(token, jobs);
      return completed;
    };
    const wait = backend.waitForJob.bind(backend);
    backend.waitForJob = (seconds) => onTime(wait(seconds), seconds * 1_000, () => this.#visits.nudge());
    return backend;
  };

  #begin(token: string, jobs: JobsPlace): void {
    const batch = (this.#batch ??= this.#openBatch(jobs));
    batch.tokens.push(token);
    const begun = batch.visits.then((visits) => {
      const visit = visits.get(token);
      if (visit === undefined) this.#begun.delete(token);
      return visit;
    });
    this.#begun.set(token, begun);
  }

  /** One command for all jobs that are taken in this turn. */
  #openBatch(jobs: JobsPlace): Batch {
    const tokens: string[] = [];
    const visits = sent().then(() => {
      this.#batch = undefined;
      const fresh: StepRecord = { state: 'running', startedAt: this.#tools.now() };
      return this.#visits.beginTaken(tokens, jobs, fresh, this.#tasks);
    });
    return { tokens, visits: visits.catch(() => new Map<string, TakenVisit>()) };
  }

  /** The visit to a job's step where it has begun as the job was taken. */
  async visitor(job: Job<StepJob>, token: string | undefined): Promise<StepVisit | undefined> {
    if (token === undefined) return undefined;
    const begun = this.#begun.get(token);
    this.#begun.delete(token);
    const taken = await begun;
    return taken !== undefined && taken.jobId === job.id ? taken.visitor(job) : undefined;
  }
}
