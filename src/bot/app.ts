import { Server } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { Receiver } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import type { Settings } from '../cluster/settings.ts';
import type { Desk } from '../jobs/desk.ts';
import type { Keys } from '../jobs/store/keys.ts';
import type { Log } from '../jobs/log.ts';
import { watchClock } from '../jobs/clock-watch.ts';
import { Outbox } from '../jobs/outbox.ts';
import { within } from '../jobs/queues.ts';
import type { JobTrace } from '../jobs/trace.ts';
import { troubleLog } from '../jobs/trouble-log.ts';
import type { RedisClient } from '../redis/connect.ts';
import { Access } from './access.ts';
import { App, HTTPReceiver } from './bolt.ts';
import { registerHome } from './home/register.ts';
import { readHome } from './home/read-home.ts';
import { registerActions } from './actions/register.ts';
import { registerForms } from './actions/register-forms.ts';
import { boltLog } from './bolt-log.ts';
import { createArtist } from './chart/draw.ts';
import { registerCommands } from './commands/register.ts';
import { slackError } from './explain.ts';
import { HOME, HomeSender } from './outbox/home-sender.ts';
import { Pace } from './outbox/pace.ts';
import { PictureSender } from './outbox/picture-sender.ts';
import { Places } from './outbox/places.ts';
import { Unfinished } from './outbox/unfinished.ts';
import { Sender } from './outbox/sender.ts';
import { SharedPace } from './outbox/shared-pace.ts';
import { readTrouble } from './outbox/slack-calls.ts';
import { startOutbox } from './outbox/start.ts';
import type { OutboxWorker } from './outbox/start.ts';
import { PortRefused, SlackRefused } from './refused.ts';
import { Sockets } from './sockets.ts';
import { UnderWay } from './under-way.ts';
import { traceDeliveries, watchDeliveries, watchedFetch } from './watch.ts';
import type { SlackWatch } from './watch.ts';

export interface BotOptions {
  readonly slack: {
    readonly botToken: string;
    /** Socket Mode when given, HTTP otherwise. */
    readonly appToken?: string;
    readonly signingSecret?: string;
    /** For HTTP; 0 takes a free one. */
    readonly port?: number;
    readonly apiUrl?: string;
  };
  readonly desk: Desk;
  readonly settings: Settings;
  /** For the places of messages. */
  readonly redis: RedisClient;
  /** For the queue of messages: a patient one. */
  readonly connection: RedisClient;
  readonly keys: Keys;
  readonly log: Log;
  readonly timeScale: number;
  readonly now: () => number;
  readonly watch?: SlackWatch;
  readonly trace?: JobTrace | undefined;
}

export interface Bot {
  /** Resolves when Slack can reach the bot: while it is away, that waits. @throws SlackRefused, PortRefused */
  start(): Promise<void>;
  /** Stops taking commands, then waits for those under way, 3 s at most, and for messages under way; those still to be sent stay in the queue. */
  stop(): Promise<void>;
  /** Whether Slack can reach the bot now: by a socket, or because it listens. */
  isConnected(): boolean;
  /** Port of the HTTP receiver once started; undefined in Socket Mode. */
  port(): number | undefined;
}

const PATH = '/slack/events';
/** Slack waits no longer for an answer. */
const LAST_ANSWERS_MS = 3_000;
/** While Slack is away at the start it is asked again ever more slowly, up to this. */
const ASK_AGAIN_MS = 10_000;
/** How long a stop waits for what was acknowledged: a click that was answered so is not sent again. */
const LAST_WORK_MS = 3_000;
/** One try: a repeated post is a double, and whoever waits for a form has 3 seconds. The outbox does its own tries. */
const ONE_TRY = { retryConfig: { retries: 0 }, rejectRateLimitedCalls: true, timeout: 10_000 } as const;

