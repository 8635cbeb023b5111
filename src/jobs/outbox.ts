import { Queue } from 'bullmq';
import type { MessageKey } from './desk.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { Keys } from './store/keys.ts';
import type { OutboxDoor } from './outbox-door.ts';
import type { JobTrace } from './trace.ts';

/** The queue of messages that should be brought up to date. */
export const OUTBOX = 'outbox';

export interface OutboxJob {
  readonly key: MessageKey;
}

export interface OutboxParts {
  readonly connection: RedisClient;
  readonly keys: Keys;
  readonly onError: (error: Error) => void;
  readonly trace?: JobTrace | undefined;
}

/**
 * Marks messages as out of date. However often a message is touched, at most one job for it waits and at most one is
 * under way: whoever touches it meanwhile makes it run once more afterwards (BullMQ deduplication `keepLastIfActive`),
 * so the last state is always shown. A job names the message only; what it says is read when it is sent.
 */
export class Outbox implements OutboxDoor {
  readonly #queue: Queue<OutboxJob>;

  constructor({ connection, keys, onError, trace }: OutboxParts) {
    this.#queue = new Queue<OutboxJob>(OUTBOX, {
      ...trace?.bullmq,
      connection,
      prefix: keys.prefix,
      defaultJobOptions: {
        // Slack may be away for days: a message is tried until it is sent.
        attempts: 1_000_000,
        backoff: { type: 'custom' },
        stackTraceLimit: 1,
        removeOnComplete: true,
        removeOnFail: true,
      },
    });
    this.#queue.on('error', onError);
  }

  async touch(...keys: readonly MessageKey[]): Promise<void> {
    await this.#queue.addBulk(
      keys.map((key) => ({
        name: 'message',
        data: { key },
        opts: { deduplication: { id: key, keepLastIfActive: true } },
      })),
    );
  }

  /** Has all that waits looked at now: a clock was set back, and it would wait too long. */
  async hurry(): Promise<void> {
    await this.#queue.promoteJobs();
  }

  close(): Promise<void> {
    return this.#queue.close();
  }
}
