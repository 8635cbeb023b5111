import { BLOWS, KILLS, LOSSES, OPERATIONS, READS, STOPS, TROUBLES, faultPoint } from './points.ts';
import type { Blow, FaultPoint, OperationName } from './points.ts';
import { shuffled } from '../../../sandbox/random.ts';
import type { Recording } from './run.ts';

/** So many faults share one operation at most: they hit different calls. */
const PACKED_CALLS: Readonly<Record<OperationName, number>> = {
  create: 40,
  scale: 20,
  repair: 30,
  destroy: 40,
};
/** One failed look lets a planning begin anew, and its patience ends some time. */
const PACKED_LOOKS = 10;
/** A kill costs the time of a start and of a take-over; a stop is counted like it. */
const PACKED_KILLS: Readonly<Record<OperationName, number>> = { create: 6, scale: 2, repair: 3, destroy: 5 };
/** Random moments fall into the time that a clean run takes and a little after. */
const LONGER = 1.3;
/** What ends processes, tried at the same moments. */
const ENDS = [
  { list: 'kills', blows: KILLS },
  { list: 'stops', blows: STOPS },
] as const;

/** Every fault that a recording knows of: first those that are tried in any case, then the others in drawn order. */
export interface Points {
  readonly calls: readonly FaultPoint[];
  readonly kills: readonly FaultPoint[];
  readonly stops: readonly FaultPoint[];
  readonly troubles: readonly FaultPoint[];
}

/**
 * All fault points of an operation's life. A call that asks again and again until something is ready comes in another
 * number each time: what all recordings have counts.
 */
export function findPoints(
  recordings: readonly Recording[],
  random: () => number,
  blows: readonly Blow[] = BLOWS,
): Points {
  const found = noPoints();
  const later = noPoints();
  const [first, ...others] = recordings;
  if (first === undefined) return found;
  for (const operation of OPERATIONS) {
    const isIn = (name: string, recording: Recording) =>
      recording.calls[operation].some((call) => `${call.product}.${call.action}.${call.nth}` === name);
    const firstChange = first.calls[operation].findIndex(({ action }) => !READS.test(action));
    for (const [index, { product, action, nth }] of first.calls[operation].entries()) {
      if (!others.every((other) => isIn(`${product}.${action}.${nth}`, other))) continue;
      const reads = READS.test(action);
      const early = index < firstChange;
      const before = { at: 'call', when: 'before', product, action, nth } as const;
      const after = { ...before, when: 'after' } as const;
      (reads ? later : found).calls.push(
        faultPoint(operation, before, 'cut', early),
        faultPoint(operation, after, 'cut', early),
        faultPoint(operation, before, '503', early),
        faultPoint(operation, before, 'throttled', early),
      );
      for (const { list, blows: ends } of ENDS)
        for (const blow of ends)
          (reads ? later : found)[list].push(
            faultPoint(operation, before, blow),
            faultPoint(operation, after, blow),
          );
      for (const blow of troublesOf(operation)) later.troubles.push(faultPoint(operation, before, blow));
    }
    for (let nth = 1; nth <= first.steps[operation]; nth += 1) {
      const moment = { at: 'step', nth } as const;
      for (const { list, blows: ends } of ENDS)
        found[list].push(...ends.map((blow) => faultPoint(operation, moment, blow)));
      later.troubles.push(...troublesOf(operation).map((blow) => faultPoint(operation, moment, blow)));
    }
    for (const { list, blows: ends } of ENDS)
      for (const blow of ends)
        for (let times = 0; times < 25; times += 1) {
          const ms = Math.round(random() * first.ms[operation] * LONGER);
          later[list].push(faultPoint(operation, { at: 'ms', ms }, blow));
        }
  }
  const chosen = (points: readonly FaultPoint[]) =>
    shuffled(points, random).filter((point) => blows.includes(point.blow));
  return {
    calls: [...chosen(found.calls), ...chosen(later.calls)],
    kills: [...chosen(found.kills), ...chosen(later.kills)],
    stops: [...chosen(found.stops), ...chosen(later.stops)],
    troubles: fairly(chosen(later.troubles)),
  };
}

function noPoints(): Record<keyof Points, FaultPoint[]> {
  return { calls: [], kills: [], stops: [], troubles: [] };
}

/** SSH is used, and the database host set up, while a cluster is made. */
function troublesOf(operation: OperationName): readonly Blow[] {
  return TROUBLES.filter((blow) => (blow !== 'ssh-cut' && blow !== 'host-reboot') || operation === 'create');
}

/** The same order, one of each blow in turn. */
function fairly(points: readonly FaultPoint[]): FaultPoint[] {
  const queues = TROUBLES.map((blow) => points.filter((point) => point.blow === blow));
  const longest = Math.max(...queues.map((queue) => queue.length));
  return Array.from({ length: longest }, (_none, index) =>
    queues.flatMap((queue) => queue.slice(index, index + 1)),
  ).flat();
}

/** Packs of faults that share one life of a cluster: each hits another call, and kills leave time to come back. */
export function pack(points: readonly FaultPoint[]): FaultPoint[][] {
  const packs: { readonly points: FaultPoint[]; readonly taken: Map<string, number> }[] = [];
  let open: typeof packs = [];
  for (const point of points) {
    const kills = point.blow.includes('-');
    const isAlone = LOSSES.includes(point.blow);
    const limit = isAlone ? 1 : (kills ? PACKED_KILLS : PACKED_CALLS)[point.operation];
    const place = placeOf(point);
    const planning = point.early === true && !kills ? `planning ${point.operation}` : '';
    let into = open.find(
      ({ taken }) =>
        (taken.get(point.operation) ?? 0) < limit &&
        (taken.get(planning) ?? 0) < PACKED_LOOKS &&
        !taken.has(place),
    );
    if (into === undefined) {
      into = { points: [], taken: new Map() };
      packs.push(into);
      open = packs.slice(-200);
    }
    into.points.push(point);
    into.taken.set(place, 1);
    if (planning !== '') into.taken.set(planning, (into.taken.get(planning) ?? 0) + 1);
    into.taken.set(point.operation, isAlone ? Infinity : (into.taken.get(point.operation) ?? 0) + 1);
  }
  return packs.map((one) => one.points);
}

function placeOf({ operation, moment }: FaultPoint): string {
  if (moment.at === 'call') return `${operation} ${moment.product}.${moment.action}.${moment.nth}`;
  return moment.at === 'step'
    ? `${operation} step ${moment.nth}`
    : `${operation} ms ${Math.floor(moment.ms / 500)}`;
}