export function createBot(options: BotOptions): Bot {
  const { slack, desk, settings, redis, connection, keys, log, timeScale, now, watch, trace } = options;
  const logger = boltLog(log);
  const trouble = troubleLog(log);
  const address = slack.apiUrl === undefined ? {} : { slackApiUrl: slack.apiUrl };
  const transport = watch === undefined ? {} : { fetch: watchedFetch(watch) };
  const client = new WebClient(slack.botToken, { ...ONE_TRY, ...address, ...transport, logger });
  const places = new Places(redis, keys, settings.history.keepDays);
  const outbox = new Outbox({
    connection,
    keys,
    onError: (error) => trouble('outbox', error),
    trace,
  });
  const touch = (key: string) => within(1_000, outbox.touch(key));
  const artist = createArtist();
  const access = new Access({ settings, log, now, membersOf: (group) => membersOf(client, group) });
  const sockets =
    slack.appToken === undefined
      ? undefined
      : new Sockets({ appToken: slack.appToken, apiUrl: slack.apiUrl, logger, log, ...transport });
  const receiver = sockets ?? httpReceiver();
  const app = new App({
    token: slack.botToken,
    receiver,
    logger,
    clientOptions: { ...ONE_TRY, ...address, ...transport },
    // Else the constructor checks the token on its own, and its refusal ends the process.
    deferInitialization: true,
  });
  if (watch) watchDeliveries(app, watch);
  if (trace) traceDeliveries(app, trace);
  const parts = { desk, settings, access, log, now, touch, isFirst, homeOpened };
  registerCommands(app, parts);
  registerActions(app, parts);
  registerForms(app, parts);
  registerHome(app, parts);
  app.error(async (error) => log.error({ error: error.message, code: error.code }, 'slack handler failed'));

  /** Since when Redis has been there without a break, as far as this process knows. */
  let redisSince = Date.now();
  let isAway = false;
  redis.on('close', () => (isAway = true));
  redis.on('ready', () => {
    if (!isAway) return;
    isAway = false;
    redisSince = Date.now();
    void unfinished?.redisIsBack();
  });

  const underWay = new UnderWay();
  let sending: OutboxWorker | undefined;
  let unfinished: Unfinished | undefined;
  let clock: ReturnType<typeof watchClock> | undefined;
  let port: number | undefined;
  let listening = false;
  let web: Server | undefined;
  let stopping = false;

  function httpReceiver(): Receiver {
    return new HTTPReceiver({ signingSecret: slack.signingSecret ?? '', endpoints: PATH, logger });
  }

  /** Slack delivers at least once. When Redis does not say, the desk decides: a request has its own id. */
  async function isFirst(deliveryId: string): Promise<boolean> {
    try {
      return await within(500, places.isFirst(deliveryId));
    } catch {
      return true;
    }
  }

  async function homeOpened(user: string, isNew: boolean): Promise<void> {
    const key = `${HOME}${user}`;
    if (isNew) await within(1_000, places.write(key, {}));
    await within(1_000, places.opened(user));
    await touch(key);
  }

  /** Has the token checked and opens the way in at the same time; what arrives before Slack knows us waits. */
  async function start(): Promise<void> {
    const known = introduce();
    const process = app.processEvent.bind(app);
    app.processEvent = (event) => underWay.count(known.then(() => process(event)));
    try {
      await Promise.all([known.then(send), listen()]);
    } catch (error) {
      await app.stop().catch(() => undefined);
      throw error;
    }
  }

  /** Has Slack say who we are, however long it is away: that is no reason to end a process which may be a worker too. */
  async function introduce(): Promise<void> {
    for (let wait = 1_000; ; wait = Math.min(2 * wait, ASK_AGAIN_MS)) {
      try {
        return await app.init();
      } catch (error) {
        const trouble = readTrouble(error);
        if (trouble.kind === 'refused') throw new SlackRefused('the bot token', trouble.error);
        log.warn({ error: why(error) }, 'slack does not answer the bot, which asks again');
        await setTimeout(trouble.kind === 'rate-limited' ? trouble.retryAfterMs : wait);
      }
    }
  }

  function send(): void {
    if (stopping) return;
    const reader = {
      operation: (id: string) => desk.operation(id),
      asked: (id: string) => desk.asked(id),
      drift: (cluster: string) => desk.drift(cluster),
      tellRequester: settings.notify.requester,
      wasShown: (id: string) => places.wasShown(id),
      now,
      timeScale,
    };
    const pace = new SharedPace(redis, keys, new Pace(Date.now));
    const read = (user: string) => readHome(user, { desk, access, now });
    const homes = new HomeSender({ client, places, pace, log, read, touch });
    unfinished = new Unfinished({
      client,
      pace,
      log,
      keepDays: settings.history.keepDays,
      now,
      standing: (ids) => desk.standing(ids),
      read: async (id) => (await desk.operation(id))?.operation,
      placeOf: (id) => places.read(`op:${id}`),
      touch,
      doubt: (key, ts) => places.doubt(key, ts),
      timeScale,
    });
    const pictures = new PictureSender({ client, places, pace, artist, asked: reader.asked, log });
    const sender = new Sender({
      client,
      places,
      reader,
      pace,
      homes,
      pictures,
      unfinished,
      log,
      touch,
      doubtedBefore: () => redisSince,
    });
    unfinished.start();
    clock = watchClock(() => void outbox.hurry().catch(() => undefined));
    sending = startOutbox({ connection, keys, sender, log, watch, trace });
  }

  async function listen(): Promise<void> {
    const wanted = slack.port ?? 3000;
    try {
      const started: unknown = await app.start(wanted);
      listening = !stopping;
      if (!(started instanceof Server)) return;
      web = started;
      const bound = web.address();
      if (bound !== null && typeof bound === 'object') port = bound.port;
    } catch (error) {
      if (slack.appToken !== undefined) throw new SlackRefused('the app token', why(error));
      const { code } = error as NodeJS.ErrnoException;
      throw code === undefined ? error : new PortRefused(wanted, code);
    }
  }

  async function stop(): Promise<void> {
    stopping = true;
    listening = false;
    // A connection on which nothing was asked yet is not idle to Node: it would hold the server open for ever.
    const late = globalThis.setTimeout(() => web?.closeAllConnections(), LAST_ANSWERS_MS);
    await app
      .stop()
      .catch((error: unknown) => log.warn({ error: String(error) }, 'slack connection did not close well'));
    clearTimeout(late);
    await underWay.end(LAST_WORK_MS);
    clock?.stop();
    await Promise.all([sending?.close(), unfinished?.stop()]);
    await artist.close();
    await outbox.close();
  }

  const isConnected = () => listening && (sockets?.isConnected() ?? true);
  return { start, stop, isConnected, port: () => port };
}

async function membersOf(client: WebClient, group: string): Promise<readonly string[]> {
  const { users } = await client.usergroups.users.list({ usergroup: group });
  return users ?? [];
}

function why(error: unknown): string {
  return slackError(error) ?? (error instanceof Error ? error.message.slice(0, 200) : 'no answer');
}
