import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../../sandbox/certificates.ts';
import type { MadeCertificate } from '../../../sandbox/certificates.ts';
import { atDoor } from '../../../src/jobs/tasks/flight/door.ts';
import type { Door } from '../../../src/jobs/tasks/flight/door.ts';
import { listening } from '../../support/listening.ts';

const DOMAIN = 'live.example.com';
const ends: (() => Promise<unknown>)[] = [];
let made: MadeCertificate;

beforeAll(async () => {
  made = await makeCertificate({ names: [DOMAIN] });
  process.env['DOOR_ROOTS'] = made.caPem;
});

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A load balancer on 443 that says nothing to `/silent`, and what was opened and asked of it. */
async function balancer() {
  const sockets: Socket[] = [];
  const asked: string[] = [];
  const server = createServer({ cert: made.chainPem, key: made.keyPem }, (request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    if (request.url !== '/silent') response.end('<html>');
  });
  server.on('secureConnection', (socket) => sockets.push(socket));
  const { port, close } = await listening(server);
  ends.push(close);
  const work = <Result>(atWork: (door: Door) => Promise<Result>, patienceMs = 10_000) =>
    atDoor(
      {
        domain: DOMAIN,
        dnsName: 'alb.example.com',
        connect: () => ({ host: '127.0.0.1', port }),
        settings: { trustedRoots: 'env:DOOR_ROOTS' },
        signal: AbortSignal.timeout(30_000),
        now: Date.now,
        patienceMs,
      },
      atWork,
    );
  return { sockets, asked, work };
}

describe('the door', () => {
  it('asks a port everything over few connections, and closes them in the end', async () => {
    const { sockets, asked, work } = await balancer();

    const replies = await work(async (door) => [
      await door.get(443, '/'),
      ...(await Promise.all([door.get(443, '/a'), door.get(443, '/b'), door.get(443, '/c')])),
      await door.request(443, 'POST', '/d', {}),
    ]);

    expect(replies.map((reply) => reply.reached && reply.certificate)).toEqual(
      Array.from({ length: 5 }, () => ({ from: expect.any(Number), to: expect.any(Number) })),
    );
    expect(asked).toHaveLength(5);
    expect(sockets.length).toBeLessThanOrEqual(2);
    await expect.poll(() => sockets.every((socket) => socket.destroyed)).toBe(true);
  });

  it('asks once more when the connection that it kept was closed meanwhile', async () => {
    const { sockets, asked, work } = await balancer();

    const replies = await work(async (door) => {
      const first = await door.get(443, '/');
      // Closed this moment, of which the door hears only while it asks.
      sockets[0]?.destroy();
      return [first, await door.get(443, '/again')];
    });

    expect(replies.map((reply) => reply.reached && reply.status)).toEqual([200, 200]);
    expect(asked).toEqual(['GET /', 'GET /again']);
  });

  it('does not ask a port again that let it wait in vain', async () => {
    const { asked, work } = await balancer();

    const replies = await work(
      async (door) => [
        await door.get(443, '/silent'),
        await door.get(443, '/'),
        await door.socket(443, '/', '{}'),
      ],
      300,
    );

    expect(JSON.stringify(replies).match(/did not answer on port 443 in time/g)).toHaveLength(3);
    expect(asked).toEqual(['GET /silent']);
  });
});
