import { createBot } from './bot/app.ts';
import type { Config } from './config/config.ts';
import { createDesk } from './jobs/create-desk.ts';
import { Engine } from './jobs/engine.ts';
import { Keys } from './jobs/store/keys.ts';
import type { Log } from './jobs/log.ts';
import { Outbox } from './jobs/outbox.ts';
import { Queues } from './jobs/queues.ts';
import { Secrets } from './jobs/store/secrets.ts';
import { Store } from './jobs/store/store.ts';
import { troubleLog } from './jobs/trouble-log.ts';
import type { Ops } from './ops/ops.ts';
import type { Tracing } from './ops/tracing/tracing.ts';
import { patientRedis, promptRedis } from './redis/connect.ts';
import { soonReady } from './redis/soon-ready.ts';

/**
 * Builds and starts the bot: Slack in, Redis in, messages out.
 * @param begun is given what stops it, before Slack can reach it
 */
export async function startBotRole(
  config: Config,
  log: Log,
  ops: Ops | undefined,
  trace: Tracing | undefined,
  begun: (role: { stop(graceMs: number): Promise<void> }) => void,
): Promise<void> {
  const { botToken, delivery, apiUrl } = config.slack;
  if (delivery === undefined) throw new TypeError('The configuration was not read for a bot.');
  const trouble = troubleLog(log);
  const keys = new Keys(config.namespace);
  const redis = promptRedis(config.redis);
  const patient = patientRedis(config.redis);
  for (const client of [redis, patient]) client.on('error', (error) => trouble('redis', error));
  const onError = (error: Error): void => trouble('queue', error);
  const queues = new Queues(redis, keys, onError, trace);
  const outbox = new Outbox({ connection: redis, keys, onError, trace });
  const store = new Store(redis, keys, (operation) => {
    ops?.metrics.operationChanged(operation);
    trace?.operationChanged(operation);
  });
  const engine = new Engine({ store, queues, outbox, log, timeScale: config.timeScale, now: Date.now });
  const secrets = new Secrets(redis, keys, config.secretKey);
  const bot = createBot({
    slack: { botToken, delivery, apiUrl },
    desk: createDesk({ store, queues, engine, secrets, redis, keys, now: Date.now, trace }),
    settings: config.settings,
    redis,
    connection: patient,
    keys,
    log,
    timeScale: config.timeScale,
    now: Date.now,
    watch: ops?.metrics,
    trace,
  });
  ops?.readiness.add('slack', () =>
    bot.isConnected() ? undefined : 'Slack is not connected; the bot keeps trying.',
  );
  begun({
    async stop() {
      await bot.stop();
      await Promise.all([queues.close(), outbox.close()]);
      redis.disconnect();
      patient.disconnect();
    },
  });
  // Whoever types right after the start must not hear that Redis is away only because it is still being looked for.
  await soonReady(redis);
  await bot.start();
}
