import { Queue } from 'bullmq';
import type { Job } from 'bullmq';
import type { Asked } from '../cluster/answers.ts';
import type { RedisClient } from '../redis/connect.ts';
import { Script } from '../redis/script.ts';
import type { Keys } from './store/keys.ts';
import { APART, untraced } from './trace.ts';
import type { JobTrace } from './trace.ts';

/** `steps` carries out operations, `asks` plans, answers and sweeps: a thousand waiting steps never delay an answer. */
export const STEPS = 'steps';
export const ASKS = 'asks';

export interface StepJob {
  readonly operation: string;
  readonly step: string;
  readonly run: number;
}

/** A visit to queue. */
export interface QueuedVisit {
  readonly job: StepJob;
  /** Of the step: the name of its job. */
  readonly kind: string;
  /** So much later it may come: where more is to be done than can be, visits that have none go first. */
  readonly slackSeconds: number;
}

export type AskJob =
  | { readonly do: 'plan'; readonly operation: string }
  | { readonly do: 'start'; readonly operation: string }
  | { readonly do: 'advance'; readonly operation: string }
  | { readonly do: 'expire'; readonly operation: string }
  | { readonly do: 'remind'; readonly operation: string }
  /** `asked`: the question itself, since whoever queued this may have died before it was kept. */
  | { readonly do: 'answer'; readonly ask: string; readonly asked?: Asked }
  /** Reads a cluster for lists. */
  | { readonly do: 'glance'; readonly cluster: string; readonly isSecond?: boolean }
  | { readonly do: 'sweep' }
  /** Looks at all clusters, or at one, for what differs from their specs. */
  | { readonly do: 'drift' }
  | { readonly do: 'drift-look'; readonly cluster: string };

/** Priority of what nobody waits for: jobs without one go first. */
const LATER = 10;

/** Steps whose slack differs by less than this are equal. */
const SLACK_SECONDS = 5;
/** However late a step may come; BullMQ takes numbers up to 2,097,151. */
const MOST_PRIORITY = 10_000;

/** Whoever comes too early does nothing, and would not come again. */
const BY_THE_CLOCK: ReadonlySet<AskJob['do']> = new Set(['expire', 'remind']);

/** So many jobs are added one by one. */
const FEW = 4;

/** KEYS any of the slot that all of ours share. Returns Redis' time, milliseconds since 1970. */
const TIME = new Script(`
local now = redis.call('TIME')
return now[1] * 1000 + math.floor(now[2] / 1000)
`);

/** Queues as producers see them. An `error` event without a listener would end the process. */
export class Queues {
  readonly steps: Queue<StepJob>;
  readonly asks: Queue<AskJob>;
  readonly #connection: RedisClient;
  readonly #keys: Keys;
  readonly #trace: JobTrace;

  constructor(
    connection: RedisClient,
    keys: Keys,
    onError: (error: Error) => void,
    trace: JobTrace = untraced,
  ) {
    this.#connection = connection;
    this.#keys = keys;
    this.#trace = trace;
    const options = {
      ...trace.bullmq,
      connection,
      prefix: keys.prefix,
      // The operation's record is the truth about what is done, so nothing needs to stay behind in the queue.
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
    };
    this.steps = new Queue<StepJob>(STEPS, options);
    this.asks = new Queue<AskJob>(ASKS, options);
    this.steps.on('error', onError);
    this.asks.on('error', onError);
  }

