import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { DelayedError, Worker } from 'bullmq';
import type { Job } from 'bullmq';
import { answersSoon } from '../redis/answers-soon.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { AskRunner } from './asks/ask-runner.ts';
import { watchClock } from './clock-watch.ts';
import { InTurn } from './in-turn.ts';
import type { Keys } from './store/keys.ts';
import type { Log } from './log.ts';
import { patienceMs } from './patience.ts';
import { AHEAD_MS, PutOff } from './put-off.ts';
import { ASKS, STEPS } from './queues.ts';
import type { AskJob, Queues, StepJob } from './queues.ts';
import { isRedisTrouble } from './redis-deadline.ts';
import type { StepRunner } from './steps/step-runner.ts';
import type { JobTrace } from './trace.ts';
import { troubleLog } from './trouble-log.ts';
import type { TroubleLog } from './trouble-log.ts';

/** Waiting steps hold no slot, so this many visits at once are plenty. */
const STEP_CONCURRENCY = 50;
const ASK_CONCURRENCY = 20;
/** How often the sweeper looks at everything that is live, unscaled. */
const SWEEP_MS = 30_000;
/** What a Redis has refused that takes nothing is asked of it again after this, real time. */
const REFUSED_AGAIN_MS = 2_000;
/**
 * After a worker's death its visits are taken over within about the lock and two intervals (BullMQ: stalled jobs), 8 s.
 * Both follow the time scale, but never below these: a busy processor must still come to renew a lock.
 */
const LOCK_MS = { usual: 4_000, least: 2_000 };
const STALLED_LOOK_MS = { usual: 2_000, least: 1_000 };
/** How long a stop waits, beyond its grace time, for visits that were told to end; and once none is under way. */
const LAST_WORDS_MS = 2_000;
const IDLE_LOOK_MS = 100;
/** BullMQ passes a signal to whoever declares one, though its types say it may not. */
const NEVER = new AbortController().signal;

export interface WorkerParts {
  readonly connection: RedisClient;
  readonly keys: Keys;
  readonly queues: Queues;
  readonly steps: StepRunner;
  readonly asks: AskRunner;
  readonly log: Log;
  readonly timeScale: number;
  /** How often clusters are looked at for drift, unscaled; undefined: never. */
  readonly driftEveryMs?: number | undefined;
  readonly trace?: JobTrace | undefined;
}

/** The running worker of a process. */
export interface RunningWorker {
  /** Whether it takes work: false once it is told to close. */
  isRunning(): boolean;
  /** Stops taking work and waits until running visits end, about `graceMs` at most; the rest is taken over by others. */
  close(graceMs: number): Promise<void>;
}

/** Starts working: steps, asks and the sweeper. `started` waits for Redis, however long it is away or takes nothing. */
export function startWorker(parts: WorkerParts): RunningWorker & { readonly started: Promise<void> } {
  const { connection, keys, steps, asks, log } = parts;
  const trouble = troubleLog(log);
  const options = {
    ...parts.trace?.bullmq,
    connection,
    prefix: keys.prefix,
    lockDuration: patienceMs(LOCK_MS.usual, parts.timeScale, LOCK_MS.least),
    stalledInterval: patienceMs(STALLED_LOOK_MS.usual, parts.timeScale, STALLED_LOOK_MS.least),
    // However often its worker dies, a visit is taken over: what it did is found, not done again.
    maxStalledCount: 1_000,
  };
  const turns = new InTurn();
  let underWay = 0;
  async function inTurn(job: Job, token: string | undefined, work: () => Promise<void>): Promise<void> {
    underWay += 1;
    try {
      await turns.run(job.id ?? '', work);
    } catch (error) {
      // What has a schedule comes again by itself.
      if (!(error instanceof Error) || !isRedisTrouble(error) || job.repeatJobKey !== undefined) throw error;
      trouble(`queue ${job.queueName}`, error);
      // A Redis that is full has room for that a job has failed, and would forget it.
      await job.moveToDelayed(Date.now() + REFUSED_AGAIN_MS, token);
      throw new DelayedError();
    } finally {
      underWay -= 1;
    }
  }
  const stepWorker = new Worker<StepJob>(
    STEPS,
    (job: Job<StepJob>, token, signal) => inTurn(job, token, () => steps.run(job, token, heard(signal))),
    { ...options, concurrency: STEP_CONCURRENCY },
    steps.taking.backend,
  );
  const askWorker = new Worker<AskJob>(
    ASKS,
    (job: Job<AskJob>, token, signal) => inTurn(job, token, () => asks.run(job, token, heard(signal))),
    { ...options, concurrency: ASK_CONCURRENCY },
  );
  for (const worker of [stepWorker, askWorker]) {
    worker.on('error', (error) => trouble(`queue ${worker.name}`, error));
    worker.on('failed', (job, error) =>
      log.error({ queue: worker.name, job: job?.id, error: error.message }, 'job failed'),
    );
  }
  let state: 'starting' | 'started' | 'closing' = 'starting';
  const chores = startChores(parts, trouble);
  const clock = watchClock(() => chores.hurry());
  async function ready(): Promise<void> {
    await Promise.all([chores.scheduled, stepWorker.waitUntilReady(), askWorker.waitUntilReady()]);
    if (state === 'starting') state = 'started';
  }
  return {
    started: ready(),
    isRunning: () =>
      state === 'started' &&
      [stepWorker, askWorker].every((worker) => worker.isRunning() && !worker.isPaused()),
    async close(graceMs) {
      state = 'closing';
      chores.stop();
      clock.stop();
      // Without Redis what is under way cannot be put down: it stays locked until another worker may take it.
      if (!(await answersSoon(connection))) {
        const gone = Promise.all([stepWorker.close(true), askWorker.close(true)]);
        await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS))]);
        return;
      }
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), graceMs);
      });
      const closed = Promise.all([stepWorker.close(), askWorker.close()]);
      const over = Promise.race([closed, untilIdle(() => underWay === 0)]);
      if ((await Promise.race([over, late])) === 'late') {
        stepWorker.cancelAllJobs();
        askWorker.cancelAllJobs();
        // What heeds that puts itself down in this time; what hangs is taken over once its lock has expired.
        await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS))]);
      }
      clearTimeout(timer);
    },
  };
}

