import { startRedis } from '../../sandbox/redis.ts';
import { cpuMs } from '../process-use.ts';
import { median, percentile, spread, words } from '../stats.ts';
import type { Section } from '../table.ts';
import { chainOf, openEngine } from './host.ts';

const STEPS = 20;

interface Run {
  readonly p50: number;
  readonly p99: number;
  readonly stepsASecond: number;
  readonly nodeCpuMs: number;
  readonly redisCpuMs: number;
}

/** From "dependency done" to "next API call sent", how many steps a second, and what a step costs. */
export async function benchEngine(options: {
  readonly sizes: readonly number[];
  readonly runs: number;
}): Promise<Section> {
  const rows: string[][] = [];
  const figures: Record<string, unknown> = {};
  for (const size of options.sizes) {
    const runs: Run[] = [];
    for (let nth = 0; nth < options.runs; nth += 1) runs.push(await oneRun(size));
    const of = (key: keyof Run): string =>
      words(spread(runs.map((run) => run[key])), key === 'stepsASecond' ? 0 : 2);
    rows.push([String(size), of('p50'), of('p99'), of('stepsASecond'), of('nodeCpuMs'), of('redisCpuMs')]);
    figures[size] = { runs, p50: median(runs.map((run) => run.p50)) };
  }
  return {
    figures,
    tables: [
      {
        title: 'The engine',
        note: `Operations of ${STEPS} steps, each after the one before it, that need nothing from the cloud, through one worker. Latency: from the moment that a step says it is done to the moment where the next one would send its first API call.`,
        columns: [
          'operations at once',
          'latency p50, ms',
          'p99, ms',
          'steps a second',
          'Node CPU a step, ms',
          'Redis CPU a step, ms',
        ],
        rows,
      },
    ],
  };
}

async function oneRun(size: number): Promise<Run> {
  const redis = await startRedis();
  const latencies: number[] = [];
  const doneAt = new Map<string, number>();
  let left = size;
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const host = await openEngine(redis.url, async ({ operationId, stepId }) => {
    const now = performance.now();
    const before = doneAt.get(operationId);
    if (before !== undefined) latencies.push(now - before);
    doneAt.set(operationId, performance.now());
    if (stepId === `bench-${STEPS - 1}`) {
      left -= 1;
      if (left === 0) finish();
    }
    return { done: true };
  });
  try {
    // A worker that has run for a while is what is measured.
    left = size + 1;
    await host.add('op-warm', chainOf(STEPS));
    await host.engine.advance('op-warm');
    while (left > size) await new Promise((again) => setTimeout(again, 5));
    for (let at = 0; at < size; at += 1) await host.add(`op-${at}`, chainOf(STEPS));
    latencies.length = 0;
    const cpu = process.cpuUsage();
    const redisCpu = cpuMs(redis.pid);
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: size }, (_none, at) => host.engine.advance(`op-${at}`)));
    await finished;
    const ms = performance.now() - startedAt;
    const used = process.cpuUsage(cpu);
    const steps = size * STEPS;
    return {
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      stepsASecond: (steps / ms) * 1_000,
      nodeCpuMs: (used.user + used.system) / 1_000 / steps,
      redisCpuMs: (cpuMs(redis.pid) - redisCpu) / steps,
    };
  } finally {
    await host.close();
    await redis.close();
  }
}
