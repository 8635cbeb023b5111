import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { startRedis } from '../../sandbox/redis.ts';
import { cpuMs, residentMiB } from '../process-use.ts';
import { spread, words } from '../stats.ts';
import type { Section } from '../table.ts';
import { openEngine, rowsOf } from './host.ts';

const STEPS = 20;
const WIDTH = 5;
/** How often each waiting step looks; the measured time is a few of them. */
const WATCH_MS = 12_000;

interface Run {
  readonly residentMiB: number;
  readonly redisKiB: number;
  readonly nodeCpuPercent: number;
  readonly redisCpuPercent: number;
  /** Steps that were not looked at when they should have been. */
  readonly late: number;
}

/** What it costs when operations wait: memory of one worker, memory and processor time of Redis. */
export async function benchWaiting(options: {
  readonly sizes: readonly number[];
  readonly runs: number;
}): Promise<Section> {
  const rows: string[][] = [];
  const figures: Record<string, unknown> = {};
  for (const size of options.sizes) {
    const runs: Run[] = [];
    for (let nth = 0; nth < options.runs; nth += 1) runs.push(await oneRun(size));
    const of = (key: keyof Run, digits = 1): string => words(spread(runs.map((run) => run[key])), digits);
    rows.push([
      String(size),
      String(size * WIDTH),
      of('residentMiB', 0),
      of('redisKiB'),
      of('nodeCpuPercent'),
      of('redisCpuPercent'),
      of('late', 0),
    ]);
    figures[size] = runs;
  }
  return {
    figures,
    tables: [
      {
        title: 'Waiting',
        note: `Operations of ${STEPS} steps, ${WIDTH} of them under way, each looked at every 10 s, on one worker process. Late: looked at more than 2 s after the time set.`,
        columns: [
          'operations',
          'steps waiting',
          'worker resident, MiB',
          'Redis an operation, KiB',
          'worker CPU, %',
          'Redis CPU, %',
          'late',
        ],
        rows,
      },
    ],
  };
}

async function oneRun(size: number): Promise<Run> {
  const redis = await startRedis();
  const client = new Redis(redis.url);
  const host = await openEngine(redis.url, async () => ({ done: true }), { work: false });
  let worker: ChildProcess | undefined;
  try {
    const before = await redisBytes(client);
    for (let at = 0; at < size; at += 1) await host.add(`op-${at}`, rowsOf(STEPS, WIDTH));
    for (let at = 0; at < size; at += 1) await host.engine.advance(`op-${at}`);
    const program = fileURLToPath(new URL('waiting-worker.js', import.meta.url));
    worker = spawn(process.execPath, [program, redis.url], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(worker.stdout ?? worker, 'data');
    const pid = worker.pid ?? 0;
    await allWait(client, size * WIDTH);
    const cpu = { node: cpuMs(pid), redis: cpuMs(redis.pid) };
    const startedAt = performance.now();
    await new Promise((done) => setTimeout(done, WATCH_MS));
    const ms = performance.now() - startedAt;
    return {
      residentMiB: residentMiB(pid),
      redisKiB: ((await redisBytes(client)) - before) / size / 1_024,
      nodeCpuPercent: ((cpuMs(pid) - cpu.node) / ms) * 100,
      redisCpuPercent: ((cpuMs(redis.pid) - cpu.redis) / ms) * 100,
      late: await lateSteps(host, size),
    };
  } finally {
    worker?.kill('SIGKILL');
    await host.close();
    client.disconnect();
    await redis.close();
  }
}

async function allWait(client: Redis, steps: number): Promise<void> {
  while ((await client.zcard('{bench}:steps:delayed')) < steps)
    await new Promise((again) => setTimeout(again, 100));
}

async function redisBytes(client: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1] ?? 0);
}

async function lateSteps(host: Awaited<ReturnType<typeof openEngine>>, size: number): Promise<number> {
  let late = 0;
  for (let at = 0; at < size; at += 1) {
    const steps = await host.store.steps(`op-${at}`);
    late += Object.values(steps).filter(
      (step) => step.lookAgainAt !== undefined && Date.now() > step.lookAgainAt + 2_000,
    ).length;
  }
  return late;
}
