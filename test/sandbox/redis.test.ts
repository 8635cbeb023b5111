import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startRedis } from '../../sandbox/redis.ts';

/** Takes one connection, and ends before it answers, as a server does that is told to end while it starts. */
const SHORT_LIVED = `#!${process.execPath}
const port = Number(process.argv[process.argv.indexOf('--port') + 1]);
require('node:net').createServer((socket) => socket.end(() => process.exit(3))).listen(port, '127.0.0.1');
`;

it('a Redis that ends while it is asked for the first time is not waited for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ams-short-lived-'));
  await writeFile(join(folder, 'redis-server'), SHORT_LIVED, { mode: 0o755 });
  const before = process.env['PATH'];
  onTestFinished(async () => {
    process.env['PATH'] = before;
    await rm(folder, { recursive: true });
  });
  process.env['PATH'] = [folder, before].join(delimiter);

  await expect(startRedis()).rejects.toThrow('redis-server ended with code 3 at its start');
});