  /** Queues visits to steps. Idempotent, like all below. @param delayMs real milliseconds from now */
  async queueVisits(visits: readonly QueuedVisit[], delayMs = 0): Promise<void> {
    const delay = delayMs > 0 ? { delay: delayMs } : {};
    const jobs = visits.map(({ job, kind, slackSeconds }) => {
      const priority = Math.min(Math.floor(slackSeconds / SLACK_SECONDS), MOST_PRIORITY);
      const later = priority > 0 ? { priority } : {};
      return {
        name: kind,
        data: job,
        opts: { jobId: stepJobId(job), ...delay, ...later, ...this.#trace.forStep(job) },
      };
    });
    // A pipeline of ioredis costs as much as a few commands. Where steps are traced, `add` would put its own span above
    // them.
    if (jobs.length > FEW || this.#trace !== untraced) await this.steps.addBulk(jobs);
    else await Promise.all(jobs.map(({ name, data, opts }) => this.steps.add(name, data, opts)));
  }

  /** Lets those of these visits come now that were put off. */
  async hurryVisits(visits: readonly StepJob[]): Promise<void> {
    await Promise.all(visits.map(async (visit) => promote(await this.steps.getJob(stepJobId(visit)))));
  }

  /** Queues the planning of a draft. */
  async queuePlanning(operation: string): Promise<void> {
    await this.asks.add('plan', { do: 'plan', operation }, { jobId: `plan.${operation}` });
  }

  /** Queues the start of an approved operation. */
  async queueStart(operation: string): Promise<void> {
    await this.asks.add('start', { do: 'start', operation }, { jobId: `start.${operation}` });
  }

  /** Queues the expiry of a plan. @param delayMs real milliseconds from now */
  async queueExpiry(operation: string, delayMs: number): Promise<void> {
    const jobId = delayMs > 0 ? `expire.${operation}` : `expire-now.${operation}`;
    await this.asks.add(
      'expire',
      { do: 'expire', operation },
      { jobId, delay: Math.max(0, delayMs), ...APART },
    );
  }

  /** Queues the reminder of a plan's approvers. @param delayMs real milliseconds from now */
  async queueReminder(operation: string, delayMs: number): Promise<void> {
    const jobId = delayMs > 0 ? `remind.${operation}` : `remind-now.${operation}`;
    await this.asks.add(
      'remind',
      { do: 'remind', operation },
      { jobId, delay: Math.max(0, delayMs), ...APART },
    );
  }

  /**
   * Queues a look at a cluster. One that waits already is enough.
   * @param delayMs real milliseconds from now
   * @param isSecond it confirms what another one saw, and does not wait for the next round
   */
  async queueDriftLook(cluster: string, delayMs = 0, isSecond = false): Promise<void> {
    const jobId = `${isSecond ? 'drift-again' : 'drift'}.${cluster}`;
    await this.asks.add(
      'drift-look',
      { do: 'drift-look', cluster },
      { jobId, delay: delayMs, priority: LATER },
    );
  }

  /**
   * Queues a reading of a cluster for lists. One that waits already is enough.
   * @param delayMs real milliseconds from now, after one that failed
   */
  async queueGlance(cluster: string, delayMs = 0): Promise<void> {
    const isSecond = delayMs > 0;
    const jobId = `${isSecond ? 'glance-again' : 'glance'}.${cluster}`;
    const job = { do: 'glance', cluster, isSecond } as const;
    await this.asks.add('glance', job, { jobId, delay: delayMs, priority: LATER });
  }

  /**
   * Lets whatever was put off come now: a clock was set back, and it would come too late. Each looks by itself whether
   * it is time; what waits for a moment that people were told stays.
   */
  async hurry(): Promise<void> {
    await Promise.all([this.steps.promoteJobs(), this.hurryAsks()]);
  }

  /**
   * The same for asks alone, but for what has a schedule.
   * @param after only what was put off after this moment, by the clock of whoever did it
   */
  async hurryAsks(after = 0): Promise<void> {
    const asks = (await this.asks.getDelayed()).filter(
      ({ data, repeatJobKey }) => !BY_THE_CLOCK.has(data.do) && repeatJobKey === undefined,
    );
    const hurried = asks.filter(({ timestamp, processedOn = 0 }) => Math.max(timestamp, processedOn) > after);
    await Promise.all(hurried.map(promote));
  }

  /** What time it is by Redis' clock, milliseconds since 1970. */
  async redisTime(): Promise<number> {
    return (await TIME.run(this.#connection, [this.#keys.prefix], [])) as number;
  }

  async close(): Promise<void> {
    await Promise.all([this.steps.close(), this.asks.close()]);
  }
}

/** Deterministic: adding the same step of the same run twice is adding it once. */
export function stepJobId(job: StepJob): string {
  return `${job.operation}.r${job.run}.${job.step}`;
}

/** One that was not put off, or comes by now, stays as it is. */
async function promote(job: Job | undefined): Promise<void> {
  await job?.promote().catch(() => undefined);
}
