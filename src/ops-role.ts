import { Queue } from 'bullmq';
import type { Config, OpsConfig } from './config/config.ts';
import { Keys } from './jobs/store/keys.ts';
import type { Log } from './jobs/log.ts';
import { OUTBOX } from './jobs/outbox.ts';
import { ASKS, STEPS } from './jobs/queues.ts';
import { createTally } from './jobs/store/tally.ts';
import { createMetrics } from './ops/metrics.ts';
import type { Ops } from './ops/ops.ts';
import { ProcessReadiness } from './ops/readiness.ts';
import { startOpsServer } from './ops/server.ts';
import { promptRedis } from './redis/connect.ts';

/** BullMQ's own states that each of ours stands for: a job with a priority waits apart from others. */
const JOB_STATES = {
  waiting: ['waiting', 'prioritized'],
  active: ['active'],
  delayed: ['delayed'],
} as const;
/** Several who ask at once share a look; a look at Redis takes no longer than this, real milliseconds. */
const LOOK_AGE_MS = 1_000;
const LOOK_PATIENCE_MS = 1_500;

/**
 * Starts what shows this process to those who run it: probes, metrics, and the page of queues when it has a login.
 * It has a connection to Redis of its own, so that it disturbs nothing and fails at once while Redis is away.
 * @throws AmsError when the port cannot be had
 */
export async function startOps(config: Config, ops: OpsConfig, log: Log): Promise<Ops> {
  const keys = new Keys(config.namespace);
  const redis = promptRedis(config.redis);
  redis.on('error', (error) => log.debug({ error: error.message }, 'redis trouble'));
  const queues = [STEPS, ASKS, OUTBOX].map((name) => {
    // It only looks: it does not write how the queue is to be used.
    const queue = new Queue(name, { connection: redis, prefix: keys.prefix, skipMetasUpdate: true });
    queue.on('error', (error) => log.debug({ error: error.message }, 'queue trouble'));
    return queue;
  });
  const tally = createTally(redis, keys);
  const metrics = createMetrics();
  const readiness = new ProcessReadiness();
  readiness.add('redis', async () => {
    const answer = await inTime(redis.ping());
    return answer === 'PONG' ? undefined : 'Redis does not answer.';
  });

  async function look(): Promise<void> {
    const [operations, jobs, wrong] = await Promise.all([
      inTime(tally()),
      inTime(depths()),
      readiness.parts(),
    ]);
    const parts = Object.fromEntries(Object.entries(wrong).map(([part, why]) => [part, why === undefined]));
    metrics.observed({ operations, jobs, parts });
  }

  async function depths() {
    const lines = queues.map(async (queue) => {
      const counts = await queue.getJobCounts(...Object.values(JOB_STATES).flat());
      return Object.entries(JOB_STATES).map(([state, names]) => {
        const count = names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
        return { queue: queue.name, state, count };
      });
    });
    return (await Promise.all(lines)).flat();
  }

  let looking: Promise<void> | undefined;
  let lookedAt = -Infinity;
  function shared(): Promise<void> {
    if (!looking || performance.now() - lookedAt > LOOK_AGE_MS) {
      lookedAt = performance.now();
      looking = look();
    }
    return looking;
  }

  // Loaded for those alone who want it: it brings a web framework.
  const page =
    ops.queues === undefined
      ? undefined
      : (await import('./ops/queue-page.ts')).queuePage(queues, ops.queues);
  async function disconnect(): Promise<void> {
    redis.disconnect();
    await Promise.allSettled(queues.map((queue) => queue.close()));
  }
  try {
    const server = await startOpsServer(ops, {
      reasons: (mayGo) => readiness.reasons(mayGo),
      async metrics() {
        await shared();
        return { type: metrics.registry.contentType, text: await metrics.registry.metrics() };
      },
      queues: page,
    });
    log.info({ port: server.port, queuePage: page !== undefined }, 'probes and metrics are served');
    return {
      metrics,
      readiness,
      port: server.port,
      async close() {
        await server.close();
        await disconnect();
      },
    };
  } catch (error) {
    await disconnect();
    throw error;
  }
}

/** What it gives, or undefined when that takes too long or Redis is away. */
async function inTime<T>(work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), LOOK_PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
