import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { within } from '../../src/jobs/queues.ts';
import { startRedis } from '../../sandbox/redis.ts';
import type { RedisServer } from '../../sandbox/redis.ts';

let server: RedisServer;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
  await redis.ping();
});

afterAll(async () => {
  redis.disconnect();
  await server.close();
});

it('does not hold our own work against Redis', async () => {
  const answer = within(200, redis.ping());
  const until = performance.now() + 500;
  while (performance.now() < until);

  expect(await answer).toBe('PONG');
});

it('gives up on a Redis that says nothing', async () => {
  await expect(within(200, redis.blpop('nothing', 0))).rejects.toMatchObject({ code: 'queue_down' });
});
