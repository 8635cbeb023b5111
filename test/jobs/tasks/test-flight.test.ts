import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { testFlight } from '../../../src/jobs/tasks/test-flight.ts';
import { json, wireServer } from '../../cloud/wire-server.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';
import { contextOf } from '../../support/step-context.ts';
import { aSpec } from '../resources/spec.ts';

const own = ownRedis();
const HOUR = 3_600_000;
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/**
 * A flight over a cluster whose front door answers nobody, an hour after the first one failed. The step began before
 * that one unless told.
 */
async function fly(onKnock: (socket: Socket) => void, signal: AbortSignal, startedAt = 0) {
  const sockets: Socket[] = [];
  const door = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onKnock(socket);
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((done) => door.close(done));
  });
  const { port } = door.address() as AddressInfo;
  const server = await wireServer((_seen, response) =>
    json(response, 200, { RequestId: 'r', TotalCount: 0 }),
  );
  ends.push(() => server.close());
  const { ctx } = contextOf({
    cloud: server.cloud(),
    secrets: new Secrets(own.redis, new Keys('test-flight'), 'a key for tests only'),
    step: planStep('test-flight', { action: 'check' }),
    spec: aSpec({ database: { source: 'uri', uri: 'mongodb://10.255.0.9:27017/' } }),
    now: HOUR,
    memory: { settling: 1_000 },
    record: { startedAt },
    outputs: { 'load-balancer': { loadBalancerId: 'alb-1', dnsName: 'alb.example.com' } },
    connect: () => ({ host: '127.0.0.1', port }),
    signal,
  });
  return testFlight.visit(ctx);
}

it('a test flight that came to its end tells what does not work', async () => {
  await expect(fly((socket) => socket.destroy(), new AbortController().signal)).rejects.toMatchObject({
    code: 'test_flight_failed',
  });
});

it('one that somebody lets go on later has its time to settle again', async () => {
  const visit = await fly((socket) => socket.destroy(), new AbortController().signal, HOUR - 1);

  expect(visit).toMatchObject({ againMs: expect.any(Number) });
});

it('one that was cut short, since its worker is told to stop, tells nothing and is repeated', async () => {
  const stop = new AbortController();

  const visit = await fly(() => stop.abort(), stop.signal);

  expect(visit).toEqual({ againMs: expect.any(Number), why: 'the test flight is repeated' });
});
