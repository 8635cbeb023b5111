import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { startRedis } from '../sandbox/redis.ts';
import { benchAnswer } from './answer/section.ts';
import { svg } from './chart.ts';
import { benchEngine } from './engine/latency.ts';
import { benchWaiting } from './engine/waiting.ts';
import { benchStart } from './start.ts';
import { markdown, plain } from './table.ts';
import type { Section } from './table.ts';
import { benchTime } from './time/section.ts';
import { benchWays } from './ways/section.ts';

const USAGE = `Usage: npm run bench -- [options]

  --only <section,...>   time, ways, engine, waiting, start, answer; all but answer unless told
  --sizes <n,...>        operations at once; 1,10,100 for time, 10,100,1000 for engine,
                         waiting and answer unless told
  --runs <n>             repetitions of each measurement; 3 unless told
  --scale <n>            real seconds a simulated second, for time and ways; as fits the size unless told
  --json                 figures for programs instead of tables
  --markdown             tables for the documentation
  --charts <folder>      writes the charts there, SVG
`;

const { values: given } = parseArgs({
  options: {
    only: { type: 'string', default: 'time,ways,engine,waiting,start' },
    sizes: { type: 'string' },
    runs: { type: 'string', default: '3' },
    scale: { type: 'string' },
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    charts: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

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

/** A world of many operations costs minutes, so there are fewer of them than of steps. */
const sizesOf = (usual: string): number[] => (given.sizes ?? usual).split(',').map(Number);
const runs = Number(given.runs);
const timeScale = given.scale === undefined ? undefined : Number(given.scale);
/** Creates at once that are compared with others' ways. */
const WAYS = [1, 3, 10];
const sections: Readonly<Record<string, () => Promise<Section>>> = {
  time: () => benchTime({ sizes: sizesOf('1,10,100'), runs, timeScale, progress }),
  ways: () => benchWays({ sizes: WAYS, timeScale: timeScale ?? 0.1, progress }),
  engine: () => benchEngine({ sizes: sizesOf('10,100,1000'), runs }),
  waiting: () => benchWaiting({ sizes: sizesOf('10,100,1000'), runs: Math.min(runs, 2) }),
  answer: () => benchAnswer({ sizes: sizesOf('10,100,1000'), runs, progress }),
  start: () => benchStart({ runs }),
};

if (given.help) {
  process.stdout.write(USAGE);
} else {
  const wanted = given.only.split(',');
  const unknown = wanted.find((name) => !(name in sections));
  if (unknown !== undefined) throw new Error(`There is no section ${unknown}.\n${USAGE}`);
  const load = loadavg().map((value) => value.toFixed(1));
  const done: Record<string, Section> = {};
  for (const name of wanted) {
    progress(`${name} ...`);
    const section = await sections[name]?.();
    if (section) done[name] = section;
  }
  const machine = {
    processors: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.version,
    redis: await redisVersion(),
    loadBefore: load.join(' '),
    loadAfter: loadavg()
      .map((value) => value.toFixed(1))
      .join(' '),
  };
  const facts = Object.entries(machine).map(([key, value]) => `${key}: ${value}`);
  if (given.charts !== undefined) {
    for (const section of Object.values(done))
      for (const [name, chart] of Object.entries(section.charts ?? {}))
        writeFileSync(join(given.charts, `${name}.svg`), svg(chart));
  }
  const tables = Object.values(done).flatMap((section) => section.tables);
  if (given.json) {
    const figures = Object.fromEntries(Object.entries(done).map(([name, one]) => [name, one.figures]));
    process.stdout.write(`${JSON.stringify({ machine, figures }, undefined, 2)}\n`);
  } else if (given.markdown) {
    process.stdout.write([...facts.map((fact) => `- ${fact}`), '', ...tables.map(markdown)].join('\n'));
  } else {
    process.stdout.write([facts.join('\n'), '', ...tables.map(plain)].join('\n'));
  }
}
process.exit();
