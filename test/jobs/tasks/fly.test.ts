import { createServer as createPlainServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:https';
import { afterEach, expect, it } from 'vitest';
import { makeCertificate } from '../../../sandbox/certificates.ts';
import { atDoor } from '../../../src/jobs/tasks/flight/door.ts';
import { flyTest } from '../../../src/jobs/tasks/flight/fly.ts';
import { listening } from '../../support/listening.ts';

const DOMAIN = 'live.example.com';
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function portOf(server: Server): Promise<number> {
  const { port, close } = await listening(server);
  ends.push(close);
  return port;
}

/** A flight over nodes that serve one application, and what came to port 443. */
async function flight() {
  const made = await makeCertificate({ names: [DOMAIN] });
  process.env['FLY_ROOTS'] = made.caPem;
  const asked: string[] = [];
  let opened = 0;
  const node: RequestListener = ({ url }, response) => {
    const isOwner = url === '/rest/v2/first-login-status';
    response.end(isOwner ? '{"success":false}' : '<script src="webrtc.js"></script>');
  };
  const keys = { cert: made.chainPem, key: made.keyPem };
  const origins = createServer(keys, (request, response) => {
    asked.push(request.url ?? '');
    node(request, response);
  });
  origins.on('secureConnection', () => (opened += 1));
  const ports = new Map([
    [443, await portOf(origins)],
    [5443, await portOf(createServer(keys, node))],
    [80, await portOf(createPlainServer(node))],
  ]);
  const result = await atDoor(
    {
      domain: DOMAIN,
      dnsName: 'alb.example.com',
      connect: (_host, port) => ({ host: '127.0.0.1', port: ports.get(port) ?? ports.get(80) ?? 0 }),
      settings: { trustedRoots: 'env:FLY_ROOTS' },
      signal: AbortSignal.timeout(30_000),
      now: Date.now,
    },
    (door) =>
      flyTest({
        door,
        apps: ['live'],
        asks: async () => ({ origin: 3, edge: 3 }),
        leadsTo: async () => undefined,
        cloudChecks: [],
        resolution: async () => ({ state: 'right', detail: `${DOMAIN} leads to the load balancer.` }),
      }),
  );
  return { result, asked, opened };
}

it('asks who owns the panel over the connection that is open, before the pages', async () => {
  const { result, asked, opened } = await flight();

  expect(result.checks).toContainEqual({
    what: 'Panel',
    ok: true,
    detail: 'The panel has its first administrator.',
  });
  expect(asked.slice(0, 5)).toEqual(['/', '/rest/v2/first-login-status', '/live/', '/live/', '/live/']);
  expect(opened).toBeLessThanOrEqual(2);
});
