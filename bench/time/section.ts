import { median, spread, words } from '../stats.ts';
import type { Chart } from '../chart.ts';
import type { Section } from '../table.ts';
import { learn } from './learn.ts';
import { COMMANDS, KINDS, measure, measureStatus } from './measure.ts';
import type { Asked, Kind, Measured } from './measure.ts';
import { openBenchTown } from './town.ts';
import type { LearnedWaits } from './town.ts';

/** From how many operations at once machines without a shell and an outside database are used. */
const CROWD = 2;

/** So many statuses are asked for at once at most: Slack takes one message a second in a channel. */
const MOST_QUESTIONS = 10;

/** Steps that are told of each kind of operation. */
const MOST_LOSSES = 6;

/**
 * Real seconds a simulated second, unless told. Only the cloud's waits are shortened, so the more work there is at a
 * time, the less they may be: else it is this machine that everybody waits for.
 */
function scaleFor(operations: number): number {
  if (operations < CROWD) return 0.2;
  if (operations < 50) return 0.5;
  return operations < 300 ? 1 : 6;
}

interface Figures {
  readonly timeScale: number;
  /** Nothing was known of this cloud yet; of a single operation only. */
  readonly first: Measured | undefined;
  /** After the product has done the same before. */
  readonly later: readonly Measured[];
}

/** Time to a cluster and API calls. */
export async function benchTime(options: {
  readonly sizes: readonly number[];
  readonly runs: number;
  /** The last kind of operation that is measured: each begins with what the one before it made. */
  readonly last: Kind;
  /** Real seconds a simulated second; undefined: as fits the size. */
  readonly timeScale: number | undefined;
  /** By which share of itself each of the cloud's waits differs at most. */
  readonly vary: number;
  readonly progress: (text: string) => void;
}): Promise<Section> {
  const { vary, progress } = options;
  const kinds = KINDS.slice(0, KINDS.indexOf(options.last) + 1);
  const figures: Record<string, Figures> = {};
  const questions: Record<string, readonly Asked[]> = {};
  let learned: LearnedWaits | undefined;
  for (const size of options.sizes) {
    const isCrowd = size >= CROWD;
    const timeScale = options.timeScale ?? scaleFor(size);
    if (isCrowd) learned ??= await learn(progress, vary);
    const town = await openBenchTown({
      timeScale,
      vary,
      machines: isCrowd ? { quick: true } : {},
      learned: isCrowd ? learned : undefined,
    });
    const rounds: Record<Kind, Measured[]> = { create: [], scale: [], destroy: [] };
    const asked: Asked[] = [];
    try {
      for (let round = isCrowd ? 1 : 0; round <= options.runs; round += 1) {
        const names = Array.from({ length: size }, (_none, at) => `r${round}c${at + 1}`);
        for (const kind of kinds) {
          if (kind === 'destroy') asked.push(await measureStatus(town, names.slice(0, MOST_QUESTIONS)));
          const measured = await measure(
            town,
            names.map((name) => COMMANDS[kind](name, isCrowd)),
          );
          rounds[kind].push(measured);
          progress(
            `${kind} ${size}, round ${round}: ${median(measured.ratios).toFixed(3)} of the critical path, ${(measured.calls.all / measured.leastCalls).toFixed(2)} of the least calls`,
          );
        }
      }
    } finally {
      await town.close();
    }
    for (const kind of kinds) {
      const later = isCrowd ? rounds[kind] : rounds[kind].slice(1);
      figures[`${kind} ${size}`] = { timeScale, first: isCrowd ? undefined : rounds[kind][0], later };
    }
    const at = Math.min(size, MOST_QUESTIONS);
    if (asked.length > 0) questions[`status ${at === size ? size : `${at} of ${size}`}`] = asked;
  }
  return {
    figures: { ...figures, ...questions },
    charts: chartsOf(figures),
    tables: [
      timeTable(figures, vary),
      lossesTable(figures),
      callsTable(figures, questions),
      actionsTable(figures),
    ],
  };
}

