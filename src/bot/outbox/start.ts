import { setTimeout } from 'node:timers/promises';
import { DelayedError, Worker } from 'bullmq';
import type { Keys } from '../../jobs/store/keys.ts';
import type { Log } from '../../jobs/log.ts';
import { OUTBOX } from '../../jobs/outbox.ts';
import type { OutboxJob } from '../../jobs/outbox.ts';
import type { JobTrace } from '../../jobs/trace.ts';
import { troubleLog } from '../../jobs/trouble-log.ts';
import { answersSoon } from '../../redis/answers-soon.ts';
import type { RedisClient } from '../../redis/connect.ts';
import type { SlackWatch } from '../watch.ts';
import { PICTURE } from './letter.ts';
import { SendLater } from './send-later.ts';
import type { Sender } from './sender.ts';

const CONCURRENCY = 10;
/** Slack may be away for long: tried again after 0.5 s, then ever more slowly, up to this. */
const MAX_WAIT_MS = 30_000;
/** A call to Slack lasts 10 s at most (see app.ts). */
const CLOSE_MS = 12_000;

export interface OutboxWorker {
  close(): Promise<void>;
}

/**
 * Sends what the outbox holds. A message stays in it until Slack has taken it. Does not wait for Redis: a bot that
 * starts while it is away still answers people.
 */
export function startOutbox(options: {
  readonly connection: RedisClient;
  readonly keys: Keys;
  readonly sender: Sender;
  readonly log: Log;
  readonly watch?: Pick<SlackWatch, 'messageSent'> | undefined;
  readonly trace?: JobTrace | undefined;
}): OutboxWorker {
  const { connection, keys, sender, log, watch, trace } = options;
  const troubles = new Map<string, number>();
  const worker = new Worker<OutboxJob>(
    OUTBOX,
    async (job, token) => {
      const { key } = job.data;
      try {
        await sender.send(key);
        troubles.delete(key);
        // What a picture shows was told already.
        if (!key.startsWith(PICTURE)) watch?.messageSent(Date.now() - job.timestamp);
      } catch (error) {
        if (!(error instanceof SendLater)) throw error;
        const wait = waitFor(error, key);
        await job.moveToDelayed(Date.now() + wait, token);
        throw new DelayedError();
      }
    },
    {
      ...trace?.bullmq,
      connection,
      prefix: keys.prefix,
      concurrency: CONCURRENCY,
      // Renewed while a call lasts: only a bot that died waits this long for another.
      lockDuration: 10_000,
      stalledInterval: 5_000,
      maxStalledCount: 1_000,
      // Anything unforeseen (Redis away in the middle): the job stays and is tried again.
      settings: { backoffStrategy: (attempts) => Math.min(500 * 2 ** Math.min(attempts, 10), MAX_WAIT_MS) },
    },
  );

  function waitFor({ ms, trouble }: SendLater, key: string): number {
    if (trouble === undefined) return Math.max(1, Math.ceil(ms));
    const count = Math.min((troubles.get(key) ?? 0) + 1, 10);
    if (troubles.size > 10_000) troubles.clear();
    troubles.set(key, count);
    log.warn({ message: key, trouble }, 'slack did not take a message, trying again');
    return Math.max(ms, Math.min(500 * 2 ** (count - 1), MAX_WAIT_MS));
  }

  const trouble = troubleLog(log);
  worker.on('error', (error) => trouble('outbox', error));
  worker.on('failed', (job, error) =>
    log.warn({ message: job?.data.key, error: error.message }, 'message not sent yet'),
  );
  return {
    async close() {
      // Without Redis, what is under way cannot be put down: it stays locked in the queue until another bot may take it.
      const force = !(await answersSoon(connection));
      await Promise.race([worker.close(force), setTimeout(CLOSE_MS, undefined, { ref: false })]);
    },
  };
}
