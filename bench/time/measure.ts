import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import type { Operation } from '../../src/cluster/operation.ts';
import { cpuMs } from '../process-use.ts';
import { criticalPath } from './critical-path.ts';
import { fixedPolling, waitedSteps } from './side-by-side.ts';
import type { Way } from './side-by-side.ts';
import type { CriticalPath } from './critical-path.ts';
import { until } from './town.ts';
import type { BenchTown, Ended } from './town.ts';

/** What came of several equal operations at once. */
export interface Measured {
  readonly operations: number;
  /** Of each operation: wall time from approval to the end over its critical path. */
  readonly ratios: readonly number[];
  /** Medians, milliseconds. */
  readonly wallMs: number;
  readonly pathMs: number;
  readonly path: CriticalPath;
  /** The same steps with fixed polling: one after the other, and ten at a time. */
  readonly scripted: Way;
  readonly tool: Way;
  /** Requests from the first approval to the last end. */
  readonly calls: number;
  readonly reads: number;
  readonly writes: number;
  /** One request a change that the cloud took, one successful read a wait. */
  readonly leastCalls: number;
  readonly byAction: Readonly<Record<string, number>>;
  /** Processor time an operation, milliseconds. */
  readonly productCpuMs: number;
  readonly redisCpuMs: number;
}

const READ = /^(Describe|List|Get|Query)/;
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
  const byAction = new Map<string, number>();
  let taken = 0;
  let commandsRun = 0;
  const unsubscribe = world.alibaba.cloud.on('request', ({ product: name, action, code }) => {
    const key = `${name}:${action}`;
    byAction.set(key, (byAction.get(key) ?? 0) + 1);
    if (!READ.test(action) && code === 'OK') taken += 1;
    if (action === 'RunCommand' && code === 'OK') commandsRun += 1;
  });
  const cpu = { product: cpuMs(product.pid), redis: cpuMs(redis.pid) };
  for (const id of ids) await town.approve(id);
  const open = new Set(ids);
  await until('the end of all operations', patienceMs, async () => {
    for (const id of open) {
      const operation = await store.read(id);
      if (operation && OVER.has(operation.state)) open.delete(id);
    }
    return open.size === 0 ? true : undefined;
  });
  unsubscribe();
  const used = { product: cpuMs(product.pid) - cpu.product, redis: cpuMs(redis.pid) - cpu.redis };
  const ended = await Promise.all(ids.map((id) => store.view(id)));
  const results = ended.flatMap((one) => (one ? [resultOf(town, one)] : []));
  const middle = results.toSorted((a, b) => a.wallMs - b.wallMs)[Math.floor(results.length / 2)];
  if (!middle) throw new Error('no operation ended');
  const sum = (fits: (action: string) => boolean): number =>
    [...byAction].reduce((total, [key, count]) => total + (fits(key.split(':')[1] ?? '') ? count : 0), 0);
  const writes = sum((action) => !READ.test(action));
  return {
    operations: commands.length,
    ratios: results.map((one) => one.wallMs / one.path.ms),
    wallMs: middle.wallMs,
    pathMs: middle.path.ms,
    path: middle.path,
    scripted: fixedPolling(middle.waited, 1),
    tool: fixedPolling(middle.waited, 10),
    calls: sum(() => true),
    reads: sum((action) => READ.test(action)),
    writes,
    // A command on a machine is waited for too.
    leastCalls: taken + commandsRun + results.reduce((total, one) => total + one.path.waited, 0),
    byAction: Object.fromEntries([...byAction].toSorted(([, a], [, b]) => b - a)),
    productCpuMs: used.product / commands.length,
    redisCpuMs: used.redis / commands.length,
  };
}

function resultOf(
  town: BenchTown,
  { operation, steps }: Ended,
): { wallMs: number; path: CriticalPath; waited: ReturnType<typeof waitedSteps> } {
  const { plan, endedAt } = operation;
  const approvedAt = operation.decisions.at(-1)?.at;
  if (operation.state !== 'succeeded' || !plan || endedAt === undefined || approvedAt === undefined) {
    throw new Error(words(operation));
  }
  const { cloud } = town.world.alibaba;
  const path = criticalPath(plan, steps, town.world.waits.all, (id) =>
    id.startsWith('asg-')
      ? essOf(cloud)
          .instancesOf(id)
          .map((one) => one.instanceId)
      : [],
  );
  return {
    wallMs: endedAt - approvedAt,
    path,
    waited: waitedSteps(plan.steps, path.weights, town.world.timeScale),
  };
}

function words(operation: Operation): string {
  const problems = operation.problems.map((problem) => problem.message).join(' ');
  return `${operation.requester.text}: ${operation.state}. ${problems}`;
}
