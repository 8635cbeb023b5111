import { startCrew } from './crew.ts';
import { holdings } from './inventory.ts';
import type { Differences } from './inventory.ts';
import { count, judge } from './judge.ts';
import type { Expected } from './judge.ts';
import { COMMANDS, damage, live, openFaultyTown } from './life.ts';
import { CALL_BLOWS, LOSSES, OPERATIONS } from './points.ts';
import type { FaultPoint, OperationName } from './points.ts';
import { seeded } from '../../../sandbox/random.ts';
import { openStage } from './stage.ts';
import type { SeenCall, Stage } from './stage.ts';

/** What became of one operation. */
interface Outcome {
  readonly operation: OperationName;
  readonly ms: number;
  /** What it said when it stopped before its end. */
  readonly stops: readonly string[];
  readonly found: Differences;
}

/** What became of one life of a cluster. */
export interface RunResult {
  readonly outcomes: readonly Outcome[];
  /** Ids of the faults that really happened. */
  readonly struck: readonly string[];
}

export interface RunOptions {
  readonly points: readonly FaultPoint[];
  readonly expected: Expected;
  readonly seed: number;
  readonly program?: string | undefined;
  /** What is not right by then is wrong, real milliseconds. */
  readonly settlingMs?: number;
  /** All four unless told. */
  readonly only?: readonly OperationName[];
}

/** One life of a cluster under faults: create, scale, repair, destroy, each judged. Stops after the first wrong end. */
export async function runLife(options: RunOptions): Promise<RunResult> {
  const { points, expected } = options;
  const random = seeded(options.seed);
  let stage: Stage | undefined;
  const town = await openFaultyTown({ program: options.program, onLine: (line) => stage?.heard(line) });
  const outcomes: Outcome[] = [];
  try {
    const alone = points.every((point) => CALL_BLOWS.some((blow) => blow === point.blow));
    const crew = alone ? undefined : await startCrew(town);
    if (crew === undefined) await town.start();
    stage = openStage(town, points, random, () => crew);
    for (const operation of options.only ?? OPERATIONS) {
      if (operation === 'repair') await damage(town);
      const began = performance.now();
      stage.begin(operation);
      const outcome = await one(operation).catch((error: unknown) => ({
        stops: [],
        found: { lost: [words(error)], duplicated: [], orphaned: [] },
      }));
      outcomes.push({ operation, ms: Math.round(performance.now() - began), ...outcome });
      if (count(outcome.found) > 0) break;
    }

    async function one(operation: OperationName) {
      const end = await live(town, COMMANDS[operation], crew);
      crew?.watch(undefined);
      stage?.end();
      await crew?.recovered();
      const forgetful = points.some(
        (one) => one.operation === operation && LOSSES.includes(one.blow) && stage?.struck.has(one.id),
      );
      const found = await judge(town, operation, end, expected[operation], {
        stopped: end.stops.length > 0,
        settlingMs: options.settlingMs,
        forgetful,
      });
      return { stops: end.stops, found: { ...found, lost: [...found.lost, ...(crew?.trouble ?? [])] } };
    }
    return { outcomes, struck: [...stage.struck] };
  } finally {
    await town.close();
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What a life without faults looks like: every call in order, every step, and what is there after each operation. */
export interface Recording {
  readonly expected: Expected;
  readonly calls: Readonly<Record<OperationName, readonly SeenCall[]>>;
  readonly steps: Readonly<Record<OperationName, number>>;
  /** Real milliseconds. */
  readonly ms: Readonly<Record<OperationName, number>>;
}

/** Lives a cluster's life without faults and writes it down. */
export async function record(only: readonly OperationName[] = OPERATIONS): Promise<Recording> {
  let stage: Stage | undefined;
  const town = await openFaultyTown({ onLine: (line) => stage?.heard(line) });
  const expected = { create: [], scale: [], repair: [], destroy: [] } as Record<
    OperationName,
    ReturnType<typeof holdings>
  >;
  const calls: Record<OperationName, readonly SeenCall[]> = {
    create: [],
    scale: [],
    repair: [],
    destroy: [],
  };
  const steps: Record<OperationName, number> = { create: 0, scale: 0, repair: 0, destroy: 0 };
  const ms: Record<OperationName, number> = { create: 0, scale: 0, repair: 0, destroy: 0 };
  try {
    await town.start();
    stage = openStage(
      town,
      [],
      () => 0,
      () => undefined,
    );
    for (const operation of only) {
      if (operation === 'repair') await damage(town);
      const began = performance.now();
      stage.begin(operation);
      const end = await live(town, COMMANDS[operation], undefined);
      const seen = stage.end();
      if (end.stops.length > 0) throw new Error(`A run without faults stopped: ${end.stops.join('; ')}`);
      calls[operation] = seen.calls;
      steps[operation] = seen.steps;
      ms[operation] = Math.round(performance.now() - began);
      await town.world.alibaba.cloud.settle();
      expected[operation] = operation === 'destroy' ? [] : holdings(town.world);
    }
    return { expected, calls, steps, ms };
  } finally {
    await town.close();
  }
}
