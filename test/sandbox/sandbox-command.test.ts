import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSandboxOptions } from '../../sandbox/options.ts';

/** Where it keeps its files. */
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ams-sandbox-test-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the sandbox as a command', () => {
  it('takes the pace of its environment, which an option replaces', () => {
    expect(readSandboxOptions([], {})).toEqual({ timeScale: 0.02, redisUrl: 'redis://127.0.0.1:6379' });
    const env = { AMS_TIME_SCALE: '0.1', REDIS_URL: 'redis://redis.example.com:6379' };
    expect(readSandboxOptions([], env)).toEqual({ timeScale: 0.1, redisUrl: env.REDIS_URL });
    expect(readSandboxOptions(['--scale', '1'], env)).toMatchObject({ timeScale: 1 });
  });

  it('says in a sentence what is wrong with its words, and what there is', () => {
    expect(readSandboxOptions(['--help'], {})).toMatchObject({
      code: 0,
      say: expect.stringMatching(/^Usage: npm run sandbox/) as unknown,
    });
    expect(readSandboxOptions(['--port', '80'], {})).toMatchObject({
      code: 2,
      say: expect.stringMatching(/^Unknown option '--port'\.\n\nUsage: npm run sandbox/) as unknown,
    });
    for (const typed of ['fast', '0', '20', ''])
      expect(readSandboxOptions([`--scale=${typed}`], {})).toEqual({
        code: 2,
        say: `--scale must be a number from 0.0001 to 10, got ${typed || 'nothing'}.\n`,
      });
    expect(readSandboxOptions([], { AMS_TIME_SCALE: 'fast' })).toEqual({
      code: 2,
      say: 'AMS_TIME_SCALE must be a number from 0.0001 to 10, got fast.\n',
    });
  });

  it('leaves nothing behind when it is interrupted while it starts', async () => {
    const child = spawn(process.execPath, ['dist/sandbox/main.js'], {
      env: { PATH: process.env['PATH'] ?? '', TMPDIR: folder },
      stdio: 'ignore',
    });
    const ended = new Promise((done) => child.once('exit', (code, signal) => done(code ?? signal)));

    await expect.poll(() => readdir(folder), { timeout: 60_000, interval: 5 }).not.toHaveLength(0);
    child.kill('SIGINT');

    expect(await ended).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });
});
