import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface Demo {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<number | null>;
  /** Resolves when it has printed these words. */
  readonly says: (words: string) => Promise<void>;
  /** To all of its processes, as a terminal does. */
  readonly signal: (name: NodeJS.Signals) => void;
}

/** Where it keeps its files. */
let folder: string;
let demos: Demo[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ams-demo-test-'));
});

afterEach(async () => {
  for (const demo of demos) if (runs(demo)) demo.signal('SIGKILL');
  demos = [];
  await rm(folder, { recursive: true, force: true });
});

function start(...args: string[]): Demo {
  const child = spawn(process.execPath, ['dist/sandbox/demo/main.js', ...args], {
    detached: true,
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const demo: Demo = {
    child,
    ended,
    said: () => output,
    says: (words) => expect.poll(() => output, { timeout: 100_000 }).toContain(words),
    signal: (name) => void process.kill(-(child.pid ?? 0), name),
  };
  demos.push(demo);
  return demo;
}

/** Whether any process of it is there. */
function runs({ child }: Demo): boolean {
  try {
    process.kill(-(child.pid ?? 0), 0);
    return true;
  } catch {
    return false;
  }
}

async function expectNothingLeft(demo: Demo): Promise<void> {
  await expect.poll(() => runs(demo)).toBe(false);
  expect(await readdir(folder)).toEqual([]);
}

describe('the demo', () => {
  it('refuses an option that it does not know, and says which there are', async () => {
    const demo = start('--emty');

    expect(await demo.ended).toBe(2);
    expect(demo.said()).toContain("Unknown option '--emty'.");
    expect(demo.said()).toContain('--empty ');
  });

  it.each([
    ['--port', 'http', '--port must be a number from 0 to 65535, got http.'],
    ['--scale', '9', '--scale must be a number from 0.002 to 1, got 9.'],
    ['--empty', '--exit', '--empty plays nothing, so there is nothing to end after: leave --exit out.'],
  ])('refuses %s %s', async (option, value, words) => {
    const demo = start(option, value);

    expect(await demo.ended).toBe(2);
    expect(demo.said()).toContain(words);
  });

  it('starts nothing where its picture cannot be written', async () => {
    const demo = start('--exit', '--picture', join(folder, 'nowhere', 'channel.svg'));

    expect(await demo.ended).toBe(1);
    expect(demo.said()).toMatch(/^ENOENT: no such file or directory, open '.*channel.svg'\n$/);
    await expectNothingLeft(demo);
  });

  it('starts nothing for a page whose port is taken', async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const { port } = other.address() as AddressInfo;
    const demo = start('--port', String(port));

    expect(await demo.ended).toBe(1);
    other.close();
    expect(demo.said()).toBe(
      `Port ${port} is taken by another program; choose another, or leave --port out.\n`,
    );
    await expectNothingLeft(demo);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing behind after %s', async (name) => {
    const demo = start('--empty', '--no-open');
    await demo.says('until you press Ctrl-C');
    demo.signal(name);

    expect(await demo.ended).toBe(0);
    await expectNothingLeft(demo);
  });

  it.each(['SIGINT', 'SIGHUP'] as const)('leaves nothing behind after %s while it starts', async (name) => {
    const demo = start('--empty', '--no-open');
    await demo.says('Starting');
    await expect.poll(() => readdir(folder)).not.toHaveLength(0);
    demo.signal(name);
    await demo.ended;

    expect(demo.said(), 'a person reads it').not.toMatch(/\n {4}at /);
    await expectNothingLeft(demo);
  });

  it('ends when nobody reads what it prints', async () => {
    const demo = start('--no-open');
    await demo.says('Open http://');
    demo.child.stdout?.destroy();

    expect(await demo.ended).toBe(130);
    await expectNothingLeft(demo);
  });
});
