import type { RegionCloud } from '../../cloud/cloud.ts';
import type { CpuPoint } from '../../cluster/answers.ts';

/** How far back, and how fine: small enough for one answer of CloudMonitor for 40 nodes. */
const SPAN_MS = 3 * 3_600_000;
const PERIOD_SECONDS = 300;
/** Beyond this many nodes the first ones stand for all: an average of them tells as much. */
const MAX_NODES = 100;

/** The average CPU of nodes over the last hours, oldest first; periods without a value are left out. */
export async function cpuHistory(
  region: RegionCloud,
  instanceIds: readonly string[],
  now: number,
): Promise<readonly CpuPoint[]> {
  if (instanceIds.length === 0) return [];
  const span = { from: now - SPAN_MS, to: now, periodSeconds: PERIOD_SECONDS } as const;
  const series = await region.monitor.cpu(instanceIds.slice(0, MAX_NODES), span);
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { at, percent } of [...series.values()].flat()) {
    const { sum, count } = sums.get(at) ?? { sum: 0, count: 0 };
    sums.set(at, { sum: sum + percent, count: count + 1 });
  }
  return [...sums]
    .toSorted(([a], [b]) => a - b)
    .map(([at, { sum, count }]) => ({ at, percent: Math.round((sum / count) * 10) / 10 }));
}
