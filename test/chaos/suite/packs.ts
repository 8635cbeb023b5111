import { count } from './judge.ts';
import { inLane, side } from './lanes.ts';
import { LOSSES } from './points.ts';
import type { FaultPoint } from './points.ts';
import type { Recording, RunResult } from './run.ts';
import type { Tally } from './tally.ts';

/**
 * Faults whose moment did not come (fewer polls this time, nobody there to kill), and those of an operation that
 * stopped, get another life with fewer others: so many in the second, so many in the third.
 */
const SIZES = [30, 6];

interface Trying {
  readonly packs: readonly (readonly FaultPoint[])[];
  readonly recording: Recording;
  readonly seed: number;
  readonly atOnce: number;
  /** When to start nothing new, on the clock of `performance`. */
  readonly until: number;
  readonly tally: Tally;
}

/** Tries every pack and, when one ends wrong, halves it until the fault stands alone. */
export async function tryPacks(
  trying: Trying,
): Promise<{ readonly untried: number; readonly failures: readonly string[] }> {
  const { recording, seed, tally } = trying;
  const failures: string[] = [];
  let missed: FaultPoint[] = [];
  let untried = 0;
  let tried = 0;
  let lastRound = false;

  const life = (points: readonly FaultPoint[]) =>
    inLane<RunResult>({ do: 'life', points, expected: recording.expected, seed }).catch(
      (error: unknown): RunResult => ({
        struck: points.map((point) => point.id),
        outcomes: [
          {
            operation: points[0]?.operation ?? 'create',
            ms: 0,
            stops: [],
            found: { lost: [String(error)], duplicated: [], orphaned: [] },
          },
        ],
      }),
    );

  async function attempt(points: readonly FaultPoint[]): Promise<void> {
    if (performance.now() > trying.until) {
      untried += points.length;
      return;
    }
    const result = await life(points);
    tried += points.length;
    const struck = new Set(result.struck);
    const wrong = result.outcomes.find((one) => count(one.found) > 0);
    const stops = result.outcomes.flatMap((one) =>
      one.stops.map((stop) => `${one.operation}: ${stop.slice(0, 300)}`),
    );
    const times = result.outcomes
      .map((one) => `${one.operation} ${(one.ms / 1_000).toFixed(1)} s`)
      .join(', ');
    console.log(
      `${new Date().toISOString().slice(11, 19)} ${struck.size} of ${points.length} faults, ${times}` +
        `${wrong ? ` WRONG: ${JSON.stringify(wrong.found).slice(0, 600)}` : ''} (${tried} tried)`,
    );
    for (const stop of stops) console.log(`  stopped: ${stop}`);
    if (wrong === undefined) {
      // Many faults in one planning may end its patience, which none of them would alone: smaller lives tell.
      const again = lastRound
        ? []
        : result.outcomes.filter((one) => one.stops.length > 0).map((one) => one.operation);
      const isOver = (point: FaultPoint) =>
        struck.has(point.id) &&
        (points.length === 1 || LOSSES.includes(point.blow) || !again.includes(point.operation));
      tally.lived(points.filter(isOver), result);
      missed.push(...points.filter((point) => !isOver(point)));
      return;
    }
    await narrow(points, result);
  }

  /** Halves a life that ended wrong; what no half shows again is told with all its faults. */
  async function narrow(points: readonly FaultPoint[], result: RunResult): Promise<void> {
    const struck = points.filter((point) => result.struck.includes(point.id));
    missed.push(...points.filter((point) => !result.struck.includes(point.id)));
    if (struck.length > 1 && performance.now() < trying.until) {
      const middle = Math.ceil(struck.length / 2);
      const halves = [struck.slice(0, middle), struck.slice(middle)];
      const results = await Promise.all(halves.map(async (half) => ({ half, result: await life(half) })));
      const bad = results.filter((one) => one.result.outcomes.some((each) => count(each.found) > 0));
      for (const good of results.filter((one) => !bad.includes(one))) tally.lived(good.half, good.result);
      for (const one of bad) await narrow(one.half, one.result);
      if (bad.length > 0) return;
      tell(struck, result, 'together, neither half alone');
      return;
    }
    tally.lived(struck, result);
    tell(struck, result, 'alone');
  }

  function tell(points: readonly FaultPoint[], result: RunResult, how: string): void {
    const wrong = result.outcomes.find((one) => count(one.found) > 0);
    const ids = points.map((point) => point.id).join(',');
    failures.push(
      [
        `WRONG END of ${wrong?.operation} with ${ids || 'no fault at all'} (${how}, seed ${seed})`,
        ...(wrong?.found.lost ?? []).map((one) => `  lost: ${one}`),
        ...(wrong?.found.duplicated ?? []).map((one) => `  duplicated: ${one}`),
        ...(wrong?.found.orphaned ?? []).map((one) => `  orphaned: ${one}`),
        `  replay: npm run chaos -- --seed ${seed} --only ${ids}`,
      ].join('\n'),
    );
    console.log(failures.at(-1));
  }

  let packs = trying.packs;
  for (const size of [...SIZES, 0]) {
    missed = [];
    lastRound = size === 0;
    await side(packs, trying.atOnce, attempt);
    if (missed.length === 0) break;
    packs = Array.from({ length: Math.ceil(missed.length / Math.max(1, size)) }, (_none, index) =>
      missed.slice(index * size, (index + 1) * size),
    );
  }
  return { untried: untried + missed.length, failures };
}
