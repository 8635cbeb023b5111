import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';

let town: Town;
/** Leader of everything that a test has started. */
let leader: number | undefined;

beforeAll(async () => {
  town = await openTown({ idle: true });
});

afterEach(() => {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch {
    // All of it has gone by itself.
  }
  leader = undefined;
});

afterAll(() => town.close());

/** A shell passes nothing on, npm passes on what its terminal told everybody already. */
it.each([
  ['npm is told to end, as by whoever started it', 'SIGTERM', 1],
  ['Ctrl-C is pressed, which a terminal tells npm and the program', 'SIGINT', -1],
] as const)('the program that npm starts ends in peace when %s', async (_words, signal, whom) => {
  const { PATH = '', HOME = '' } = process.env;
  const npm = spawn('npm', ['start'], {
    detached: true,
    env: { PATH, HOME, ...town.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid = 0 } = npm;
  leader = pid;
  let said = '';
  for (const stream of [npm.stdout, npm.stderr])
    stream.on('data', (bytes: Buffer) => {
      said += bytes.toString('utf8');
    });
  // Not before the last that writes to its output has gone.
  let closed = false;
  void once(npm, 'close').then(() => {
    closed = true;
  });
  await expect.poll(() => said, { timeout: 60_000 }).toContain('"msg":"ready"');

  process.kill(pid * whom, signal);

  await expect.poll(() => closed, { timeout: 60_000 }).toBe(true);
  expect(said).toContain('"msg":"stopped"');
});
