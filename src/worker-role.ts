import { setTimeout } from 'node:timers/promises';
import { createCloud } from './cloud/cloud.ts';
import type { CloudOptions } from './cloud/cloud.ts';
import { parseConnectTo } from './cloud/connect-to.ts';
import { KeptSessions } from './cloud/ssh/kept-sessions.ts';
import { expectSshKeyPair } from './cloud/ssh/keys.ts';
import type { Config } from './config/config.ts';
import { AskRunner } from './jobs/asks/ask-runner.ts';
import { everyMs } from './jobs/drift/every.ts';
import { Engine } from './jobs/engine.ts';
import { kindsByName } from './jobs/kinds.ts';
import { Keys } from './jobs/store/keys.ts';
import { LearnedWaits } from './jobs/steps/learned-waits.ts';
import type { Log } from './jobs/log.ts';
import { Looks } from './jobs/steps/looks.ts';
import { Outbox } from './jobs/outbox.ts';
import { Queues } from './jobs/queues.ts';
import { Retention } from './jobs/store/retention.ts';
import { Secrets } from './jobs/store/secrets.ts';
import type { Tools } from './jobs/steps/step-context.ts';
import { StepRunner } from './jobs/steps/step-runner.ts';
import { Store } from './jobs/store/store.ts';
import { troubleLog } from './jobs/trouble-log.ts';
import { startWorker } from './jobs/worker.ts';
import type { Ops } from './ops/ops.ts';
import type { Tracing } from './ops/tracing/tracing.ts';
import { patientRedis } from './redis/connect.ts';

/** How long a stop waits for each of its last errands in Redis; what Redis is away for is left to others. */
const ERRAND_MS = 1_000;

/**
 * Builds and starts the worker: cloud in, Redis in, steps out.
 * @param begun is given what stops it, before it takes any work
 */
export async function startWorkerRole(
  config: Config,
  log: Log,
  ops: Ops | undefined,
  trace: Tracing | undefined,
  begun: (role: { stop(graceMs: number): Promise<void> }) => void,
): Promise<void> {
  const trouble = troubleLog(log);
  const keys = new Keys(config.namespace);
  const redis = patientRedis(config.redis);
  redis.on('error', (error) => trouble('redis', error));
  const onError = (error: Error): void => trouble('queue', error);
  const queues = new Queues(redis, keys, onError, trace);
  const outbox = new Outbox({ connection: redis, keys, onError, trace });
  const store = new Store(redis, keys, (operation) => {
    ops?.metrics.operationChanged(operation);
    trace?.operationChanged(operation);
  });
  const secrets = new Secrets(redis, keys, config.secretKey);
  const cloud = createCloud({
    ...cloudOptions(config),
    onCall(call) {
      ops?.metrics.cloudCalled(call);
      trace?.cloudCalled(call);
    },
  });
  const tools: Tools = {
    cloud,
    settings: config.settings,
    secrets,
    connect: parseConnectTo(config.cloud.connectTo),
    sessions: new KeptSessions(),
    onCommand: trace?.commandRun,
    timeScale: config.timeScale,
    now: Date.now,
    kinds: kindsByName(),
    looks: new Looks(config.timeScale),
  };
  redis.on('close', () => tools.looks.forget());
  // Of a Cluster one node alone may go, and another take its place that has not heard all.
  redis.on('-node', () => tools.looks.forget());
  const engine = new Engine({ store, queues, outbox, log, timeScale: config.timeScale, now: Date.now });
  const worker = startWorker({
    connection: redis,
    keys,
    queues,
    steps: new StepRunner({
      store,
      engine,
      tools,
      log,
      random: Math.random,
      learned: new LearnedWaits(redis, keys),
      watch: ops?.metrics,
      trace,
    }),
    asks: new AskRunner({
      store,
      engine,
      queues,
      outbox,
      retention: new Retention({
        redis,
        keys,
        store,
        keepDays: config.settings.history.keepDays,
        now: Date.now,
      }),
      tools,
      log,
      random: Math.random,
      trace,
    }),
    log,
    timeScale: config.timeScale,
    driftEveryMs: everyMs(config.settings.drift.every),
    trace,
  });
  ops?.readiness.add('worker', () =>
    worker.isRunning() ? undefined : 'The worker takes no work from the queues.',
  );
  begun({
    async stop(graceMs) {
      await worker.close(graceMs);
      tools.sessions.close();
      await atMost(ERRAND_MS, engine.settle());
      await atMost(ERRAND_MS, Promise.all([queues.close(), outbox.close()]));
      redis.disconnect();
    },
  });
  await worker.started;
  // Each plan has another one made: so there is one to spare for whoever approves theirs at once.
  expectSshKeyPair();
}

function atMost(ms: number, errand: Promise<unknown>): Promise<unknown> {
  return Promise.race([errand, setTimeout(ms, undefined, { ref: false })]);
}

/** How to reach Alibaba Cloud, from the configuration. */
export function cloudOptions(config: Config): CloudOptions {
  const { accessKeyId, accessKeySecret, securityToken, endpoint } = config.cloud;
  const { casEndpoint, site } = config.settings;
  const credentials =
    accessKeyId === undefined || accessKeySecret === undefined
      ? undefined
      : { accessKeyId, accessKeySecret, securityToken };
  return { endpoint, credentials, casEndpoint, site, userAgent: 'ams-chatops' };
}
