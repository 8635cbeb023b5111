import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { dieWithUs } from './children.ts';

/** A Redis server of our own on a free loopback port, with the persistence that production uses. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Of its files. */
  readonly folder: string;
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same files. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a Redis server.
 * @param extra options of redis-server besides the usual ones; `tls-port` replaces the plain port
 * @throws Error saying how to get one when there is none
 */
export async function startRedis(
  extra: Readonly<Record<string, string | number>> = {},
): Promise<RedisServer> {
  const program = redisProgram();
  const folder = await mkdtemp(join(tmpdir(), 'ams-redis-'));
  const encrypted = extra['tls-port'] !== undefined;
  const port = Number(extra['tls-port'] ?? (await freePort()));
  let child: ChildProcess | undefined;
  async function start(): Promise<void> {
    const options = {
      port: encrypted ? 0 : port,
      bind: '127.0.0.1',
      dir: folder,
      save: '',
      appendonly: 'yes',
      appendfsync: 'everysec',
      'maxmemory-policy': 'noeviction',
      hz: 100,
      daemonize: 'no',
      ...extra,
    };
    const args = Object.entries(options).flatMap(([name, value]) => [
      `--${name}`,
      ...String(value).split(' '),
    ]);
    child = spawn(program, args, { stdio: 'ignore' });
    dieWithUs(child);
    await answers(port, encrypted, child);
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    const running = child;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((done) => running.once('exit', done));
    running.kill(signal);
    await gone;
  }
  try {
    await start();
  } catch (error) {
    await end('SIGKILL');
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    url: `redis${encrypted ? 's' : ''}://127.0.0.1:${port}`,
    port,
    folder,
    get pid() {
      return child?.pid ?? 0;
    },
    kill: () => end('SIGKILL'),
    start,
    async close() {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Where redis-server is. @throws Error saying how to get one when there is none */
export function redisProgram(): string {
  const places = [
    ...(process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'redis-server')),
    resolve('.cache/redis/redis-server'),
  ];
  const found = places.find((place) => existsSync(place));
  if (found) return found;
  throw new Error(
    'No redis-server found: run `node scripts/setup.mjs`, which fetches one, or install the package redis-server.',
  );
}

async function answers(port: number, encrypted: boolean, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`redis-server ended with ${child.signalCode ?? `code ${child.exitCode}`} at its start`);
    const reply = await ping(port, encrypted);
    // Whoever asks for a password is there too.
    if (reply.startsWith('+PONG') || reply.startsWith('-NOAUTH') || reply === 'listens') return;
    await new Promise((again) => setTimeout(again, 25));
  }
  throw new Error(`redis-server on port ${port} did not answer within 10 s`);
}

/** Of an encrypted one it is known only that it listens. */
function ping(port: number, encrypted: boolean): Promise<string> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      if (!encrypted) return void socket.write('PING\r\n');
      done('listens');
      socket.destroy();
    });
    socket.once('data', (chunk) => {
      done(chunk.toString());
      socket.destroy();
    });
    socket.on('error', () => undefined);
    // One that ends right after it has taken the connection says nothing more.
    socket.once('close', () => done(''));
  });
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? done(address.port) : fail(new Error('no port')),
      );
    });
  });
}
