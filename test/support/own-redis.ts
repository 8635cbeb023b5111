import { afterAll, beforeAll } from 'vitest';
import { startRedis } from '../../sandbox/redis.ts';
import type { RedisServer } from '../../sandbox/redis.ts';
import { patientRedis } from '../../src/redis/connect.ts';
import type { RedisClient } from '../../src/redis/connect.ts';
import { placeAt } from './redis-place.ts';

/** A Redis server for the tests of a file, with a patient client; there from the first of them to the last. */
export function ownRedis(): { readonly server: RedisServer; readonly redis: RedisClient } {
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
  return {
    get server() {
      return server;
    },
    get redis() {
      return redis;
    },
  };
}
