import { Worker } from 'bullmq';
import type { ConnectionOptions, Job } from 'bullmq';
import type { AskRunner } from './ask-runner.ts';
import type { Keys } from './keys.ts';
import type { Log } from './log.ts';
import { ASKS, STEPS } from './queues.ts';
import type { AskJob, Queues, StepJob } from './queues.ts';
import type { StepRunner } from './step-runner.ts';

/** Waiting steps hold no slot, so this many visits at once are plenty. */
const STEP_CONCURRENCY = 50;
const ASK_CONCURRENCY = 20;
/** How often the sweeper looks at everything that is live, unscaled. */
const SWEEP_MS = 30_000;
/** After a worker's death its visits are taken over within about lock + two intervals (BULLMQ: stalled jobs). */
const LOCK = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 1_000 };

export interface WorkerParts {
  readonly connection: ConnectionOptions;
  readonly keys: Keys;
  readonly queues: Queues;
  readonly steps: StepRunner;
  readonly asks: AskRunner;
  readonly log: Log;
  readonly timeScale: number;
}

/** The running worker of a process. */
export interface RunningWorker {
  /** Stops taking work and waits until running visits end, `graceMs` at most; the rest is taken over by others. */
  close(graceMs: number): Promise<void>;
}

/** Starts working: steps, asks and the sweeper. */
export async function startWorker(parts: WorkerParts): Promise<RunningWorker> {
  const { connection, keys, queues, steps, asks, log } = parts;
  const options = { connection, prefix: keys.prefix, ...LOCK };
  const ending = new AbortController();
  const run = new Worker<StepJob>(
    STEPS,
    (job: Job<StepJob>, token, signal) => steps.run(job, token, either(signal, ending.signal)),
    { ...options, concurrency: STEP_CONCURRENCY },
  );
  const answer = new Worker<AskJob>(
    ASKS,
    (job: Job<AskJob>, token, signal) => asks.run(job, token, either(signal, ending.signal)),
    { ...options, concurrency: ASK_CONCURRENCY },
  );
  for (const worker of [run, answer]) {
    worker.on('error', (error) => log.warn({ queue: worker.name, error: error.message }, 'queue trouble'));
    worker.on('failed', (job, error) =>
      log.error({ queue: worker.name, job: job?.id, error: error.message }, 'job failed'),
    );
  }
  await queues.asks.upsertJobScheduler(
    'sweep',
    { every: Math.max(1_000, Math.round(SWEEP_MS * parts.timeScale)) },
    { name: 'sweep', data: { do: 'sweep' } },
  );
  await Promise.all([run.waitUntilReady(), answer.waitUntilReady()]);
  return {
    async close(graceMs) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), graceMs);
      });
      const closed = Promise.all([run.close(), answer.close()]);
      if ((await Promise.race([closed, late])) === 'late') {
        ending.abort();
        await Promise.all([run.close(true), answer.close(true)]);
      }
      clearTimeout(timer);
    },
  };
}

function either(one: AbortSignal | undefined, other: AbortSignal): AbortSignal {
  return one ? AbortSignal.any([one, other]) : other;
}
