import { once } from 'node:events';
import { Redis } from 'ioredis';
import { startRedis } from '../../sandbox/redis.ts';
import type { Chart } from '../chart.ts';
import { cpuMs, residentMiB } from '../process-use.ts';
import { median, percentile, spread, words } from '../stats.ts';
import type { Section } from '../table.ts';
import { openEngine } from './host.ts';
import { LOOK_MS } from './waiting-look.ts';
import { STEPS, WIDTH, beginOperations, startWaitingProcess } from './waiting-process.ts';

/** The measured time: each step looks two or three times. */
const WATCH_MS = 22_000;
/** Looked at later than this after the time set is late, so much sooner is twice. */
const LATE_MS = 2_000;
/** Every step has had its first look by then, or never will. */
const PATIENCE_MS = 300_000;
/** Workers side by side, with the most operations. */
const WORKERS = [1, 2, 4];

interface Run {
  /** Of the largest worker. */
  readonly residentMiB: number;
  readonly redisKiB: number;
  /** Of all workers. */
  readonly nodeCpuPercent: number;
  readonly redisCpuPercent: number;
  readonly nodeCpuMs: number;
  readonly lateP99Ms: number;
  /** Looks that came late, and steps that were looked at without being due: by two workers, or twice by one. */
  readonly late: number;
  readonly twice: number;
}

/** What it costs when operations wait: memory of a worker, memory and processor time of Redis. */
export async function benchWaiting(options: {
  readonly sizes: readonly number[];
  readonly runs: number;
}): Promise<Section> {
  const rows: string[][] = [];
  const figures: Record<string, unknown> = {};
  const groups: Chart['groups'][number][] = [];
  const most = Math.max(...options.sizes);
  const cases = [
    ...options.sizes.map((size) => ({ size, workers: 1 })),
    ...WORKERS.slice(1).map((workers) => ({ size: most, workers })),
  ];
  for (const { size, workers } of cases) {
    const runs: Run[] = [];
    for (let nth = 0; nth < options.runs; nth += 1) runs.push(await oneRun(size, workers));
    groups.push({
      name: `${size}, ${workers} worker${workers === 1 ? '' : 's'}`,
      values: [median(runs.map((run) => run.residentMiB))],
    });
    const of = (key: keyof Run, digits = 1): string => words(spread(runs.map((run) => run[key])), digits);
    rows.push([
      String(size),
      String(workers),
      of('residentMiB', 0),
      of('redisKiB'),
      of('nodeCpuPercent'),
      of('redisCpuPercent'),
      of('nodeCpuMs', 2),
      of('lateP99Ms', 0),
      of('late', 0),
      of('twice', 0),
    ]);
    figures[`${size} operations, ${workers} workers`] = runs;
  }
  return {
    figures,
    charts: {
      'performance-waiting': {
        title: 'Resident memory of a worker while operations wait, MiB',
        series: ['of the largest worker'],
        groups,
        goal: { at: 160, name: 'the goal' },
      },
    },
    tables: [
      {
        title: 'Waiting',
        note: `Operations of ${STEPS} steps, ${WIDTH} of them under way, each looked at every ${LOOK_MS / 1_000} s. Resident: of the largest worker. Late: looked at more than ${LATE_MS / 1_000} s after the time set. Twice: looked at so much before it.`,
        columns: [
          'operations',
          'workers',
          'resident, MiB',
          'Redis an operation, KiB',
          'workers CPU, %',
          'Redis CPU, %',
          'Node CPU a look, ms',
          'after the time set, p99, ms',
          'late',
          'twice',
        ],
        rows,
      },
    ],
  };
}

async function oneRun(size: number, workers: number): Promise<Run> {
  const redis = await startRedis();
  const client = new Redis(redis.url);
  const host = await openEngine(redis.url, async () => ({ done: true }), { work: false });
  const crew: Worker[] = [];
  try {
    const before = await redisBytes(client);
    await beginOperations(host, size);
    for (let at = 0; at < workers; at += 1) crew.push(await startWorkerProcess(redis.url));
    await allWait(client, size * WIDTH);
    const nodeCpu = (): number => crew.reduce((sum, { pid }) => sum + cpuMs(pid), 0);
    const cpu = { node: nodeCpu(), redis: cpuMs(redis.pid) };
    const startedAt = Date.now();
    await new Promise((done) => setTimeout(done, WATCH_MS));
    const endedAt = Date.now();
    const ms = endedAt - startedAt;
    const usedMs = nodeCpu() - cpu.node;
    const redisMs = cpuMs(redis.pid) - cpu.redis;
    const resident = Math.max(...crew.map(({ pid }) => residentMiB(pid)));
    const redisKiB = ((await redisBytes(client)) - before) / size / 1_024;
    const visits = (await Promise.all(crew.map((worker) => worker.end()))).flat();
    const watched = visits.filter(({ at }) => at >= startedAt && at <= endedAt);
    const lateness = latenessOf(visits, endedAt);
    return {
      residentMiB: resident,
      redisKiB,
      nodeCpuPercent: (usedMs / ms) * 100,
      redisCpuPercent: (redisMs / ms) * 100,
      nodeCpuMs: usedMs / watched.length,
      lateP99Ms: percentile(lateness, 0.99),
      late: lateness.filter((late) => late > LATE_MS).length,
      twice: lateness.filter((late) => late < -LATE_MS).length,
    };
  } finally {
    for (const worker of crew) worker.kill();
    await host.close();
    client.disconnect();
    await redis.close();
  }
}

interface Visit {
  readonly step: string;
  readonly at: number;
}

interface Worker {
  readonly pid: number;
  /** Ends it. @returns its visits */
  end(): Promise<readonly Visit[]>;
  kill(): void;
}

async function startWorkerProcess(url: string): Promise<Worker> {
  const { child, lines } = await startWaitingProcess(url);
  return {
    pid: child.pid ?? 0,
    async end() {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`a worker ended by itself: ${child.signalCode ?? child.exitCode}`);
      child.kill('SIGTERM');
      await once(child, 'close');
      return lines().map((line) => {
        const [step = '', at] = line.split(' ');
        return { step, at: Number(at) };
      });
    },
    kill: () => child.kill('SIGKILL'),
  };
}

/** How long after it was due each look came, and by now has not come. */
function latenessOf(visits: readonly Visit[], now: number): number[] {
  const before = new Map<string, number>();
  const lateness: number[] = [];
  for (const { step, at } of visits.toSorted((a, b) => a.at - b.at)) {
    const last = before.get(step);
    if (last !== undefined) lateness.push(at - last - LOOK_MS);
    before.set(step, at);
  }
  for (const last of before.values()) if (now > last + LOOK_MS) lateness.push(now - last - LOOK_MS);
  return lateness;
}

/** Resolves once each step that may wait has been looked at. @throws Error when some are not after a while */
async function allWait(client: Redis, steps: number): Promise<void> {
  const endAt = performance.now() + PATIENCE_MS;
  for (;;) {
    // Those that are not looked at yet; some of the others are under way at any moment.
    const untouched = await client.llen('{bench}:steps:wait');
    const delayed = await client.zcard('{bench}:steps:delayed');
    if (untouched === 0 && delayed >= steps / 2) return;
    if (performance.now() > endAt)
      throw new Error(`${untouched} of ${steps} steps were not looked at within ${PATIENCE_MS / 1_000} s`);
    await new Promise((again) => setTimeout(again, 100));
  }
}

async function redisBytes(client: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1] ?? 0);
}
