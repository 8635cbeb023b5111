import { Redis } from 'ioredis';
import { startRedis } from '../../sandbox/redis.ts';
import { cpuMs } from '../process-use.ts';
import { chainOf, openEngine } from './host.ts';

const STEPS = 20;
/** So many operations at least: what a small number of them costs is seen over many steps too. */
const LEAST = 200;
/** Before that: a worker that has run for a while is what is measured. */
const WARM = 200;
const WARM_AT_ONCE = 10;

export interface Throughput {
  readonly stepsASecond: number;
  readonly nodeCpuMs: number;
  readonly redisCpuMs: number;
  readonly redisScripts: number;
}

/** Operations whose steps wait for nothing, so many at once: as one ends the next begins. */
export async function measureThroughput(size: number): Promise<Throughput> {
  const redis = await startRedis();
  const client = new Redis(redis.url);
  let onEnd: () => void = () => undefined;
  const host = await openEngine(redis.url, async ({ stepId }) => {
    if (stepId === `bench-${STEPS - 1}`) onEnd();
    return { done: true };
  });
  /** Carries out `count` operations, `atOnce` of them at a time. */
  async function carryOut(name: string, count: number, atOnce: number): Promise<void> {
    let [begun, ended] = [0, 0];
    const next = (): void => {
      if (begun < count) void host.engine.advance(`${name}-${(begun += 1)}`);
    };
    const all = new Promise<void>((resolve) => {
      onEnd = () => {
        ended += 1;
        if (ended === count) resolve();
        next();
      };
    });
    for (let at = 0; at < atOnce; at += 1) next();
    await all;
  }
  try {
    const count = Math.max(LEAST, size);
    for (let at = 1; at <= WARM; at += 1) await host.add(`warm-${at}`, chainOf(STEPS));
    for (let at = 1; at <= count; at += 1) await host.add(`op-${at}`, chainOf(STEPS));
    await carryOut('warm', WARM, WARM_AT_ONCE);
    const [cpu, redisCpu, calls] = [process.cpuUsage(), cpuMs(redis.pid), await scripts(client)];
    const startedAt = performance.now();
    await carryOut('op', count, size);
    const ms = performance.now() - startedAt;
    const used = process.cpuUsage(cpu);
    const steps = count * STEPS;
    return {
      stepsASecond: (steps / ms) * 1_000,
      nodeCpuMs: (used.user + used.system) / 1_000 / steps,
      redisCpuMs: (cpuMs(redis.pid) - redisCpu) / steps,
      redisScripts: ((await scripts(client)) - calls) / steps,
    };
  } finally {
    client.disconnect();
    await host.close();
    await redis.close();
  }
}

/** Scripts and blocking reads so far: nearly all that is sent. What scripts call counts as commands too, hence these. */
async function scripts(client: Redis): Promise<number> {
  const stats = await client.info('commandstats');
  const sent = [...stats.matchAll(/^cmdstat_(?:eval|evalsha|bzpopmin):calls=(\d+)/gm)];
  return sent.reduce((sum, [, calls]) => sum + Number(calls), 0);
}
