import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { endLanes } from './lanes.ts';
import { BLOWS, CANCELS, parsePoint } from './points.ts';
import type { Blow, FaultPoint } from './points.ts';
import { faultsChapter } from './faults.ts';
import { cancelChapter } from './cancel-chapter.ts';
import { consentChapter, recoveryChapter } from './chapters.ts';

const USAGE = `npm run chaos -- [options]
  --seed N         draws other moments and another order (1)
  --faults N       tries so many faults of API calls (all)
  --kills N        tries so many kills (640)
  --stops N        tries so many graceful stops, another process coming up meanwhile (60)
  --troubles N     tries so many of the rest: frozen workers, Redis killed, cut or emptied, Slack down, SSH cut,
                   a rebooted host, races (84)
  --cancels N      cancels so many operations, to roll them back or to carry them on (60)
  --changes N      changes cloud or spec so often between plan and click (1000)
  --blows NAME,... tries only faults of these kinds: cut, 503, throttled, kill-worker, redis-emptied, ...
  --only ID,...    tries these faults and cancels alone, each of the two in one life of a cluster
  --concurrency N  so many simulated worlds at once (three for each processor)
  --minutes N      ends after that many minutes and says what was not tried (60)`;

function wholeNumber(name: string, text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`--${name} must be a whole number, got "${text}".\n${USAGE}`);
}

function readBlows(text: string | undefined): readonly Blow[] {
  if (text === undefined) return BLOWS;
  return text.split(',').map((name) => {
    const known = BLOWS.find((one) => one === name);
    if (known === undefined) throw new Error(`There is no fault ${name}: there are ${BLOWS.join(', ')}.`);
    return known;
  });
}

async function main(): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      seed: text,
      faults: text,
      kills: text,
      stops: text,
      troubles: text,
      cancels: text,
      changes: text,
      blows: text,
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
  const many = (name: 'faults' | 'kills' | 'stops' | 'troubles', usual: number) =>
    wholeNumber(name, values[name], usual);
  const wanted = {
    calls: many('faults', Infinity),
    kills: many('kills', 640),
    stops: many('stops', 60),
    troubles: many('troubles', 84),
  };
  const isCancel = ({ blow }: FaultPoint) => CANCELS.some((one) => one === blow);
  const faults = only?.filter((point) => !isCancel(point));
  let wrong = await faultsChapter({
    seed,
    atOnce,
    until,
    only: faults,
    wanted,
    blows: readBlows(values.blows),
  });
  const cancels = wholeNumber('cancels', values.cancels, 60);
  wrong = (await cancelChapter({ seed, atOnce, until, cancels, only: only?.filter(isCancel) })) || wrong;
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
  return wrong ? 1 : 0;
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
