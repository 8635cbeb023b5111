import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { startRedis } from '../../../sandbox/redis.ts';
import type { RedisServer } from '../../../sandbox/redis.ts';
import type { Operation } from '../../../src/cluster/operation.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Store } from '../../../src/jobs/store/store.ts';

/**
 * An own Redis for a file of tests, emptied before each.
 * @param given told of the connection and the store before each test
 */
export function emptyStore(keys: Keys, given: (redis: Redis, store: Store) => void): void {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.close();
  });
  beforeEach(async () => {
    await redis.flushall();
    given(redis, new Store(redis, keys));
  });
}

/** An operation as it is asked for. */
export function draft(id: string, change: Partial<Operation> = {}): Operation {
  return {
    id,
    cluster: 'live',
    regionId: undefined,
    wish: { kind: 'destroy' },
    state: 'draft',
    requester: { user: 'U1', channel: 'C1', text: 'destroy-cluster live' },
    policy: { approvers: ['U2', 'U3'], quorum: 2, selfApproval: false, expiresAfterMs: 60_000 },
    spec: undefined,
    plan: undefined,
    digest: undefined,
    decisions: [],
    createdAt: 1,
    run: 0,
    problems: [],
    ...change,
  };
}

export const requested = { event: 'requested', user: 'U1' };
