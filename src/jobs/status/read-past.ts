import type { RegionCloud } from '../../cloud/cloud.ts';
import type { Sample } from '../../cloud/monitor.ts';
import type { CpuPoint, GroupStatus } from '../../cluster/answers.ts';
import type { GroupView } from '../tasks/nodes/view.ts';

/** How far back, and how fine: small enough for one answer of CloudMonitor for 40 nodes. */
const SPAN_MS = 3 * 3_600_000;
const PERIOD_SECONDS = 300;
/** Beyond this many nodes of a group the first ones stand for all: an average of them tells as much. */
const MAX_NODES = 100;

/** The last hours of groups, in their order. What is not known is left out. */
export interface Past {
  readonly groups: readonly Pick<GroupStatus, 'cpu' | 'sizes'>[];
  /** What could not be read. */
  readonly unread: readonly string[];
}

/**
 * CPU of the nodes that are there now, averaged, and how many nodes there were, over the last hours. Never throws: what
 * CloudMonitor does not tell is missing.
 */
export async function readPast(
  region: RegionCloud,
  groups: readonly (GroupView | undefined)[],
  now: number,
): Promise<Past> {
  const span = { from: now - SPAN_MS, to: now, periodSeconds: PERIOD_SECONDS } as const;
  const nodesOf = (group: GroupView | undefined): readonly string[] =>
    group?.nodes.slice(0, MAX_NODES).map((one) => one.instanceId) ?? [];
  const [cpu, sizes] = await Promise.allSettled([
    region.monitor.cpu(groups.flatMap(nodesOf), span),
    region.monitor.groupSizes(
      groups.flatMap((group) => group?.scalingGroupId ?? []),
      span,
    ),
  ]);
  return {
    groups: groups.map((group) => {
      const series = cpu.status === 'fulfilled' ? nodesOf(group).map((id) => cpu.value.get(id) ?? []) : [];
      const average = averageOf(series);
      const counted =
        group && sizes.status === 'fulfilled' ? (sizes.value.get(group.scalingGroupId) ?? []) : [];
      // CloudMonitor counts every five minutes; what was just read ends the line.
      const present = { at: now, nodes: group?.nodes.length ?? 0 };
      return {
        ...(average.length === 0 ? {} : { cpu: average }),
        ...(counted.length === 0
          ? {}
          : { sizes: [...counted.map(({ at, value }) => ({ at, nodes: value })), present] }),
      };
    }),
    unread: [
      ...(cpu.status === 'fulfilled' ? [] : ['CPU of the last hours']),
      ...(sizes.status === 'fulfilled' ? [] : ['nodes of the last hours']),
    ],
  };
}

/** Oldest first; periods without a value are left out. */
function averageOf(series: readonly (readonly Sample[])[]): readonly CpuPoint[] {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { at, value } of series.flat()) {
    const { sum, count } = sums.get(at) ?? { sum: 0, count: 0 };
    sums.set(at, { sum: sum + value, count: count + 1 });
  }
  return [...sums]
    .toSorted(([a], [b]) => a - b)
    .map(([at, { sum, count }]) => ({ at, percent: Math.round((sum / count) * 10) / 10 }));
}
