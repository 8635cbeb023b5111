import { median, spread, words } from '../stats.ts';
import type { Chart } from '../chart.ts';
import type { Section } from '../table.ts';
import { measure } from './measure.ts';
import type { Measured } from './measure.ts';
import { openBenchTown } from './town.ts';

/** The nodes of a cluster of the bench: as few as a cluster can have, so that many fit on one machine. */
const SMALL = '--origin 1 --origin-min 1 --edge 1 --edge-min 1';

/** From how many operations at once machines without a shell and an outside database are used. */
const CROWD = 2;
const OUTSIDE = '--mongo-uri mongodb://10.255.0.9:27017/';

const KINDS = {
  create: (name: string, crowd: boolean) => `create-cluster ${name} ${SMALL}${crowd ? ` ${OUTSIDE}` : ''}`,
  scale: (name: string) => `scale edge 2 ${name}`,
  destroy: (name: string) => `destroy-cluster ${name} --confirm ${name}`,
} as const;
type Kind = keyof typeof KINDS;

/**
 * Time to a cluster and API calls. The first round of each world is told apart from the others: in it the product has
 * nothing to go by yet.
 */
export async function benchTime(options: {
  readonly sizes: readonly number[];
  readonly runs: number;
  readonly timeScale: number;
  readonly progress: (text: string) => void;
}): Promise<Section> {
  const time: string[][] = [];
  const calls: string[][] = [];
  const ways: string[][] = [];
  const actions: string[][] = [];
  const figures: Record<string, { first: Measured; learned: readonly Measured[] }> = {};
  for (const size of options.sizes) {
    const town = await openBenchTown({
      timeScale: options.timeScale,
      machines: size >= CROWD ? { quick: true } : {},
    });
    const rounds: Record<Kind, Measured[]> = { create: [], scale: [], destroy: [] };
    try {
      for (let round = 0; round <= options.runs; round += 1) {
        const names = Array.from({ length: size }, (_none, at) => `r${round}c${at + 1}`);
        for (const kind of Object.keys(KINDS) as Kind[]) {
          const measured = await measure(
            town,
            names.map((name) => KINDS[kind](name, size >= CROWD)),
          );
          rounds[kind].push(measured);
          options.progress(
            `${kind} ${size}, round ${round}: ${median(measured.ratios).toFixed(2)} of the critical path, ${measured.calls} calls`,
          );
        }
      }
    } finally {
      await town.close();
    }
    for (const kind of Object.keys(KINDS) as Kind[]) {
      const [first, ...later] = rounds[kind];
      if (!first) continue;
      const learned = later.length > 0 ? later : [first];
      const of = (pick: (one: Measured) => number, digits = 2): string =>
        words(spread(learned.map(pick)), digits);
      time.push([
        `${kind} ${size}`,
        of((one) => one.pathMs / 1_000, 1),
        median(first.ratios).toFixed(2),
        of((one) => median(one.ratios)),
        of((one) => Math.max(...one.ratios)),
        of((one) => one.productCpuMs, 0),
        of((one) => one.redisCpuMs, 0),
      ]);
      calls.push([
        `${kind} ${size}`,
        of((one) => one.leastCalls / size, 0),
        (first.calls / size).toFixed(0),
        of((one) => one.calls / size, 0),
        of((one) => one.calls / one.leastCalls),
        of((one) => one.reads / (one.wallMs / 1_000) / (1 / options.timeScale), 1),
      ]);
      const seconds = (ms: number): string => `${(ms / 1_000).toFixed(0)} s`;
      const last = learned.at(-1) ?? first;
      ways.push([
        `${kind} ${size}`,
        seconds(last.pathMs / options.timeScale),
        `${seconds(last.scripted.wallMs)}, ${last.scripted.reads}`,
        `${seconds(last.tool.wallMs)}, ${last.tool.reads}`,
        `${seconds(last.wallMs / options.timeScale)}, ${Math.round(last.reads / size)}`,
      ]);
      for (const [action, count] of Object.entries(last.byAction))
        actions.push([`${kind} ${size}`, action, (count / size).toFixed(1)]);
      figures[`${kind} ${size}`] = { first, learned };
    }
  }
  const charts = chartsOf(figures);
  return {
    figures,
    charts,
    tables: [
      {
        title: 'Time to a cluster',
        note: `Wall time from approval to the end over the critical path, the longest chain of the simulated cloud's own waits; a simulated second lasts ${options.timeScale} s. First: nothing is known of this cloud yet. Then: it has done the same before.`,
        columns: [
          'operations at once',
          'critical path, s',
          'first',
          'then, median operation',
          'then, slowest',
          'product CPU an operation, ms',
          'Redis CPU, ms',
        ],
        rows: time,
      },
      {
        title: 'API calls',
        note: 'Calls an operation from approval to its end. Least: one a change that the cloud took and one successful read a wait; refused and repeated changes are no part of it, nor is the look before the start.',
        columns: [
          'operations at once',
          'least',
          'first',
          'then',
          'then, over least',
          'reads a simulated second, all operations',
        ],
        rows: calls,
      },
      {
        title: 'Calls by action',
        note: 'Of the last round, an operation.',
        columns: ['operations at once', 'action', 'calls'],
        rows: actions,
      },
      {
        title: 'Side by side',
        note: 'Simulated time and reads of an operation. The first two are computed from the waits that the cloud recorded in that very run, with requests that take no time: a script that goes step after step and polls every 5 s, and a tool that carries out the same graph ten steps at a time and polls each resource every 5 s. The last one is measured, requests and all: what a request costs on this machine counts many times over there, since only the waits are shortened.',
        columns: [
          'operations at once',
          'critical path',
          'script: time, reads',
          'tool: time, reads',
          'ours: time, reads',
        ],
        rows: ways,
      },
    ],
  };
}

function chartsOf(
  figures: Readonly<Record<string, { readonly first: Measured; readonly learned: readonly Measured[] }>>,
): Readonly<Record<string, Chart>> {
  const chart = (title: string, pick: (one: Measured) => number, goal: Chart['goal']): Chart => ({
    title,
    series: ['the first time', 'when it was done before'],
    groups: Object.entries(figures).map(([name, { first, learned }]) => ({
      name,
      values: [pick(first), median(learned.map(pick))],
    })),
    ...(goal === undefined ? {} : { goal }),
  });
  return {
    'performance-time': chart(
      'Wall time over the critical path, median operation',
      (one) => median(one.ratios),
      { at: 1, name: 'the cloud itself' },
    ),
    'performance-calls': chart('API calls an operation', (one) => one.calls / one.operations, undefined),
  };
}
