import { Server } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { WebClient } from '@slack/web-api';
import type { Settings } from '../cluster/settings.ts';
import type { Desk } from '../jobs/desk.ts';
import type { Keys } from '../jobs/store/keys.ts';
import type { Log } from '../jobs/log.ts';
import { Outbox } from '../jobs/outbox.ts';
import { within } from '../jobs/redis-deadline.ts';
import type { JobTrace } from '../jobs/trace.ts';
import { troubleLog } from '../jobs/trouble-log.ts';
import type { RedisClient } from '../redis/connect.ts';
import { Access } from './access.ts';
import { App, HTTPReceiver } from './bolt.ts';
import { registerHome } from './home/register.ts';
import { registerActions } from './actions/register.ts';
import { registerForms } from './actions/register-forms.ts';
import { boltLog } from './bolt-log.ts';
import { createArtist } from './chart/draw.ts';
import { registerCommands } from './commands/register.ts';
import { slackError } from './explain.ts';
import { HOME } from './outbox/home-sender.ts';
import { Places } from './outbox/places.ts';
import { startSending } from './outbox/sending.ts';
import type { Sending } from './outbox/sending.ts';
import { readTrouble } from './outbox/slack-calls.ts';
import { PortRefused, SlackRefused } from './refused.ts';
import { Sockets } from './sockets.ts';
import { UnderWay } from './under-way.ts';
import { traceDeliveries, watchDeliveries, watchedFetch } from './watch.ts';
import type { SlackWatch } from './watch.ts';

export interface BotOptions {
  readonly slack: {
    readonly botToken: string;
    readonly delivery:
      | { readonly mode: 'socket'; readonly appToken: string }
      /** Port 0 takes a free one. */
      | { readonly mode: 'http'; readonly signingSecret: string; readonly port: number };
    readonly apiUrl?: string | undefined;
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
  readonly watch?: SlackWatch | undefined;
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
  const { delivery, apiUrl } = slack;
  const logger = boltLog(log);
  const trouble = troubleLog(log);
  const address = apiUrl === undefined ? {} : { slackApiUrl: apiUrl };
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
  const receiver =
    delivery.mode === 'socket'
      ? new Sockets({ appToken: delivery.appToken, apiUrl, logger, log, ...transport })
      : new HTTPReceiver({ signingSecret: delivery.signingSecret, endpoints: PATH, logger });
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
    void sending?.redisIsBack();
  });

  const underWay = new UnderWay();
  let sending: Sending | undefined;
  let port: number | undefined;
  let listening = false;
  let web: Server | undefined;
  let stopping = false;

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
    const handle = app.processEvent.bind(app);
    app.processEvent = (event) => underWay.count(known.then(() => handle(event)));
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
        const refusal = readTrouble(error);
        if (refusal.kind === 'refused') throw new SlackRefused('the bot token', refusal.error);
        log.warn({ error: why(error) }, 'slack does not answer the bot, which asks again');
        await setTimeout(refusal.kind === 'rate-limited' ? refusal.retryAfterMs : wait);
      }
    }
  }

  function send(): void {
    if (stopping) return;
    sending = startSending({
      client,
      desk,
      settings,
      access,
      places,
      outbox,
      artist,
      redis,
      connection,
      keys,
      log,
      timeScale,
      now,
      touch,
      redisSince: () => redisSince,
      watch,
      trace,
    });
  }

  async function listen(): Promise<void> {
    const wanted = delivery.mode === 'http' ? delivery.port : 0;
    try {
      const started: unknown = await app.start(wanted);
      listening = !stopping;
      if (!(started instanceof Server)) return;
      web = started;
      const bound = web.address();
      if (bound !== null && typeof bound === 'object') port = bound.port;
    } catch (error) {
      if (delivery.mode === 'socket') throw new SlackRefused('the app token', why(error));
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
    await sending?.stop();
    await artist.close();
    await outbox.close();
  }

  const isConnected = () => listening && (receiver instanceof Sockets ? receiver.isConnected() : true);
  return { start, stop, isConnected, port: () => port };
}

async function membersOf(client: WebClient, group: string): Promise<readonly string[]> {
  const { users } = await client.usergroups.users.list({ usergroup: group });
  return users ?? [];
}

function why(error: unknown): string {
  return slackError(error) ?? (error instanceof Error ? error.message.slice(0, 200) : 'no answer');
}
