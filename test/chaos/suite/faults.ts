import { findPoints, pack } from './draw.ts';
import type { Points } from './draw.ts';
import { tryPacks } from './packs.ts';
import type { Blow, FaultPoint } from './points.ts';
import { seeded, shuffled } from '../../../sandbox/random.ts';
import { record } from './run.ts';
import { Tally } from './tally.ts';

interface FaultsOptions {
  readonly seed: number;
  readonly atOnce: number;
  readonly until: number;
  /** These alone, in one life. */
  readonly only: readonly FaultPoint[] | undefined;
  /** How many of each at most. */
  readonly wanted: Readonly<Record<keyof Points, number>>;
  readonly blows: readonly Blow[];
}

/** Finds the faults of each operation and tries them; prints the table. @returns whether anything ended wrong */
export async function faultsChapter(options: FaultsOptions): Promise<boolean> {
  const { seed, atOnce, until, only, wanted } = options;
  if (only === undefined ? Object.values(wanted).every((count) => count === 0) : only.length === 0)
    return false;
  const random = seeded(seed);
  console.log(`Recording clean runs of create, scale, repair and destroy (seed ${seed}) …`);
  const recordings = await Promise.all(only === undefined ? [record(), record()] : [record()]);
  const [recording] = recordings;
  if (recording === undefined) return true;
  const all = findPoints(recordings, random, options.blows);
  const drawn = only ?? [
    ...all.calls.slice(0, wanted.calls),
    ...all.kills.slice(0, wanted.kills),
    ...all.stops.slice(0, wanted.stops),
    ...all.troubles.slice(0, wanted.troubles),
  ];
  const tally = new Tally();
  tally.found(only ?? [...all.calls, ...all.kills, ...all.stops, ...all.troubles]);
  const chosen = new Set(drawn);
  // In mixed order, so that a run that ends early has tried some of everything.
  const packs =
    only === undefined
      ? shuffled(
          [all.troubles, all.stops, all.kills, all.calls].flatMap((points) =>
            pack(points.filter((point) => chosen.has(point))),
          ),
          random,
        )
      : [only];
  console.log(`${drawn.length} faults to try, in ${packs.length} lives of a cluster, ${atOnce} at once.`);
  const { untried, failures } = await tryPacks({ packs, recording, seed, atOnce, until, tally });

  console.log(`\n${tally.toString()}\n`);
  if (untried > 0)
    console.log(`Not tried: ${untried} faults whose moment never came, or for which there was no time.`);
  for (const failure of failures) console.log(`\n${failure}`);
  const { lost, duplicated, orphaned } = tally.total;
  return failures.length > 0 || lost + duplicated + orphaned > 0;
}
