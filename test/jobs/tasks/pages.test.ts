import { createServer } from 'node:https';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../../sandbox/certificates.ts';
import type { MadeCertificate } from '../../../sandbox/certificates.ts';
import { asksFor, checkPages } from '../../../src/jobs/tasks/flight/checks.ts';
import { atDoor } from '../../../src/jobs/tasks/flight/door.ts';
import { listening } from '../../support/listening.ts';

const DOMAIN = 'live.example.com';
const APPS = ['WebRTCAppEE', 'live', 'LiveApp'];
const ends: (() => Promise<unknown>)[] = [];
const asked: string[] = [];
let made: MadeCertificate;

beforeAll(async () => {
  made = await makeCertificate({ names: [DOMAIN] });
  process.env['PAGES_ROOTS'] = made.caPem;
});

afterEach(async () => {
  asked.length = 0;
  for (const end of ends.splice(0)) await end();
});

/** Applications of each node of a group. */
type Nodes = readonly (readonly string[])[];

/** A group whose nodes answer by turns. @returns its port */
async function group(nodes: Nodes): Promise<number> {
  let turn = 0;
  const server = createServer({ cert: made.chainPem, key: made.keyPem }, (request, response) => {
    const [, app = ''] = (request.url ?? '').split('/');
    asked.push(app);
    const apps = nodes[turn % nodes.length];
    turn += 1;
    response.writeHead(apps?.includes(app) === true ? 200 : 404).end('<script src="webrtc.js"></script>');
  });
  const { port, close } = await listening(server);
  ends.push(close);
  return port;
}

/** The two pages of a cluster whose groups have these nodes. */
async function pages(origins: Nodes, edges: Nodes) {
  const [publishPort, playPort] = [await group(origins), await group(edges)];
  return atDoor(
    {
      domain: DOMAIN,
      dnsName: 'alb.example.com',
      connect: (_host, port) => ({ host: '127.0.0.1', port: port === 443 ? publishPort : playPort }),
      settings: { trustedRoots: 'env:PAGES_ROOTS' },
      signal: AbortSignal.timeout(30_000),
      now: Date.now,
    },
    (door) => checkPages(door, APPS, { origin: asksFor(origins.length), edge: asksFor(edges.length) }),
  );
}

describe('the pages of a cluster', () => {
  it('are those of the first application, and each is asked for a few times', async () => {
    const { publish, play } = await pages([APPS], [APPS]);

    expect([publish, play]).toMatchObject([
      { ok: true, app: 'WebRTCAppEE', url: `https://${DOMAIN}/WebRTCAppEE/` },
      { ok: true, app: 'WebRTCAppEE', url: `https://${DOMAIN}:5443/WebRTCAppEE/player.html` },
    ]);
    expect(asked).toEqual(Array.from({ length: 6 }, () => 'WebRTCAppEE'));
  });

  it.each([
    [APPS, ['live', 'LiveApp'], 'live'],
    [['LiveApp'], APPS, 'LiveApp'],
    [['WebRTCAppEE', 'LiveApp'], ['live', 'LiveApp'], 'LiveApp'],
  ])('are of one application: origins have %j, edges %j', async (origins, edges, app) => {
    const { publish, play } = await pages([origins], [edges]);

    expect([publish, play]).toMatchObject([
      { ok: true, app },
      { ok: true, app },
    ]);
  });

  it.each([
    ['any application', []],
    ['the first of them', ['live', 'LiveApp']],
  ])('fail where one of two edges lacks %s', async (_what, apps) => {
    const { publish, play } = await pages([APPS], [APPS, apps]);

    expect(publish.ok).toBe(true);
    expect(play).toMatchObject({ ok: false, isUneven: true });
    expect(play.detail).toBe(
      `2 of 4 answers for https://${DOMAIN}:5443/WebRTCAppEE/player.html have status 404: on at least one of the edge nodes the application WebRTCAppEE is not deployed; deploy it there, or release that node in the ECS console and Auto Scaling starts a fresh one.`,
    );
  });

  it('fail where one of many origins lacks an application', async () => {
    const origins = Array.from({ length: 30 }, (_, at) => (at === 28 ? [] : APPS));

    const { publish } = await pages(origins, [APPS]);

    expect(publish).toMatchObject({ ok: false, isUneven: true });
    expect(publish.detail).toMatch(
      /^1 of 30 answers .*\/WebRTCAppEE\/ has status 404: .*of the origin nodes/,
    );
  });

  it('fail where nothing that is published could be played', async () => {
    const { publish, play } = await pages([['WebRTCAppEE']], [['live', 'LiveApp']]);

    expect(publish).toMatchObject({ ok: true, app: 'WebRTCAppEE' });
    expect(play.ok).toBe(false);
    expect(play.detail).toMatch(
      /^Origin nodes publish to WebRTCAppEE, edge nodes play live, and none of .* is deployed on both; deploy one/,
    );
  });
});
