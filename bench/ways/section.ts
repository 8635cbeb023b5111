import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import type { Operation } from '../../src/cluster/operation.ts';
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

/** The same creates by a script, by an infrastructure tool and by the product, each measured. */
export async function benchWays(options: {
  readonly sizes: readonly number[];
  readonly timeScale: number;
  readonly progress: (text: string) => void;
}): Promise<Section> {
  const { timeScale, progress } = options;
  const learned = await learn(progress);
  const rows: string[][] = [];
  const figures: Record<string, unknown> = {};
  for (const size of options.sizes) {
    const { pathMs, ...ways } = await compare(size, timeScale, learned);
    figures[`create ${size}`] = { pathMs, ...ways };
    const seconds = (ms: number): string => `${(ms / 1_000 / timeScale).toFixed(0)} s`;
    const cell = ({ wallMs, calls, cpuMs }: Taken): string =>
      `${seconds(wallMs)}, ${calls.toFixed(0)}, ${cpuMs.toFixed(0)} ms`;
    rows.push([`create ${size}`, seconds(pathMs), cell(ways.script), cell(ways.tool), cell(ways.ours)]);
    progress(rows.at(-1)?.join(' | ') ?? '');
  }
  return {
    figures,
    tables: [
      {
        title: 'Side by side',
        note: `Simulated time, API calls and processor time of a create, all measured against the same simulated cloud; a simulated second lasts ${timeScale} s, machines without a shell, a database outside. The script goes step after step and polls every 5 s; the tool carries out the same graph, ten steps at a time, and polls each resource by itself every 5 s. Both are the product's own resources under another driver, without queue, Slack and store: that is what its processor time has beyond theirs.`,
        columns: [
          'operations at once',
          'critical path',
          'script: time, calls, CPU',
          'tool: time, calls, CPU',
          'ours: time, calls, CPU',
        ],
        rows,
      },
    ],
  };
}

async function compare(
  size: number,
  timeScale: number,
  learned: LearnedWaits,
): Promise<{ pathMs: number; script: Taken; tool: Taken; ours: Taken }> {
  const town = await openBenchTown({ timeScale, machines: { quick: true }, learned });
  const names = (way: string): string[] => Array.from({ length: size }, (_none, at) => `${way}${at + 1}`);
  try {
    const script = await polled(town, names('script'), SCRIPT);
    const tool = await polled(town, names('tool'), TOOL);
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

/** Has the product plan the creates, and another program carry them out. */
async function polled(town: BenchTown, names: readonly string[], way: Way): Promise<Taken> {
  const operations: Operation[] = [];
  for (const name of names) {
    await town.type(createCommand(name, true));
    operations.push(
      await until('a plan', 120_000, async () => {
        const [planned] = await town.store.list({ cluster: name, limit: 1 });
        return planned?.state === 'awaiting-approval' ? planned : undefined;
      }),
    );
  }
  const counted = countCalls(town.world);
  const { wallMs, cpuMs } = await run(town, { way, operations });
  return { wallMs, calls: counted().all / names.length, cpuMs: cpuMs / names.length };
}

async function run(town: BenchTown, task: Task): Promise<Outcome> {
  const program = join(import.meta.dirname, 'poller.js');
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...town.environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(task));
  const printed = await text(child.stdout);
  if (printed.trim() === '') throw new Error('the polling program ended without a result');
  return JSON.parse(printed) as Outcome;
}
