import { WebClient } from '@slack/web-api';
import { Pace } from '../../src/bot/outbox/pace.ts';
import { Places } from '../../src/bot/outbox/places.ts';
import { Sender } from '../../src/bot/outbox/sender.ts';
import { SharedPace } from '../../src/bot/outbox/shared-pace.ts';
import { startOutbox } from '../../src/bot/outbox/start.ts';
import type { OutboxWorker } from '../../src/bot/outbox/start.ts';
import type { Asked, OperationView } from '../../src/cluster/answers.ts';
import { Outbox } from '../../src/jobs/outbox.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import type { RedisClient } from '../../src/redis/connect.ts';
import { seen } from '../bot/samples.ts';
import { startWebApi } from '../bot/slack-web-api.ts';
import { silentLog } from './silent-log.ts';

type WebApi = Awaited<ReturnType<typeof startWebApi>>;

let count = 0;

/** How long a test waits for what was sent. */
export const within5s = { timeout: 5_000, interval: 20 };

/** An outbox with a Redis namespace and a Slack of its own, and a process that sends once `send` was called. */
export async function openOutbox(redis: RedisClient): Promise<OutboxBench> {
  return new OutboxBench(redis, await startWebApi());
}

export class OutboxBench {
  readonly slack: WebApi;
  readonly keys = new Keys(`outbox-${(count += 1)}`);
  readonly outbox: Outbox;
  /** What every message of an operation shows. */
  state: OperationView = seen('planned');
  /** What every answer to a question shows. */
  asked: Asked | undefined;
  tellRequester = true;
  doubtedBefore = 0;
  /** How often the operation was read to be shown. */
  reads = 0;
  /** The fields of each error in the log. */
  readonly logged: object[] = [];
  readonly #redis: RedisClient;
  #worker: OutboxWorker | undefined;

  constructor(redis: RedisClient, slack: WebApi) {
    this.#redis = redis;
    this.slack = slack;
    this.outbox = new Outbox({ connection: redis, keys: this.keys, onError: () => undefined });
  }

  /** The messages of the channel, without replies. */
  main() {
    return this.slack.messages.filter((one) => one.thread === undefined && one.channel === 'C0OPS00001');
  }

  /** A bot process that sends. */
  async send(): Promise<void> {
    this.#worker = startOutbox({
      connection: this.#redis,
      keys: this.keys,
      sender: this.openSender(),
      log: silentLog,
    });
  }

  /** Ends the process that sends. */
  async rest(): Promise<void> {
    await this.#worker?.close();
    this.#worker = undefined;
  }

  openSender(
    pace = new SharedPace(this.#redis, this.keys, new Pace(Date.now)),
    touched: (key: string) => void = () => undefined,
  ): Sender {
    const client = new WebClient('xoxb-test', {
      slackApiUrl: this.slack.url,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: 2_000,
    });
    const places = new Places(this.#redis, this.keys);
    const reader = {
      operation: () => {
        this.reads += 1;
        return Promise.resolve(this.state);
      },
      asked: () => Promise.resolve(this.asked),
      drift: () => Promise.resolve(undefined),
      wasShown: (id: string) => places.wasShown(id),
      tellRequester: this.tellRequester,
      now: Date.now,
      timeScale: 1,
    };
    return new Sender({
      client,
      places,
      reader,
      pace,
      unfinished: { note: () => undefined, over: () => undefined },
      pictures: { send: () => Promise.resolve() },
      homes: { publish: () => Promise.resolve(), touchAll: () => Promise.resolve() },
      log: { ...silentLog, error: (fields) => this.logged.push(fields) },
      touch: (key) => {
        touched(key);
        return this.outbox.touch(key);
      },
      doubtedBefore: () => this.doubtedBefore,
    });
  }

  async close(): Promise<void> {
    await this.rest();
    await this.outbox.close();
    await this.slack.close();
  }
}
