import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Operation } from '../../src/cluster/operation.ts';
import type { Chart } from '../chart.ts';
import { median, spread, words } from '../stats.ts';
import type { Section } from '../table.ts';
import { countCalls } from '../time/calls.ts';
import { learn } from '../time/learn.ts';
import { createCommand, measure } from '../time/measure.ts';
import { openBenchTown, until } from '../time/town.ts';
import type { BenchTown, LearnedWaits } from '../time/town.ts';
import { SCRIPT, TOOL } from './way.ts';
import type { Outcome, Task, Way } from './way.ts';

/** What the creates of one way took; figures of a single one, milliseconds. */
interface Taken {
  readonly wallMs: number;
  readonly calls: number;
  readonly cpuMs: number;
}

interface Compared {
  readonly pathMs: number;
  readonly script: Taken;
  readonly tool: Taken;
  readonly ours: Taken;
}

const WAYS = ['script', 'tool', 'ours'] as const;

/** Real seconds a simulated second, unless told: shorter than elsewhere, since a script takes more than twice as long. */
function scaleFor(operations: number): number {
  return operations < 10 ? 0.2 : 0.3;
}

/** The same creates by a script, by an infrastructure tool and by the product, each measured. */
export async function benchWays(options: {
  readonly sizes: readonly number[];
  readonly runs: number;
  /** Real seconds a simulated second; undefined: as fits the size. */
  readonly timeScale: number | undefined;
  readonly progress: (text: string) => void;
}): Promise<Section> {
  const { runs, progress } = options;
  const learned = await learn(progress);
  const rows: string[][] = [];
  const figures: Record<string, unknown> = {};
  const groups: Chart['groups'][number][] = [];
  for (const size of options.sizes) {
    const timeScale = options.timeScale ?? scaleFor(size);
    const all: Compared[] = [];
    for (let run = 0; run < runs; run += 1) all.push(await compare(size, timeScale, learned));
    figures[`create ${size}`] = { timeScale, runs: all };
    const of = (pick: (one: Compared) => number, digits = 0): string => words(spread(all.map(pick)), digits);
    groups.push({
      name: `create ${size}`,
      values: WAYS.map((way) => median(all.map((one) => one[way].wallMs / one.pathMs))),
    });
    for (const way of WAYS) {
      const row = [
        `create ${size}, ${way}`,
        of((one) => one[way].wallMs / 1_000 / timeScale),
        of((one) => one.pathMs / 1_000 / timeScale),
        of((one) => one[way].wallMs / one.pathMs, 2),
        of((one) => one[way].calls),
        of((one) => one[way].cpuMs),
      ];
      rows.push(row);
      progress(row.join(' | '));
    }
  }
  return {
    figures,
    charts: {
      'performance-ways': {
        title: 'Time of a create over its critical path',
        series: [...WAYS],
        groups,
        goal: { at: 1, name: 'the cloud itself' },
      },
    },
    tables: [
      {
        title: 'Side by side',
        note: "Simulated time, API calls and processor time of a create, all measured against the same simulated cloud, each after a create that is not measured; machines without a shell, a database outside. The script goes step after step and polls every 5 s; the tool carries out the same graph, ten steps at a time, and polls each resource by itself every 5 s. Both are the product's own resources under another driver, without queue, Slack and store: that is what its processor time has beyond theirs.",
        columns: [
          'operations at once, by',
          'time, s',
          'critical path, s',
          'time over path',
          'calls a create',
          'CPU a create, ms',
        ],
        rows,
      },
    ],
  };
}

async function compare(size: number, timeScale: number, learned: LearnedWaits): Promise<Compared> {
  const town = await openBenchTown({ timeScale, machines: { quick: true }, learned });
  const names = (way: string): string[] => Array.from({ length: size }, (_none, at) => `${way}${at + 1}`);
  try {
    const script = await polled(town, 'script', names('script'), SCRIPT);
    const tool = await polled(town, 'tool', names('tool'), TOOL);
    await measure(town, [createCommand('warm', true)]);
    const ours = await measure(
      town,
      names('ours').map((name) => createCommand(name, true)),
    );
    return {
      pathMs: ours.pathMs,
      script,
      tool,
      ours: { wallMs: ours.wallMs, calls: ours.calls.all / size, cpuMs: ours.cpuMs.product },
    };
  } finally {
    await town.close();
  }
}

/** Has the product plan the creates, and another program carry them out, after one that is not measured. */
async function polled(town: BenchTown, called: string, names: readonly string[], way: Way): Promise<Taken> {
  const warmUp = await planned(town, `${called}-warm`);
  const operations: Operation[] = [];
  for (const name of names) operations.push(await planned(town, name));
  const program = spawn(process.execPath, [join(import.meta.dirname, 'poller.js')], {
    env: { ...process.env, ...town.environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  const said = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the polling program ended without a result');
    return value;
  };
  program.stdin.write(`${JSON.stringify({ way, warmUp, operations } satisfies Task)}\n`);
  await said();
  const counted = countCalls(town.world);
  program.stdin.end('\n');
  const { wallMs, cpuMs } = JSON.parse(await said()) as Outcome;
  return { wallMs, calls: counted().all / names.length, cpuMs: cpuMs / names.length };
}

async function planned(town: BenchTown, name: string): Promise<Operation> {
  await town.type(createCommand(name, true));
  return until('a plan', 120_000, async () => {
    const [operation] = await town.store.list({ cluster: name, limit: 1 });
    return operation?.state === 'awaiting-approval' ? operation : undefined;
  });
}