/**
 * Resolves once nothing was under way for a while: time for what ended last to be written down. A worker of BullMQ may
 * never say that it is closed, where its connection to a Cluster was being recovered at that moment (6.7.0).
 */
async function untilIdle(isIdle: () => boolean): Promise<void> {
  for (let idleMs = 0; idleMs < LAST_WORDS_MS; idleMs = isIdle() ? idleMs + IDLE_LOOK_MS : 0)
    await pause(IDLE_LOOK_MS, undefined, { ref: false });
}

/** A test flight alone has more requests under way than Node lets listen to a signal without a warning. */
function heard(signal: AbortSignal = NEVER): AbortSignal {
  setMaxListeners(Infinity, signal);
  return signal;
}

interface Chores {
  /** Their schedules are there. */
  readonly scheduled: Promise<void>;
  /** The clock was set back: what was put off by the old time comes now, these, too, then on their schedules anew. */
  hurry(): void;
  stop(): void;
}

/**
 * The sweeper and the look for drift, on their schedules: put back when Redis has lost them, emptied for one, and begun
 * anew when a clock that is ahead has put them off and its machine is gone: as long as that lives, they go on by it.
 */
function startChores({ queues, log, timeScale, driftEveryMs }: WorkerParts, trouble: TroubleLog): Chores {
  const scaled = (ms: number): number => Math.max(1_000, Math.round(ms * timeScale));
  const lookMs = scaled(SWEEP_MS);
  const chores = [
    { do: 'sweep', every: lookMs },
    ...(driftEveryMs === undefined ? [] : [{ do: 'drift', every: scaled(driftEveryMs) } as const]),
  ] as const;
  type Chore = (typeof chores)[number];
  async function upsert({ do: chore, every }: Chore): Promise<void> {
    await queues.asks.upsertJobScheduler(chore, { every }, { name: chore, data: { do: chore } });
  }
  async function schedule(): Promise<void> {
    if (driftEveryMs === undefined) await queues.asks.removeJobScheduler('drift');
    for (const chore of chores) await upsert(chore);
  }
  let stopped = false;
  /** A Redis that is full for one is no reason to end a process which may be a bot, too. */
  async function scheduleSurely(): Promise<void> {
    for (;;) {
      try {
        return await schedule();
      } catch (error) {
        if (stopped || !(error instanceof Error) || !isRedisTrouble(error)) throw error;
        trouble('schedules', error);
      }
      await pause(REFUSED_AGAIN_MS, undefined, { ref: false });
    }
  }
  async function begin(chore: Chore): Promise<void> {
    await queues.asks.removeJobScheduler(chore.do);
    await upsert(chore);
  }
  function hurry(): void {
    log.warn({}, 'the clock was set back: what was put off by the old time comes now');
    Promise.all([queues.hurry(), ...chores.map(begin)]).catch((error: unknown) =>
      log.warn({ error: String(error) }, 'what was put off stays so'),
    );
  }
  const putOff = new PutOff();
  let looking = false;
  async function look(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      for (const chore of chores) {
        const found = await queues.asks.getJobScheduler(chore.do);
        if (found && !putOff.isLeft(chore.do, found, lookMs / 2)) continue;
        const begins = found
          ? 'was put off by a clock that is ahead, and comes now'
          : 'lost its schedule, which is put back';
        log.warn({ chore: chore.do }, begins);
        // Of steps the sweep knows which are late.
        if (found) await queues.hurryAsks(Date.now() + AHEAD_MS);
        await begin(chore);
      }
    } catch (error) {
      log.warn({ error: String(error) }, 'schedules could not be looked at');
    } finally {
      looking = false;
    }
  }
  const timer = setInterval(() => void look(), lookMs);
  timer.unref();
  function stop(): void {
    stopped = true;
    clearInterval(timer);
  }
  return { scheduled: scheduleSurely(), hurry, stop };
}
