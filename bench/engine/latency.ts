import { Redis } from 'ioredis';
import { startRedis } from '../../sandbox/redis.ts';
import { median, percentile, spread, words } from '../stats.ts';
import type { Section } from '../table.ts';
import { chainOf, openEngine } from './host.ts';
import { measureThroughput } from './throughput.ts';
import type { Throughput } from './throughput.ts';

const STEPS = 20;
/** A thousand clusters made at once have about half as many steps a second. */
const STEPS_A_SECOND = 200;
const WARM_MS = 5_000;
const WATCH_MS = 10_000;

interface Latency {
  readonly p50: number;
  readonly p99: number;
  /** A PING of the same process beside it. */
  readonly ping: number;
  readonly steps: number;
}

/** From "dependency done" to "next API call sent", how many steps a second, and what a step costs. */
export async function benchEngine(options: {
  readonly sizes: readonly number[];
  readonly runs: number;
}): Promise<Section> {
  const latency: string[][] = [];
  const throughput: string[][] = [];
  const figures: Record<string, unknown> = {};
  for (const size of options.sizes) {
    const paced: Latency[] = [];
    const fast: Throughput[] = [];
    for (let nth = 0; nth < options.runs; nth += 1) {
      paced.push(await measureLatency(size));
      fast.push(await measureThroughput(size));
    }
    const ofPaced = (key: keyof Latency, digits = 2): string =>
      words(spread(paced.map((run) => run[key])), digits);
    const ofFast = (key: keyof Throughput, digits = 2): string =>
      words(spread(fast.map((run) => run[key])), digits);
    latency.push([String(size), ofPaced('p50'), ofPaced('p99'), ofPaced('ping'), ofPaced('steps', 0)]);
    throughput.push([
      String(size),
      ofFast('stepsASecond', 0),
      ofFast('nodeCpuMs'),
      ofFast('redisCpuMs'),
      ofFast('redisScripts', 1),
    ]);
    figures[size] = { latency: paced, throughput: fast, p50: median(paced.map((run) => run.p50)) };
  }
  return {
    figures,
    tables: [
      {
        title: 'The engine: how soon the next step begins',
        note: `Operations of ${STEPS} steps, each after the one before it, through one worker. Each step waits once for its thing, as real ones do; all together end ${STEPS_A_SECOND} steps a second. From the moment that a step says it is done to the moment where the next one would send its first API call: one journey to Redis and four scripts there; a PING of the same process is one journey alone.`,
        columns: ['operations at once', 'p50, ms', 'p99, ms', 'PING, p50, ms', 'steps measured'],
        rows: latency,
      },
      {
        title: 'The engine: how fast it goes',
        note: `The same with steps that wait for nothing: all of them as fast as one worker goes.`,
        columns: [
          'operations at once',
          'steps a second',
          'Node CPU a step, ms',
          'Redis CPU a step, ms',
          'scripts and blocking reads a step',
        ],
        rows: throughput,
      },
    ],
  };
}

async function measureLatency(size: number): Promise<Latency> {
  const redis = await startRedis();
  const pauseMs = (size / STEPS_A_SECOND) * 1_000;
  const waited = new Set<string>();
  const doneAt = new Map<string, number>();
  const latencies: number[] = [];
  let measures = false;
  let added = size;
  const host = await openEngine(redis.url, async ({ operationId, stepId }) => {
    const now = performance.now();
    const step = `${operationId} ${stepId}`;
    const before = doneAt.get(operationId);
    if (before !== undefined && measures) latencies.push(now - before);
    doneAt.delete(operationId);
    if (!waited.delete(step)) {
      waited.add(step);
      return { againMs: pauseMs * (0.5 + Math.random()), why: 'the simulated thing is Pending' };
    }
    if (stepId === `bench-${STEPS - 1}`) {
      const next = `op-${(added += 1)}`;
      void begin(next);
    } else {
      doneAt.set(operationId, performance.now());
    }
    return { done: true };
  });
  async function begin(id: string): Promise<void> {
    await host.add(id, chainOf(STEPS));
    await host.engine.advance(id);
  }
  try {
    // Not all at the same moment.
    for (let at = 0; at < size; at += 1) {
      await begin(`op-${at}`);
      await new Promise((done) => setTimeout(done, Math.min(pauseMs, WARM_MS) / size));
    }
    await new Promise((done) => setTimeout(done, WARM_MS));
    measures = true;
    const pings = await pingFor(redis.url, WATCH_MS);
    measures = false;
    return {
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      ping: percentile(pings, 0.5),
      steps: latencies.length,
    };
  } finally {
    await host.close();
    await redis.close();
  }
}

/** How long a PING takes, milliseconds, 20 times a second for so long. */
async function pingFor(url: string, ms: number): Promise<readonly number[]> {
  const client = new Redis(url);
  const endsAt = performance.now() + ms;
  const times: number[] = [];
  while (performance.now() < endsAt) {
    const startedAt = performance.now();
    await client.ping();
    times.push(performance.now() - startedAt);
    await new Promise((done) => setTimeout(done, 50));
  }
  client.disconnect();
  return times;
}
