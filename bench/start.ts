import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startProduct } from '../sandbox/product.ts';
import { startRedis } from '../sandbox/redis.ts';
import { startWorld } from '../sandbox/world.ts';
import { residentMiB } from './process-use.ts';
import { spread, words } from './stats.ts';
import type { Section } from './table.ts';

/** How long after it is ready a process counts as idle. */
const SETTLE_MS = 3_000;

interface Run {
  readonly ms: number;
  readonly residentMiB: number;
}

/** Cold start until ready and resident memory when idle, of each role and of Node alone. */
export async function benchStart(options: { readonly runs: number }): Promise<Section> {
  const redis = await startRedis();
  // Slack lets an app open one socket a second or so; many starts in a row must not wait for that.
  const world = await startWorld({ slack: { limits: false } });
  const runs: Record<'node' | 'bot' | 'worker' | 'start', Run[]> = {
    node: [],
    bot: [],
    worker: [],
    start: [],
  };
  try {
    const env = await world.environment({ redisUrl: redis.url, settings: { drift: { every: 'off' } } });
    for (let nth = 0; nth < options.runs; nth += 1) {
      runs.node.push(await bareNode());
      for (const role of ['bot', 'worker', 'start'] as const) {
        const startedAt = performance.now();
        const product = await startProduct(role, env);
        const ms = performance.now() - startedAt;
        await new Promise((done) => setTimeout(done, SETTLE_MS));
        runs[role].push({ ms, residentMiB: residentMiB(product.pid) });
        await product.kill();
      }
    }
  } finally {
    await world.close();
    await redis.close();
  }
  const bare = spread(runs.node.map((run) => run.ms)).median;
  return {
    figures: runs,
    tables: [
      {
        title: 'Start',
        note: 'From the start of the process until it says that it is ready, each time anew, and resident memory 3 s later.',
        columns: ['process', 'start, s', 'beyond Node alone, s', 'resident, MiB'],
        rows: Object.entries(runs).map(([role, all]) => [
          { node: 'Node alone', bot: 'bot', worker: 'worker', start: 'both in one process' }[role] ?? role,
          words(spread(all.map((run) => run.ms / 1_000))),
          words(spread(all.map((run) => (run.ms - bare) / 1_000))),
          words(spread(all.map((run) => run.residentMiB)), 0),
        ]),
      },
    ],
  };
}

async function bareNode(): Promise<Run> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['-e', "console.log('ready'); setTimeout(() => {}, 60_000)"]);
  await once(child.stdout, 'data');
  const ms = performance.now() - startedAt;
  await new Promise((done) => setTimeout(done, 500));
  const run = { ms, residentMiB: residentMiB(child.pid ?? 0) };
  child.kill('SIGKILL');
  return run;
}
