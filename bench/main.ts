import { writeFileSync } from 'node:fs';
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

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
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
  const { runs, last, timeScale, sizes: given } = options;
  const sizes = given ?? STEP_SIZES;
  return {
    time: () => benchTime({ sizes: given ?? TIME_SIZES, runs, last, timeScale, progress }),
    ways: () => benchWays({ sizes: WAYS, timeScale: timeScale ?? 0.1, progress }),
    engine: () => benchEngine({ sizes, runs }),
    waiting: () => benchWaiting({ sizes, runs: Math.min(runs, 2) }),
    answer: () => benchAnswer({ sizes, runs, progress }),
    start: () => benchStart({ runs }),
  };
}

const loads = (): string =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(' ');

async function bench(options: Options): Promise<void> {
  const sections = sectionsOf(options);
  const loadBefore = loads();
  const done: Partial<Record<SectionName, Section>> = {};
  for (const name of options.only) {
    progress(`${name} ...`);
    done[name] = await sections[name]();
  }
  const machine = {
    processors: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.version,
    redis: await redisVersion(),
    loadBefore,
    loadAfter: loads(),
  };
  if (options.charts !== undefined) {
    for (const section of Object.values(done))
      for (const [name, chart] of Object.entries(section.charts ?? {}))
        writeFileSync(join(options.charts, `${name}.svg`), svg(chart));
  }
  if (options.format === 'json') {
    const figures = Object.fromEntries(Object.entries(done).map(([name, one]) => [name, one.figures]));
    process.stdout.write(`${JSON.stringify({ machine, figures }, undefined, 2)}\n`);
    return;
  }
  const facts = Object.entries(machine).map(([key, value]) => `${key}: ${value}`);
  const tables = Object.values(done).flatMap((section) => section.tables);
  const lines =
    options.format === 'markdown'
      ? [...facts.map((fact) => `- ${fact}`), '', ...tables.map(markdown)]
      : [facts.join('\n'), '', ...tables.map(plain)];
  process.stdout.write(lines.join('\n'));
}

function optionsOrUsage(): Options | undefined {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return undefined;
  }
}

const options = optionsOrUsage();
if (options?.help) process.stdout.write(USAGE);
else if (options) await bench(options);
process.exit(options ? 0 : 1);
