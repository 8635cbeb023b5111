import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, redisProgram } from '../../sandbox/redis.ts';
import { read, section } from './markdown.ts';

/**
 * Backup and restore as docs/deployment.md has them typed, on a real Redis. There is no Docker here: a stand-in of that
 * name does with a folder and a process what Docker does with a volume and a container.
 */
const told = section(read('docs/deployment.md'), '### Redis of Docker Compose');
const [backup = '', restore = ''] = [...told.matchAll(/(?:^ {4}.+\n)+/gm)].map(([block]) => block);

const DOCKER = `#!/bin/bash
set -e
here=$(dirname "$0")
case "$*" in
  'compose exec -T redis redis-cli '*) shift 5; exec "$here/redis-cli" "$@" ;;
  'compose exec -T redis tar '*) shift 4; exec "\${@/\\/data/$DATA}" ;;
  'compose down') "$here/redis-cli" shutdown nosave ;;
  'volume rm --force '*) rm -rf "$DATA" ;;
  'compose create redis') mkdir "$DATA" ;;
  'run --rm -i -v '*':/data redis:7-alpine tar '*) shift 6; exec "\${@/\\/data/$DATA}" ;;
  'compose up --build -d redis bot')
    "$SERVER" --port "$PORT" --bind 127.0.0.1 --dir "$DATA" --save '' --appendonly yes --daemonize yes >/dev/null
    until "$here/redis-cli" ping >/dev/null 2>&1; do sleep 0.1; done ;;
  *) echo "no such command here: docker $*" >&2; exit 1 ;;
esac
`;

const REDIS_CLI = `#!/usr/bin/env node
const socket = require('node:net').connect(Number(process.env.PORT), '127.0.0.1');
socket.on('error', () => process.exit(1));
socket.on('close', () => process.exit(0));
socket.on('data', (data) => { process.stdout.write(data); setTimeout(() => process.exit(0), 50); });
socket.write(process.argv.slice(2).join(' ') + '\\r\\n');
`;

it('a copy taken while Redis is written to is whole, and comes back into an empty volume', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ams-backup-'));
  const port = await freePort();
  const env = {
    ...process.env,
    PATH: `${folder}${delimiter}${process.env['PATH']}`,
    DATA: join(folder, 'data'),
    PORT: String(port),
    SERVER: redisProgram(),
  };
  for (const [name, text] of [['docker', DOCKER], ['redis-cli', REDIS_CLI]] as const) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
  mkdirSync(env.DATA);
  const type = (commands: string) => promisify(execFile)('bash', ['-c', commands], { cwd: folder, env });
  const server = spawn(env.SERVER, ['--port', env.PORT, '--bind', '127.0.0.1', '--dir', env.DATA, '--appendonly', 'yes']);
  const redis = new Redis(port, '127.0.0.1', { retryStrategy: () => 50 });
  redis.on('error', () => {});
  onTestFinished(async () => {
    redis.disconnect();
    server.kill('SIGKILL');
    await type('redis-cli shutdown nosave').catch(() => {});
    rmSync(folder, { recursive: true, force: true });
  });

  for (let at = 0; at < 2_000; at += 1) void redis.set(`before:${at}`, 'x'.repeat(500));
  await redis.ping();
  await redis.bgrewriteaof();
  let busy = true;
  const writing = (async () => {
    for (let at = 0; busy; at += 1) await redis.set(`meanwhile:${at}`, 'x'.repeat(500));
  })();
  const { stdout } = await type(backup);
  busy = false;
  await writing;
  expect(stdout).toMatch(/appendonlydir\/.*manifest/);
  expect(stdout).toMatch(/appendonlydir\/.*\.base\./);
  expect((await redis.config('GET', 'auto-aof-rewrite-percentage')) as string[]).toContain('100');
  await redis.set('after', 'newer than the copy');

  expect((await type(restore)).stdout).toMatch(/:[1-9]\d*\s*$/);

  await expect.poll(() => redis.get('before:1999').catch(() => null)).toBe('x'.repeat(500));
  expect((await redis.keys('before:*')).length).toBe(2_000);
  expect(await redis.get('after')).toBeNull();
  // On a new machine there is neither server nor volume.
  await type('docker compose down; rm -rf "$DATA"');
  expect((await type(restore.split('\n').slice(1).join('\n'))).stdout).toMatch(/:[1-9]\d*\s*$/);
}, 60_000);
