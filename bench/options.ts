import { parseArgs } from 'node:util';
import { KINDS } from './time/measure.ts';
import type { Kind } from './time/measure.ts';

const SECTIONS = ['time', 'ways', 'engine', 'waiting', 'start', 'answer'] as const;
export type SectionName = (typeof SECTIONS)[number];

export const USAGE = `Usage: npm run bench -- [options]

  --only <section,...>   ${SECTIONS.join(', ')}; all but answer unless told
  --sizes <n,...>        operations at once; 1,10,100 for time, 10,100,1000 for engine,
                         waiting and answer unless told
  --last <kind>          for time: the last of ${KINDS.join(', ')} that is measured; all unless told
  --runs <n>             repetitions of each measurement; 3 unless told
  --scale <n>            real seconds a simulated second, for time and ways; as fits the size unless told
  --json                 figures for programs instead of tables
  --markdown             tables for the documentation
  --charts <folder>      writes the charts there, SVG
`;

export interface Options {
  readonly only: readonly SectionName[];
  /** Undefined: as fits the section. */
  readonly sizes: readonly number[] | undefined;
  readonly last: Kind;
  readonly runs: number;
  readonly timeScale: number | undefined;
  readonly format: 'json' | 'markdown' | 'plain';
  readonly charts: string | undefined;
  readonly help: boolean;
}

/** @throws Error that says which option is wrong and what it takes */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: 'time,ways,engine,waiting,start' },
      sizes: { type: 'string' },
      last: { type: 'string', default: 'destroy' },
      runs: { type: 'string', default: '3' },
      scale: { type: 'string' },
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
    timeScale: values.scale === undefined ? undefined : positive('scale', values.scale),
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

function positive(option: string, given: string): number {
  const number = Number(given);
  if (!(number > 0 && number < Number.POSITIVE_INFINITY))
    throw new Error(`--${option}: "${given}" is no number above 0.`);
  return number;
}
