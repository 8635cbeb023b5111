import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRedis } from '../../sandbox/redis.ts';
import type { RedisServer } from '../../sandbox/redis.ts';
import { patientRedis } from '../../src/redis/connect.ts';
import type { RedisClient } from '../../src/redis/connect.ts';
import { placeAt } from '../support/redis-place.ts';

let server: RedisServer;
let redis: RedisClient;

beforeAll(async () => {
  server = await startRedis();
  redis = patientRedis(placeAt(server.url));
});

afterAll(async () => {
  redis.disconnect();
  await server.close();
});

/** How often Redis had to read from its clients so far. */
async function reads(): Promise<number> {
  return Number(/^total_reads_processed:(\d+)/m.exec(await redis.info('stats'))?.[1]);
}

it('sends commands of one moment in few pieces, in their order, and after a reconnect too', async () => {
  await redis.ping();
  for (let round = 0; round < 2; round += 1) {
    const before = await reads();

    const answers = await Promise.all(Array.from({ length: 100 }, () => redis.incr('count')));

    const after = await reads();
    expect(answers.map((answer) => answer - (answers[0] ?? 0))).toEqual([...answers.keys()]);
    expect(after - before).toBeLessThan(25);
    await server.kill();
    await server.start();
    await redis.ping();
  }
});