function timeTable(figures: Readonly<Record<string, Figures>>, vary: number): Section['tables'][number] {
  return {
    title: 'Time to a cluster',
    note: `Wall time from approval to the end over the critical path, the longest chain of the simulated cloud's own waits, ${vary === 0 ? 'which take the same time each time' : `each of which is up to ${vary * 100} % longer or shorter than usual`}. A simulated second lasts as long as the second column says. First: nothing is known of this cloud yet. Then: the product has done the same before; several at once begin with what it learned of a single cluster.`,
    columns: [
      'operations at once',
      'a simulated second, s',
      'critical path, s',
      'first',
      'then, median operation',
      'then, slowest',
      'product CPU an operation, ms',
      'Redis CPU, ms',
      "the world's CPU, ms",
    ],
    rows: Object.entries(figures).map(([name, { timeScale, first, later }]) => {
      const of = (pick: (one: Measured) => number, digits = 0): string =>
        words(spread(later.map(pick)), digits);
      return [
        name,
        String(timeScale),
        of((one) => one.pathMs / 1_000 / timeScale),
        first === undefined ? '' : median(first.ratios).toFixed(3),
        of((one) => median(one.ratios), 3),
        of((one) => Math.max(...one.ratios), 3),
        of((one) => one.cpuMs.product),
        of((one) => one.cpuMs.redis),
        of((one) => one.cpuMs.world),
      ];
    }),
  };
}

function lossesTable(figures: Readonly<Record<string, Figures>>): Section['tables'][number] {
  return {
    title: 'Where time is lost',
    note: `Of the last round, simulated seconds an operation that steps of its own longest chain took beyond the cloud's waits for them, the ${MOST_LOSSES} greatest. Before: from the end of those before it to its beginning.`,
    columns: ['operations at once', 'step', 'before, s', 'under way, s', 'of the critical path'],
    rows: Object.entries(figures).flatMap(([name, { timeScale, later }]) => {
      const last = later.at(-1);
      return (last?.losses ?? [])
        .slice(0, MOST_LOSSES)
        .map(({ step, beforeMs, duringMs }) => [
          name,
          step,
          (beforeMs / 1_000 / timeScale).toFixed(2),
          (duringMs / 1_000 / timeScale).toFixed(2),
          ((beforeMs + duringMs) / (last?.pathMs ?? 1)).toFixed(3),
        ]);
    }),
  };
}

function callsTable(
  figures: Readonly<Record<string, Figures>>,
  questions: Readonly<Record<string, readonly Asked[]>>,
): Section['tables'][number] {
  const rows = Object.entries(figures).map(([name, { timeScale, first, later }]) => {
    const of = (pick: (one: Measured) => number, digits = 2): string =>
      words(spread(later.map(pick)), digits);
    return [
      name,
      of((one) => one.leastCalls / one.operations, 1),
      first === undefined ? '' : String(first.calls.all / first.operations),
      of((one) => one.calls.all / one.operations, 1),
      of((one) => one.calls.all / one.leastCalls),
      of((one) => one.calls.reads / (one.wallMs / 1_000 / timeScale), 1),
    ];
  });
  const asked = Object.entries(questions).map(([name, all]) => {
    const of = (pick: (one: Asked) => number, digits = 2): string => words(spread(all.map(pick)), digits);
    return [
      name,
      of((one) => one.calls.different / one.questions, 1),
      '',
      of((one) => one.calls.all / one.questions, 1),
      of((one) => one.calls.all / one.calls.different),
      '',
    ];
  });
  return {
    title: 'API calls',
    note: 'Calls an operation from approval to its end. Least: one a change that the cloud took and one successful read a wait, two for nodes, since no one request tells that they are in service and healthy; refused and repeated changes are no part of it, nor is the look before the start. Of a status: each different request once.',
    columns: [
      'operations at once',
      'least',
      'first',
      'then',
      'then, over least',
      'reads a simulated second, all operations',
    ],
    rows: [...rows, ...asked],
  };
}

function actionsTable(figures: Readonly<Record<string, Figures>>): Section['tables'][number] {
  return {
    title: 'Calls by action',
    note: 'Of the last round, an operation.',
    columns: ['operations at once', 'action', 'calls'],
    rows: Object.entries(figures).flatMap(([name, { later }]) => {
      const last = later.at(-1);
      return Object.entries(last?.calls.byAction ?? {}).map(([action, count]) => [
        name,
        action,
        (count / (last?.operations ?? 1)).toFixed(1),
      ]);
    }),
  };
}

function chartsOf(figures: Readonly<Record<string, Figures>>): Readonly<Record<string, Chart>> {
  const groups = (pick: (one: Measured) => number): Chart['groups'] =>
    Object.entries(figures).map(([name, { later }]) => ({ name, values: [median(later.map(pick))] }));
  return {
    'performance-time': {
      title: 'Wall time over the critical path, median operation',
      series: ['when it was done before'],
      groups: groups((one) => median(one.ratios)),
      goal: { at: 1, name: 'the cloud itself' },
    },
    'performance-calls': {
      title: 'API calls over the least possible',
      series: ['when it was done before'],
      groups: groups((one) => one.calls.all / one.leastCalls),
      goal: { at: 1.5, name: 'the goal' },
    },
  };
}
