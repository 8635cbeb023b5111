import { beforeEach, expect, test, vi } from 'vitest';
import { planeBench } from './dataplane-bench.ts';
import type { TestWorld } from './dataplane-world.ts';

const own = planeBench();
const { https, http, healthy, unhealthy, asked, get } = own;
let world: TestWorld;

beforeEach(() => {
  ({ world } = own);
});

test('where no node is healthy the unhealthy ones are asked, and once one recovers it alone', async () => {
  const guests = await Promise.all(['i-1', 'i-2'].map((id) => world.addGuest(id)));
  for (const guest of guests) guest.set({ status: 500 });
  const group = world.addGroup('sgp-1', ['i-1', 'i-2']);
  http('lsn-1', 80, 'sgp-1');
  https('lsn-2', 443, 'sgp-1');

  await unhealthy(group);
  expect(world.alb.healthOf(group, group.servers[0]!).reason).toMatchObject({
    ReasonCode: 'RESPONSE_MISMATCH',
    ActualResponse: '500',
  });
  expect(await asked(4)).toEqual(['500 i-1', '500 i-2', '500 i-1', '500 i-2']);

  guests[0]?.set({ status: 200 });
  await healthy('sgp-1', 'i-1');
  expect(await asked(3)).toEqual(['200 i-1', '200 i-1', '200 i-1']);
});

test('where no node takes a connection the answer is 502, and 503 where there is none', async () => {
  const guest = await world.addGuest('i-1');
  guest.set({ isUp: false });
  await world.addGuest('i-closed');
  world.closedTo = 'i-closed';
  const group = world.addGroup('sgp-1', ['i-1', 'i-closed']);
  http('lsn-1', 80, 'sgp-1');
  https('lsn-2', 443, 'sgp-1');
  await unhealthy(group);

  expect((await get('http', 80, 'live.example.com', '/')).status).toBe(502);
  guest.set({ isUp: true, status: 404 });
  expect(await asked(2)).toEqual(['404 i-1', '404 i-1']);
  for (const server of group.servers) server.weight = 0;
  expect((await get('http', 80, 'live.example.com', '/')).status).toBe(503);
  group.servers.length = 0;
  expect((await get('http', 80, 'live.example.com', '/')).status).toBe(503);
});

test('a node that its security group shuts off, or whose server is down, is unhealthy with the reason', async () => {
  await world.addGuest('i-closed');
  (await world.addGuest('i-down')).set({ isUp: false });
  world.closedTo = 'i-closed';
  const group = world.addGroup('sgp-1', ['i-closed', 'i-down']);
  http('lsn-1', 80, 'sgp-1');

  await vi.waitFor(
    () =>
      expect(group.servers.map((server) => world.alb.healthOf(group, server).reason?.ReasonCode)).toEqual([
        'CONNECT_TIMEOUT',
        'CONNECT_FAILED',
      ]),
    5000,
  );
});

test('a node without weight is asked for nothing, and anew once it has one again', async () => {
  const guest = await world.addGuest('i-1');
  const group = world.addGroup('sgp-1', ['i-1']);
  const server = group.servers[0]!;
  http('lsn-1', 80, 'sgp-1');
  await healthy('sgp-1', 'i-1');
  const status = (): string => world.alb.healthOf(group, server).status;

  server.weight = 0;
  world.alb.changed(group.vpcId);
  await vi.waitFor(() => expect(status()).toBe('Initial'));
  guest.set({ isUp: false });
  server.weight = 100;
  world.alb.changed(group.vpcId);

  await unhealthy(group);
});

test('requests take turns over nodes, and a sticky cookie brings a client back', async () => {
  await Promise.all([world.addGuest('i-1'), world.addGuest('i-2')]);
  world.addGroup('sgp-1', ['i-1', 'i-2'], {
    sticky: { StickySessionEnabled: true, StickySessionType: 'Insert', CookieTimeout: 100, Cookie: '' },
  });
  http('lsn-1', 80, 'sgp-1');
  https('lsn-2', 443, 'sgp-1');
  await Promise.all([healthy('sgp-1', 'i-1'), healthy('sgp-1', 'i-2')]);

  const seen = new Set<unknown>();
  for (let turn = 0; turn < 4; turn++)
    seen.add((await get('http', 80, 'live.example.com', '/')).json['node']);
  expect(seen).toEqual(new Set(['i-1', 'i-2']));

  const first = await get('http', 80, 'live.example.com', '/');
  const cookie = String(first.headers['set-cookie']?.[0]).split(';')[0] ?? '';
  for (let turn = 0; turn < 3; turn++) {
    const again = await get('http', 80, 'live.example.com', '/', { cookie });
    expect(again.json['node']).toBe(first.json['node']);
  }
});

test('a node that does not answer in time gives 504', async () => {
  await world.addGuest('i-1');
  world.addGroup('sgp-1', ['i-1']);
  https('lsn-1', 443, 'sgp-1', { requestTimeout: 5 });
  await healthy('sgp-1', 'i-1');

  expect((await get('https', 443, 'live.example.com', '/slow')).status).toBe(504);
});
