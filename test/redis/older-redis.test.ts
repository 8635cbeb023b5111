import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkRedis } from '../../src/doctor/redis.ts';
import { within } from '../../src/jobs/redis-deadline.ts';
import { patientRedis } from '../../src/redis/connect.ts';
import { ownRedis } from '../support/own-redis.ts';
import { placeAt } from '../support/redis-place.ts';

/** Writes where only a script may tell what is wrong. */
const WRITE = "return redis.call('SET', KEYS[1], ARGV[1])";

/** Stands before a Redis and words the errors of scripts, and its version, as an older one does. */
async function olderInFront(port: number) {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((near) => {
    connections += 1;
    const far = connect(port, '127.0.0.1');
    near.pipe(far);
    far.on('data', (answer: Buffer) => near.write(older(answer.toString('latin1')), 'latin1'));
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => [near, far].forEach((one) => one.destroy()));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}/0`,
    connections: () => connections,
    close(): void {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Errors lie between `-` and the end of the line; the version keeps its length, as what holds it says how long it is. */
function older(answer: string): string {
  return answer
    .replaceAll(
      /^-(OOM|READONLY) ([^\r\n]*?) script: \w+, on [^\r\n]*$/gm,
      '-ERR Error running script (call to f_0123): @user_script:1: @user_script: 1: -$1 $2',
    )
    .replace(/^redis_version:\d/m, 'redis_version:5');
}

const own = ownRedis();
let front: Awaited<ReturnType<typeof olderInFront>>;
beforeAll(async () => {
  front = await olderInFront(own.server.port);
});
afterAll(() => front.close());

describe('a Redis that is older than 7', () => {
  it('which a failover made a replica is left for the new master, and the script is sent there', async () => {
    const { redis: master } = own;
    const redis = patientRedis(placeAt(front.url));
    await redis.ping();
    const before = front.connections();
    await master.replicaof('127.0.0.1', '1');

    const written = redis.eval(WRITE, 1, 'key', 'value');
    await vi.waitFor(() => expect(front.connections()).toBeGreaterThan(before), 10_000);
    await master.replicaof('NO', 'ONE');

    expect(await written).toBe('OK');
    redis.disconnect();
  });

  it('whose memory is full is said to be that, not to be out of reach', async () => {
    const redis = patientRedis(placeAt(front.url));
    await own.redis.config('SET', 'maxmemory', '1');
    const wanted = within(10_000, redis.eval(WRITE, 1, 'key', 'value'));
    await expect(wanted).rejects.toThrow('Redis has no memory left');
    await own.redis.config('SET', 'maxmemory', '0');
    redis.disconnect();
  });

  it('is refused by the doctor, who says which one is new enough', async () => {
    expect(await checkRedis(placeAt(front.url))).toContainEqual({
      state: 'bad',
      what: expect.stringMatching(/^Redis is of version 5\./),
      fix: 'Install 6.2 or newer.',
    });
  });
});
