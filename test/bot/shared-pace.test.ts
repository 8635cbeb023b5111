import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startRedis } from '../../sandbox/redis.ts';
import type { RedisServer } from '../../sandbox/redis.ts';
import { Pace } from '../../src/bot/outbox/pace.ts';
import type { Urgency } from '../../src/bot/outbox/pace.ts';
import { SharedPace } from '../../src/bot/outbox/shared-pace.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { promptRedis } from '../../src/redis/connect.ts';
import type { RedisClient } from '../../src/redis/connect.ts';
import { placeAt } from '../support/redis-place.ts';

let server: RedisServer;
let clients: RedisClient[];
let round = 0;

beforeAll(async () => {
  server = await startRedis();
  clients = [1, 2, 3].map(() => promptRedis(placeAt(server.url)));
  for (const client of clients) {
    client.on('error', () => undefined);
    await vi.waitFor(() => expect(client.status).toBe('ready'), 5_000);
  }
});
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await server.close();
});

/** One of several bots on one Redis; their own clocks stand still. */
function bots(): SharedPace[] {
  const keys = new Keys(`pace-${(round += 1)}`);
  return clients.map((client) => new SharedPace(client, keys, new Pace(() => 1_000)));
}

it('gives all bots together what Slack allows one app', async () => {
  const all = bots();
  const began = Date.now();

  const waits = await Promise.all(
    Array.from({ length: 90 }, (_, at) => all[at % 3]?.take('update') ?? Promise.resolve(-1)),
  );

  const given = waits.filter((wait) => wait === 0).length;
  const refilled = Math.ceil(((Date.now() - began) / 1_000) * (50 / 60)) + 1;
  expect(given).toBeGreaterThanOrEqual(20);
  expect(given).toBeLessThanOrEqual(20 + refilled);
  for (const wait of waits.filter((one) => one !== 0)) expect(wait).toBeGreaterThan(0);
});

it('keeps a turn for what is more urgent, however much else there is to send', async () => {
  const [one, other] = bots();
  const given = async (urgency: Urgency) => {
    const waits = [];
    for (let at = 0; at < 10; at += 1) waits.push(await one?.take('post:C1', urgency));
    return waits.filter((wait) => wait === 0).length;
  };

  // A turn may come back meanwhile.
  expect([3, 4]).toContain(await given('repeat'));
  expect([1, 2]).toContain(await given('news'));
  expect(await other?.take('post:C1', 'answer')).toBe(0);
});

it('keeps channels and kinds of calls apart', async () => {
  const [one, other] = bots();
  for (let at = 0; at < 5; at += 1) await one?.take('post:C1');

  expect(await other?.take('post:C1')).toBeGreaterThan(0);
  expect(await other?.take('post:C2')).toBe(0);
  expect(await other?.take('update')).toBe(0);
});

it('is silent in all bots when Slack told one of them to be', async () => {
  const [one, other] = bots();
  await one?.silence('post:C1', 60_000);
  await one?.silence('post:C1', 1_000);

  expect(await other?.take('post:C2')).toBeGreaterThan(30_000);
  expect(await other?.take('update')).toBe(0);
});

it('goes by its own budget while Redis is away or hangs, and never throws', async () => {
  const [one] = bots();
  for (let at = 0; at < 15; at += 1) expect(await one?.take('update')).toBe(0);
  const pid = await clients[1]?.info('server').then((text) => Number(/process_id:(\d+)/.exec(text)?.[1]));
  if (pid === undefined) throw new Error('no Redis');
  process.kill(pid, 'SIGSTOP');

  const waits: (number | undefined)[] = [];
  try {
    for (let at = 0; at < 7; at += 1) waits.push(await one?.take('update'));
    await one?.silence('update', 5_000);
    waits.push(await one?.take('update'));
  } finally {
    process.kill(pid, 'SIGCONT');
  }

  // 15 of the 20 were spent before; its clock stands still.
  expect(waits.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
  for (const wait of waits.slice(5)) expect(wait).toBeGreaterThan(0);
  expect(waits.at(-1)).toBe(5_000);
});
