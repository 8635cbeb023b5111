import type { Cloud } from '../cloud.ts';
import { ecsState } from '../ecs/state.ts';
import { essOf } from '../ess/lookup.ts';
import type { Activity } from '../ess/state.ts';

export interface Point {
  readonly timestamp: number;
  readonly instanceId: string;
  readonly Minimum: number;
  readonly Average: number;
  readonly Maximum: number;
}

/** From when (not included) to when (included), milliseconds since 1970, one value every `stepMs`. */
export interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
  readonly regionId: string;
}

/** Values of a metric for the named, or for all of the region. */
export type Metric = (cloud: Cloud, named: readonly string[] | undefined, wanted: Wanted) => Point[];

/** CPUUtilization of acs_ecs_dashboard: percent, since an instance was started. */
export const cpuOf: Metric = (cloud, named, wanted) => {
  const { instances } = ecsState(cloud);
  return chosen(instances, named, wanted.regionId).flatMap(({ id, startedAt }) =>
    moments(wanted, startedAt && startedAt.getTime() - pastMsOf(cloud, id)).map((at) => {
      const average = load(id, at);
      const [Minimum, Average, Maximum] = [average * 0.8, average, Math.min(100, average * 1.3)].map(rounded);
      return { timestamp: at, instanceId: id, Minimum, Average, Maximum } as Point;
    }),
  );
};

/** TotalInstanceCount of acs_ess_dashboard, whose dimension `instanceId` is the group. */
export const sizesOf: Metric = (cloud, named, wanted) =>
  chosen(essOf(cloud).groups, named, wanted.regionId).flatMap(({ id, createdAt }) => {
    const ended = endedOf(cloud, id);
    const { pastMs } = cloud.settings;
    // A made-up past is as large as the group came to be first, whatever becomes of it later.
    const before = pastMs > 0 ? firstOf(ended) : undefined;
    return moments(wanted, createdAt.getTime() - (before ? pastMs : 0)).map((at) => {
      const left = ended.findLast((one) => one.endedAt.getTime() <= at) ?? before;
      const size = left?.totalAfter ?? 0;
      return { timestamp: at, instanceId: id, Minimum: size, Average: size, Maximum: size };
    });
  });

function chosen<One extends { readonly regionId: string }>(
  all: ReadonlyMap<string, One>,
  named: readonly string[] | undefined,
  regionId: string,
): One[] {
  if (named === undefined) return [...all.values()].filter((one) => one.regionId === regionId);
  return named.flatMap((id) => all.get(id) ?? []);
}

/** Ends of periods after `since` (undefined: none yet). */
function moments({ from, to, stepMs }: Wanted, since: number | undefined): number[] {
  const all: number[] = [];
  const first = Math.max(from, since ?? to);
  for (let at = (Math.floor(first / stepMs) + 1) * stepMs; at <= to; at += stepMs) all.push(at);
  return all;
}

type EndedActivity = Activity & { readonly endedAt: Date };

/** What changed a group's size, in the order of its ends: each left `totalAfter` instances. */
function endedOf(cloud: Cloud, groupId: string): EndedActivity[] {
  return essOf(cloud)
    .activitiesOf(groupId)
    .filter((one): one is EndedActivity => one.endedAt !== undefined)
    .toSorted((a, b) => a.endedAt.getTime() - b.endedAt.getTime());
}

/** The one that brought a group its first instances. */
function firstOf(ended: readonly EndedActivity[]): EndedActivity | undefined {
  return ended.find((one) => one.totalAfter > 0);
}

/** Instances that a group had from its beginning share its made-up past; who came later has none. */
function pastMsOf(cloud: Cloud, instanceId: string): number {
  const groupId = essOf(cloud).instances.get(instanceId)?.groupId;
  if (groupId === undefined) return 0;
  const isFirst = firstOf(endedOf(cloud, groupId))?.created.includes(instanceId) ?? false;
  return isFirst ? cloud.settings.pastMs : 0;
}

/** Always the same for the same instance and time: a slow wave, a little apart for each. */
function load(id: string, at: number): number {
  const phase = Buffer.from(id).reduce((sum, byte) => sum + byte, 0) % 60;
  return 30 + 22 * Math.sin((at / 60_000 + phase) / 25) + (phase % 7);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
