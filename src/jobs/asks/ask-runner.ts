import { DelayedError } from 'bullmq';
import type { Job } from 'bullmq';
import { withFreshAnswers } from '../../cloud/calling/answers.ts';
import { CloudError } from '../../cloud/errors.ts';
import { withPersistence } from '../../cloud/calling/persistence.ts';
import { retryDelayMs } from '../../cloud/calling/retry.ts';
import { applyExpiry, applyReminder } from '../../cluster/approval.ts';
import { toProblem } from '../../cluster/errors.ts';
import type { Problem } from '../../cluster/errors.ts';
import { lookAtAll, lookForDrift } from '../drift/look.ts';
import { patienceMs } from '../patience.ts';
import type { AskJob } from '../queues.ts';
import { isRedisTrouble } from '../redis-deadline.ts';
import { answerAsk, glanceAt } from './answer-ask.ts';
import { logProblem } from './log-problem.ts';
import type { AskParts } from './parts.ts';
import { ComesLater } from './comes-later.ts';
import { planOrStart, refuse } from './plan-and-start.ts';

/** A person waits for a plan: after this long the last error is told instead of trying on, unscaled. */
export const PATIENCE_MS = 90_000;

/** Nor before so many tries; of a start two may have been put off for others that start at the same time. */
const LEAST_TRIES = 3;
const LEAST_TRIES_OF_START = 5;
/** How often, and for how long, unscaled, one read is made again before the whole is put off. */
const MOST_READ_AGAIN = 4;
const READ_PATIENCE_MS = 20_000;

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
      // What was cut short, since this worker is told to stop, is no reason to give up.
      if (error instanceof ComesLater || signal.aborted) {
        await job.moveToDelayed(Date.now() + (error instanceof ComesLater ? error.ms : 1), token);
        throw new DelayedError();
      }
      const { tools, random } = this.#parts;
      if (isPassing(error) && !(await this.#isLate(job))) {
        const again = retryDelayMs(error, job.attemptsStarted, random) * tools.timeScale;
        await job.moveToDelayed(Date.now() + Math.max(1, again), token);
        throw new DelayedError();
      }
      if ((data.do !== 'plan' && data.do !== 'start') || isRedisTrouble(error)) throw error;
      logProblem(this.#parts.log, error, data.operation);
      const state = data.do === 'plan' ? 'draft' : 'approved';
      await refuse({ id: data.operation, state }, [refusalOf(error)], this.#parts);
    }
  }

  /** Whether it was tried for long enough: of an operation by the clock of Redis, of which its times are. */
  async #isLate({ data, timestamp, attemptsStarted }: Job<AskJob>): Promise<boolean> {
    const { store, queues, tools } = this.#parts;
    // A busy computer may take all that time for the first try: one failure alone is no reason to give up.
    if (attemptsStarted < (data.do === 'start' ? LEAST_TRIES_OF_START : LEAST_TRIES)) return false;
    const patience = patienceMs(PATIENCE_MS, tools.timeScale);
    const operation = 'operation' in data ? await store.read(data.operation) : undefined;
    if (!operation) return tools.now() > timestamp + patience;
    const since = Math.max(operation.createdAt, ...operation.decisions.map(({ at }) => at));
    return (await queues.redisTime()) > since + patience;
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
    if (data.do === 'glance') return await glanceAt(data, this.#parts, signal);
    if (data.do === 'answer') return await answerAsk(data.ask, this.#parts, signal, data.asked);
    await planOrStart(data, this.#parts, signal);
  }

  async #expire(id: string): Promise<void> {
    const { engine, queues } = this.#parts;
    const now = await queues.redisTime();
    await engine.change(
      id,
      (after) => (after.state === 'expired' ? { event: 'expired' } : undefined),
      (current) => applyExpiry(current, now),
    );
  }

  /** Its message in the thread follows from the mark, so it is said once however often this runs. */
  async #remind(id: string): Promise<void> {
    const { engine, queues } = this.#parts;
    const now = await queues.redisTime();
    await engine.change(id, undefined, (current) => applyReminder(current, now));
  }
}

/** Whether the same may well be answered a little later. */
function isPassing(error: unknown): error is CloudError {
  return error instanceof CloudError && (error.retryable || error.unknownOutcome);
}

/** What is not tried again any more, because it was for long enough, is not said to be tried again. */
function refusalOf(error: unknown): Problem {
  const problem = toProblem(error);
  if (!isPassing(error)) return problem;
  return {
    ...problem,
    hint: `I tried for ${PATIENCE_MS / 1_000} seconds and gave up; nothing was started. Once Alibaba Cloud answers this again, type the command again.`,
  };
}
