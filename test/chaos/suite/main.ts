import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { findPoints, pack } from './draw.ts';
import { endLanes } from './lanes.ts';
import { tryPacks } from './packs.ts';
import { parsePoint } from './points.ts';
import { seeded, shuffled } from './random.ts';
import { record } from './run.ts';
import { Tally } from './tally.ts';
import { consentChapter, recoveryChapter } from './chapters.ts';

const USAGE = `npm run chaos -- [options]
  --seed N         draws other moments and another order (1)
  --faults N       tries so many faults of API calls (all)
  --kills N        tries so many kills (640)
  --troubles N     tries so many of the rest: frozen workers, Redis killed, Slack down, SSH cut, races (72)
  --changes N      changes cloud or spec so often between plan and click (1000)
  --only ID,...    tries these faults alone, in one life of a cluster
  --concurrency N  so many towns at once (three for each processor)
  --minutes N      ends after so long and says what was not tried (60)`;

function wholeNumber(name: string, text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`--${name} must be a whole number, got "${text}".\n${USAGE}`);
}

async function main(): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      seed: text,
      faults: text,
      kills: text,
      troubles: text,
      changes: text,
      only: text,
      concurrency: text,
      minutes: text,
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  const seed = wholeNumber('seed', values.seed, 1);
  const atOnce = Math.max(1, wholeNumber('concurrency', values.concurrency, 3 * availableParallelism()));
  const began = performance.now();
  const until = began + wholeNumber('minutes', values.minutes, 60) * 60_000;
  const only = values.only?.split(',').map(parsePoint);
  const random = seeded(seed);

  console.log(`Recording clean runs of create, scale, repair and destroy (seed ${seed}) …`);
  const recordings = await Promise.all(only === undefined ? [record(), record()] : [record()]);
  const [recording] = recordings;
  if (recording === undefined) return 1;
  const all = findPoints(recordings, random);
  const drawn =
    only ??
    [
      all.calls.slice(0, wholeNumber('faults', values.faults, all.calls.length)),
      all.kills.slice(0, wholeNumber('kills', values.kills, 640)),
      all.troubles.slice(0, wholeNumber('troubles', values.troubles, 72)),
    ].flat();
  const tally = new Tally();
  tally.found(only ?? [...all.calls, ...all.kills, ...all.troubles]);
  const chosen = new Set(drawn);
  // In mixed order, so that a run that ends early has tried some of everything.
  const packs =
    only === undefined
      ? shuffled(
          [all.troubles, all.kills, all.calls].flatMap((points) =>
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
  let wrong = failures.length > 0;
  if (only === undefined) {
    wrong =
      (await consentChapter({
        seed,
        atOnce,
        until,
        changes: wholeNumber('changes', values.changes, 1_000),
      })) || wrong;
    wrong = (await recoveryChapter()) || wrong;
  }
  console.log(`\nSeed ${seed}, ${Math.round((performance.now() - began) / 1_000)} s.`);
  const { lost, duplicated, orphaned } = tally.total;
  return wrong || lost + duplicated + orphaned > 0 ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    endLanes();
    process.exit(130);
  });
process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 2;
});
