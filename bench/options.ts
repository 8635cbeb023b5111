import { parseArgs } from 'node:util';
import { KINDS } from './time/measure.ts';
import type { Kind } from './time/measure.ts';

const SECTIONS = ['time', 'ways', 'engine', 'waiting', 'start', 'answer'] as const;
export type SectionName = (typeof SECTIONS)[number];

/** Faster than this the machine's own work would pass for the cloud's time; slower than that the product takes no scale. */
const LEAST_SCALE = 0.05;
const MOST_SCALE = 10;
const MOST_VARY = 0.5;

export const USAGE = `Usage: npm run bench -- [options]

  --only <section,...>   ${SECTIONS.join(', ')}; all unless told
  --sizes <n,...>        operations at once; unless told 1,10,100 for time, 1,3,10 for ways and
                         10,100,1000 for engine, waiting and answer
  --last <kind>          for time: the last of ${KINDS.join(', ')} that is measured; all unless told
  --runs <n>             repetitions of each measurement; 3 unless told
  --scale <n>            for time and ways: real seconds a simulated second, ${LEAST_SCALE} to ${MOST_SCALE};
                         as fits the size unless told
  --vary <share>         for time: the cloud's waits are by up to this share longer or shorter, up to
                         ${MOST_VARY}; 0 unless told
  --json                 figures for programs instead of tables (npm run --silent bench -- --json)
  --markdown             tables for the documentation
  --charts <folder>      writes the charts there, SVG

All of it takes two hours on two processors; one run of --only time --sizes 1 some four minutes, of 10 five,
of 100 ten, of 1000 eighty. Tables appear as each section ends.
`;

export interface Options {
  readonly only: readonly SectionName[];
  /** Undefined: as fits the section. */
  readonly sizes: readonly number[] | undefined;
  readonly last: Kind;
  readonly runs: number;
  readonly timeScale: number | undefined;
  readonly vary: number;
  readonly format: 'json' | 'markdown' | 'plain';
  readonly charts: string | undefined;
  readonly help: boolean;
}

/** @throws Error that says which option is wrong and what it takes */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: SECTIONS.join(',') },
      sizes: { type: 'string' },
      last: { type: 'string', default: 'destroy' },
      runs: { type: 'string', default: '3' },
      scale: { type: 'string' },
      vary: { type: 'string', default: '0' },
      json: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      charts: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    only: values.only.split(',').map((name) => oneOf('only', name, SECTIONS)),
    sizes: values.sizes?.split(',').map((size) => wholeNumber('sizes', size)),
    last: oneOf('last', values.last, KINDS),
    runs: wholeNumber('runs', values.runs),
    timeScale:
      values.scale === undefined ? undefined : within('scale', values.scale, LEAST_SCALE, MOST_SCALE),
    vary: within('vary', values.vary, 0, MOST_VARY),
    format: values.json ? 'json' : values.markdown ? 'markdown' : 'plain',
    charts: values.charts,
    help: values.help,
  };
}

function oneOf<Name extends string>(option: string, given: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === given);
  if (found === undefined)
    throw new Error(`--${option}: there is no "${given}". It takes ${names.join(', ')}.`);
  return found;
}

function wholeNumber(option: string, given: string): number {
  if (!/^[1-9]\d{0,5}$/.test(given)) throw new Error(`--${option}: "${given}" is no whole number from 1 on.`);
  return Number(given);
}

function within(option: string, given: string, least: number, most: number): number {
  const number = given.trim() === '' ? Number.NaN : Number(given);
  if (!(number >= least && number <= most))
    throw new Error(`--${option}: "${given}" is no number from ${least} to ${most}.`);
  return number;
}
