import { createServer } from 'node:https';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { makeCertificate } from '../../../sandbox/certificates.ts';
import type { MadeCertificate } from '../../../sandbox/certificates.ts';
import { atDoor } from '../../../src/jobs/tasks/flight/door.ts';
import { checkPanelNodes } from '../../../src/jobs/tasks/flight/panel-nodes.ts';
import { listening } from '../../support/listening.ts';

const DOMAIN = 'live.example.com';
const ends: (() => Promise<unknown>)[] = [];
let made: MadeCertificate;

beforeAll(async () => {
  made = await makeCertificate({ names: [DOMAIN] });
  process.env['PANEL_ROOTS'] = made.caPem;
});

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A panel that knows so many nodes and gives a page of them, as asked; or the first page whatever is asked. */
async function panel(nodes: readonly object[], isStubborn = false) {
  const asked: string[] = [];
  const server = createServer({ cert: made.chainPem, key: made.keyPem }, (request, response) => {
    const page = /\/cluster\/nodes\/(\d+)\/(\d+)$/.exec(request.url ?? '');
    if (!page) return void response.end('{"versionType":"Enterprise Edition"}');
    asked.push(`${page[1]}/${page[2]}`);
    const from = isStubborn ? 0 : Number(page[1]);
    response.end(JSON.stringify(nodes.slice(from, from + Number(page[2]))));
  });
  const { port, close } = await listening(server);
  ends.push(close);
  const check = (ips: readonly string[]) =>
    atDoor(
      {
        domain: DOMAIN,
        dnsName: 'alb.example.com',
        connect: () => ({ host: '127.0.0.1', port }),
        settings: { trustedRoots: 'env:PANEL_ROOTS' },
        signal: AbortSignal.timeout(60_000),
        now: Date.now,
      },
      (door) => checkPanelNodes(door, 'a-key-that-all-nodes-have-got-in-common', ips),
    );
  return { asked, check };
}

function node(at: number, status = 'alive') {
  return { ip: `10.0.${Math.floor(at / 250)}.${at % 250}`, status };
}

test('nodes beyond the first page of the list are found alive', async () => {
  const nodes = Array.from({ length: 120 }, (_, at) => node(at));
  const { asked, check } = await panel(nodes);

  expect(await check([node(0).ip, node(119).ip])).toMatchObject({ ok: true });
  expect(asked).toEqual(['0/50', '50/50', '100/50']);
});

test('one that is dead on a later page is told, and a short page is the last', async () => {
  const nodes = Array.from({ length: 60 }, (_, at) => node(at, at === 55 ? 'dead' : 'alive'));
  const { asked, check } = await panel(nodes);

  const told = await check([node(0).ip, node(55).ip]);

  expect(told.ok).toBe(false);
  expect(told.detail).toMatch(/^10\.0\.0\.55 is not alive/);
  expect(asked).toEqual(['0/50', '50/50']);
});

test('no page is asked for once all nodes are found', async () => {
  const nodes = Array.from({ length: 120 }, (_, at) => node(at));
  const { asked, check } = await panel(nodes);

  expect(await check([node(3).ip])).toMatchObject({ ok: true });
  expect(asked).toEqual(['0/50']);
});

test('a panel that tells the same page again and again is not asked for ever', async () => {
  const nodes = Array.from({ length: 50 }, (_, at) => node(at));
  const { asked, check } = await panel(nodes, true);

  expect(await check(['10.9.9.9'])).toMatchObject({ ok: false });
  expect(asked).toHaveLength(100);
});
