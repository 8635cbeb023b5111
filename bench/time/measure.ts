import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import type { Operation } from '../../src/cluster/operation.ts';
import { median } from '../stats.ts';
import { cpuMs } from '../process-use.ts';
import { countCalls } from './calls.ts';
import type { Calls } from './calls.ts';
import { criticalPath, waitsById } from './critical-path.ts';
import type { CriticalPath, WaitsOf } from './critical-path.ts';
import { losses, meanLosses } from './losses.ts';
import type { Loss } from './losses.ts';
import { until } from './town.ts';
import type { BenchTown, Ended } from './town.ts';

/** The nodes of a cluster of the bench: as few as a cluster can have, so that many fit on one machine. */
const SMALL = '--origin 1 --origin-min 1 --edge 1 --edge-min 1';
const OUTSIDE = '--mongo-uri mongodb://10.255.0.9:27017/';

/** @param isCrowd machines run no shell, and the database is outside */
export function createCommand(name: string, isCrowd: boolean): string {
  return `create-cluster ${name} ${SMALL}${isCrowd ? ` ${OUTSIDE}` : ''}`;
}

/** The life of a cluster, in order. */
export const COMMANDS = {
  create: createCommand,
  scale: (name: string) => `scale edge 2 ${name}`,
  destroy: (name: string) => `destroy-cluster ${name} --confirm ${name}`,
} as const;
export type Kind = keyof typeof COMMANDS;
export const KINDS = Object.keys(COMMANDS) as readonly Kind[];

/** What came of several equal operations at once. */
export interface Measured {
  readonly operations: number;
  /** Of each operation: wall time from approval to the end over its critical path. */
  readonly ratios: readonly number[];
  /** Medians, milliseconds. */
  readonly wallMs: number;
  readonly pathMs: number;
  /** Of the operation in the middle. */
  readonly path: CriticalPath;
  /** What steps took beyond the cloud's own waits, an operation, the greatest first. */
  readonly losses: readonly Loss[];
  /** Requests from the first approval to the last end. */
  readonly calls: Calls;
  /** One request a change that the cloud took, and what tells at the least that each wait was over. */
  readonly leastCalls: number;
  /** Processor time an operation, milliseconds. `world`: of the simulated cloud, its machines and this bench. */
  readonly cpuMs: { readonly product: number; readonly redis: number; readonly world: number };
}

const OVER = new Set(['succeeded', 'failed', 'cancelled', 'refused', 'superseded', 'rejected', 'expired']);

/**
 * Types the commands, approves all of them together once their plans are there, and measures until the last has ended.
 * @throws Error with the problem when one does not succeed
 */
export async function measure(town: BenchTown, commands: readonly string[]): Promise<Measured> {
  const { world, store, product, redis } = town;
  const patienceMs = 180_000 + commands.length * 2_000 + 600_000 * world.timeScale;
  const before = new Set((await store.list({ limit: 100_000 })).map((one) => one.id));
  for (const command of commands) await town.type(command);
  const ids = await until('plans', patienceMs, async () => {
    const all = (await store.list({ limit: 100_000 })).filter((one) => !before.has(one.id));
    const bad = all.find((one) => OVER.has(one.state));
    if (bad) throw new Error(words(bad));
    const waiting = all.filter((one) => one.state === 'awaiting-approval');
    return waiting.length === commands.length ? waiting.map((one) => one.id) : undefined;
  });
  const counted = countCalls(world);
  const used = startCpu(town);
  for (const id of ids) await town.approve(id);
  const open = new Set(ids);
  await until('the end of all operations', patienceMs, async () => {
    // The first that runs stands for those after it: asking for each would be work for nothing.
    for (const id of open) {
      const operation = await store.read(id);
      if (!operation || !OVER.has(operation.state)) return undefined;
      open.delete(id);
    }
    return true;
  });
  const calls = counted();
  const cpu = used(commands.length);
  const ended = await Promise.all(ids.map((id) => store.view(id)));
  const waitsOf = waitsById(world.waits.all);
  const results = ended.flatMap((one) => (one ? [resultOf(town, one, waitsOf)] : []));
  const middle = results.toSorted((a, b) => a.wallMs - b.wallMs)[Math.floor(results.length / 2)];
  if (!middle) throw new Error('no operation ended');
  return {
    operations: commands.length,
    ratios: results.map((one) => one.wallMs / one.path.ms),
    wallMs: middle.wallMs,
    pathMs: median(results.map((one) => one.path.ms)),
    path: middle.path,
    losses: meanLosses(results.map((one) => one.losses)),
    calls,
    leastCalls: calls.taken + calls.commands + results.reduce((total, one) => total + one.path.reads, 0),
    cpuMs: cpu,
  };

  function startCpu({ product: { pid }, redis: { pid: redisPid } }: BenchTown) {
    const start = { product: cpuMs(pid), redis: cpuMs(redisPid), world: process.cpuUsage() };
    return (operations: number): Measured['cpuMs'] => {
      const own = process.cpuUsage(start.world);
      return {
        product: (cpuMs(product.pid) - start.product) / operations,
        redis: (cpuMs(redis.pid) - start.redis) / operations,
        world: (own.user + own.system) / 1_000 / operations,
      };
    };
  }
}

/** What came of asking for the status of several clusters at once. */
export interface Asked {
  readonly questions: number;
  /** Median from the command to its answer, milliseconds. */
  readonly answerMs: number;
  readonly calls: Calls;
}

/** Asks for the status of clusters, all of them at once, and measures until the last answer is in the channel. */
export async function measureStatus(town: BenchTown, clusters: readonly string[]): Promise<Asked> {
  const { world } = town;
  const counted = countCalls(world);
  const waits = await Promise.all(
    clusters.map(async (cluster) => {
      const startedAt = performance.now();
      const answered = town.statusShown(cluster);
      await town.type(`status ${cluster}`);
      await answered;
      return performance.now() - startedAt;
    }),
  );
  return { questions: clusters.length, answerMs: median(waits), calls: counted() };
}

function resultOf(
  town: BenchTown,
  { operation, steps }: Ended,
  waitsOf: WaitsOf,
): { wallMs: number; path: CriticalPath; losses: readonly Loss[] } {
  const { plan, endedAt } = operation;
  const approvedAt = operation.decisions.at(-1)?.at;
  if (operation.state !== 'succeeded' || !plan || endedAt === undefined || approvedAt === undefined) {
    throw new Error(words(operation));
  }
  const { cloud } = town.world.alibaba;
  const path = criticalPath(plan, steps, waitsOf, (id) =>
    id.startsWith('asg-')
      ? essOf(cloud)
          .instancesOf(id)
          .map((one) => one.instanceId)
      : [],
  );
  return { wallMs: endedAt - approvedAt, path, losses: losses(plan, steps, approvedAt, path) };
}

function words(operation: Operation): string {
  const problems = operation.problems.map((problem) => problem.message).join(' ');
  return `${operation.requester.text}: ${operation.state}. ${problems}`;
}
