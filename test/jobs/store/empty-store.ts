import { beforeEach } from 'vitest';
import type { Operation } from '../../../src/cluster/operation.ts';
import type { Keys } from '../../../src/jobs/store/keys.ts';
import { Store } from '../../../src/jobs/store/store.ts';
import type { RedisClient } from '../../../src/redis/connect.ts';
import { ownRedis } from '../../support/own-redis.ts';

/**
 * A Redis for the tests of a file, emptied before each.
 * @param given told of the connection and the store before each test
 */
export function emptyStore(keys: Keys, given: (redis: RedisClient, store: Store) => void): void {
  const own = ownRedis();
  beforeEach(async () => {
    await own.redis.flushall();
    given(own.redis, new Store(own.redis, keys));
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
