import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startRedis } from '../sandbox/redis.ts';
import { benchAnswer } from './answer/section.ts';
import { svg } from './chart.ts';
import { benchEngine } from './engine/latency.ts';
import { benchWaiting } from './engine/waiting.ts';
import { readOptions, USAGE } from './options.ts';
import type { Options, SectionName } from './options.ts';
import { benchStart } from './start.ts';
import { markdown, plain } from './table.ts';
import type { Section } from './table.ts';
import { benchTime } from './time/section.ts';
import { benchWays } from './ways/section.ts';

/** A world of many operations costs minutes, so there are fewer of them than of steps. */
const TIME_SIZES = [1, 10, 100];
const STEP_SIZES = [10, 100, 1_000];
/** Creates at once that are compared with others' ways. */
const WAYS = [1, 3, 10];

/** Named with every table: what they do for the product costs most of its time. */
const LIBRARIES = ['@slack/bolt', 'bullmq', 'ioredis', '@alicloud/openapi-core'];

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** The versions of the product and of its libraries that matter here, from its package.json. */
function versions(): { readonly product: string; readonly libraries: string } {
  const file = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
  const { version, dependencies } = JSON.parse(file) as {
    readonly version: string;
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return {
    product: version,
    libraries: LIBRARIES.map((name) => `${name} ${dependencies[name]}`).join(', '),
  };
}

async function redisVersion(): Promise<string> {
  const server = await startRedis();
  const client = new Redis(server.url);
  const info = await client.info('server');
  client.disconnect();
  await server.close();
  return /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown';
}

function sectionsOf(options: Options): Readonly<Record<SectionName, () => Promise<Section>>> {
  const { runs, last, timeScale, vary, sizes: given } = options;
  const sizes = given ?? STEP_SIZES;
  return {
    time: () => benchTime({ sizes: given ?? TIME_SIZES, runs, last, timeScale, vary, progress }),
    ways: () => benchWays({ sizes: given ?? WAYS, runs, timeScale, progress }),
    engine: () => benchEngine({ sizes, runs }),
    waiting: () => benchWaiting({ sizes, runs }),
    answer: () => benchAnswer({ sizes, runs, progress }),
    start: () => benchStart({ runs }),
  };
}

const loads = (): string =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(' ');

async function machineFacts(): Promise<Readonly<Record<string, string | number>>> {
  return {
    processors: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.version,
    redis: await redisVersion(),
    ...versions(),
    loadBefore: loads(),
  };
}

/** Measures section after section, and prints each as soon as it is there. @returns whether all of them came */
async function bench(options: Options): Promise<boolean> {
  const { format, charts } = options;
  const sections = sectionsOf(options);
  const machine = await machineFacts();
  if (format !== 'json') process.stdout.write(`${factsOf(machine, format)}\n\n`);
  const figures: Partial<Record<SectionName, Section['figures']>> = {};
  const failed: SectionName[] = [];
  for (const name of options.only) {
    progress(`${name} ...`);
    try {
      const section = await sections[name]();
      figures[name] = section.figures;
      if (format !== 'json')
        for (const table of section.tables)
          process.stdout.write(`${format === 'markdown' ? markdown(table) : plain(table)}\n`);
      for (const [chart, of] of Object.entries(section.charts ?? {}))
        if (charts !== undefined) writeFileSync(join(charts, `${chart}.svg`), svg(of));
    } catch (error) {
      failed.push(name);
      progress(`${name} could not be measured: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const loadAfter = loads();
  if (format === 'json') {
    const all = { machine: { ...machine, loadAfter }, figures, failed };
    process.stdout.write(`${JSON.stringify(all, undefined, 2)}\n`);
  } else process.stdout.write(`${factsOf({ loadAfter }, format)}\n`);
  return failed.length === 0;
}

function factsOf(facts: Readonly<Record<string, string | number>>, format: Options['format']): string {
  const lines = Object.entries(facts).map(([key, value]) => `${key}: ${value}`);
  return lines.map((line) => (format === 'markdown' ? `- ${line}` : line)).join('\n');
}

/** Makes the folder of the charts, which are written hours later. @throws Error that says what is wrong with it */
function prepare({ charts, help }: Options): void {
  if (charts === undefined || help) return;
  try {
    mkdirSync(charts, { recursive: true });
    accessSync(charts, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`--charts: "${charts}" is no folder that can be written (${code}).`, { cause: error });
  }
}

function optionsOrUsage(): Options | undefined {
  try {
    const options = readOptions(process.argv.slice(2));
    prepare(options);
    return options;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return undefined;
  }
}

const options = optionsOrUsage();
if (options?.help) process.stdout.write(USAGE);
process.exit(options && (options.help || (await bench(options))) ? 0 : 1);
