import type { Cloud } from '../cloud.ts';
import { ecsState } from '../ecs/state.ts';
import { essOf } from '../ess/lookup.ts';
import type { ScalingGroup } from '../ess/state.ts';

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
    moments(wanted, startedAt && startedAt.getTime() - cloud.settings.pastMs).map((at) => {
      const average = load(id, at);
      const [Minimum, Average, Maximum] = [average * 0.8, average, Math.min(100, average * 1.3)].map(rounded);
      return { timestamp: at, instanceId: id, Minimum, Average, Maximum } as Point;
    }),
  );
};

/** TotalInstanceCount of acs_ess_dashboard, whose dimension `instanceId` is the group. */
export const sizesOf: Metric = (cloud, named, wanted) =>
  chosen(essOf(cloud).groups, named, wanted.regionId).flatMap((group) =>
    moments(wanted, group.createdAt.getTime() - cloud.settings.pastMs).map((at) => {
      const size = sizeAt(cloud, group, at);
      return { timestamp: at, instanceId: group.id, Minimum: size, Average: size, Maximum: size };
    }),
  );

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

/** A made-up past ends as the group begins. */
const CALM_MS = 15 * 60_000;

/** As the newest activity that had ended by then left it. Before there was any, as a made-up past has it. */
function sizeAt(cloud: Cloud, group: ScalingGroup, at: number): number {
  const ended = [...essOf(cloud).activities.values()].filter(
    (one) => one.groupId === group.id && one.endedAt,
  );
  const left = ended.findLast((one) => (one.endedAt?.getTime() ?? at) <= at);
  if (left) return left.totalAfter;
  const beforeMs = group.createdAt.getTime() - at;
  if (beforeMs <= 0) return 0;
  const wave = beforeMs < CALM_MS ? 0 : Math.round(Math.sin(at / 1_500_000 + group.min));
  return Math.min(group.max, Math.max(group.min, (group.desired ?? group.min) + wave));
}

/** Always the same for the same instance and time: a slow wave, a little apart for each. */
function load(id: string, at: number): number {
  const phase = Buffer.from(id).reduce((sum, byte) => sum + byte, 0) % 60;
  return 30 + 22 * Math.sin((at / 60_000 + phase) / 25) + (phase % 7);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
