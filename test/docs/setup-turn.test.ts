import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';

/** A clone in which npm, the compiler and the bundler are stand-ins that do nothing. */
let clone: string;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'ams-turn-'));
  cpSync('scripts', join(clone, 'scripts'), { recursive: true });
  put('bin/npm', '#!/bin/sh\n: >node_modules/.package-lock.json\n');
  for (const file of ['package-lock.json', 'dist/empty', 'scripts/bundle.mjs', 'node_modules/typescript/bin/tsc'])
    put(file, '');
});

afterEach(() => rmSync(clone, { recursive: true }));

function put(file: string, text: string): void {
  mkdirSync(dirname(join(clone, file)), { recursive: true });
  writeFileSync(join(clone, file), text);
  chmodSync(join(clone, file), 0o755);
}

const TURN = '.cache/setup.turn';
const hasInstalled = (): boolean => existsSync(join(clone, 'node_modules/.package-lock.json'));

function setUp() {
  const child = spawn(process.execPath, ['scripts/setup.mjs', '--without-redis'], {
    cwd: clone,
    env: { PATH: `${join(clone, 'bin')}:/bin:/usr/bin` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  return {
    ended: once(child, 'close').then(([code]) => ({ code, said })),
    async says(words: string) {
      while (!said.includes(words)) await once(child.stderr, 'data');
    },
  };
}

/** A program that goes by the name of the set-up. */
function named() {
  const program = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600_000)', 'setup.mjs']);
  onTestFinished(() => void program.kill());
  return program;
}

it('a second set-up in a folder waits for the end of the first, and says so', async () => {
  const first = named();
  put(TURN, String(first.pid));

  const second = setUp();
  await second.says(`(process ${first.pid}): waiting for its end`);
  const before = hasInstalled();
  rmSync(join(clone, TURN));

  expect(before).toBe(false);
  expect(await second.ended).toMatchObject({ code: 0 });
  expect(hasInstalled()).toBe(true);
  expect(existsSync(join(clone, TURN))).toBe(false);
});

it('a set-up that was killed keeps nobody waiting', async () => {
  put(TURN, String(spawnSync(process.execPath, ['--version']).pid));

  const { code, said } = await setUp().ended;

  expect(code, said).toBe(0);
  expect(said).not.toContain('waiting');
  expect(existsSync(join(clone, TURN))).toBe(false);
});

it('nor does one whose number another program has by now, as after each start of a container', async () => {
  put(TURN, String(process.pid));

  const { code, said } = await setUp().ended;

  expect(code, said).toBe(0);
  expect(said).not.toContain('waiting');
});

it.each([
  ['without a number', () => ''],
  ['whose number one in another folder has now', () => String(named().pid)],
])('nor does one of long ago %s', async (_, text) => {
  put(TURN, text());
  const longAgo = new Date(Date.now() - 86_400_000);
  utimesSync(join(clone, TURN), longAgo, longAgo);

  const { code, said } = await setUp().ended;

  expect(code, said).toBe(0);
  expect(said).not.toContain('waiting');
});

it('a set-up that fails ends its turn', async () => {
  put('bin/npm', '#!/bin/sh\nexit 1\n');

  expect(await setUp().ended).toMatchObject({ code: 1 });
  expect(existsSync(join(clone, TURN))).toBe(false);
});
