import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startRedis } from '../../sandbox/redis.ts';
import type { RedisServer } from '../../sandbox/redis.ts';
import { createDesk } from '../../src/jobs/create-desk.ts';
import type { Desk } from '../../src/jobs/desk.ts';
import { Engine } from '../../src/jobs/engine.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { Outbox } from '../../src/jobs/outbox.ts';
import { Queues } from '../../src/jobs/queues.ts';
import { within } from '../../src/jobs/redis-deadline.ts';
import { Secrets } from '../../src/jobs/store/secrets.ts';
import { Store } from '../../src/jobs/store/store.ts';
import { silentLog } from '../support/silent-log.ts';

const keys = new Keys('silence-test');
let server: RedisServer;
let redis: Redis;
let queues: Queues;
let outbox: Outbox;
let desk: Desk;
let store: Store;
let secrets: Secrets;

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  await redis.ping();
  queues = new Queues(redis, keys, () => undefined);
  outbox = new Outbox({ connection: redis, keys, onError: () => undefined });
  store = new Store(redis, keys);
  const engine = new Engine({ store, queues, outbox, log: silentLog, timeScale: 1, now: Date.now });
  secrets = new Secrets(redis, keys, 'a key for tests only');
  desk = createDesk({ store, queues, engine, secrets, redis, keys, now: Date.now });
});

afterAll(async () => {
  await Promise.all([queues.close(), outbox.close()]);
  redis.disconnect();
  await server.close();
});

it('time in which this process was busy is not held against Redis', async () => {
  const answer = within(200, redis.ping());
  const until = performance.now() + 500;
  while (performance.now() < until);

  expect(await answer).toBe('PONG');
});

it('a change that Redis may yet make is not said to have been refused', async () => {
  const { id } = await desk.request({
    wish: { kind: 'create', options: {} },
    cluster: 'live',
    requester: { user: 'U1', channel: 'C1', text: 'create-cluster live' },
    policy: { approvers: ['U2'], quorum: 1, selfApproval: false, expiresAfterMs: 60_000 },
    requestId: 'one',
    planOnly: false,
  });
  process.kill(server.pid, 'SIGSTOP');
  const [change, look] = await Promise.allSettled([desk.cancel(id, 'U1'), desk.operation(id)]);
  process.kill(server.pid, 'SIGCONT');

  expect(change).toMatchObject({ reason: { message: expect.stringMatching(/cannot tell whether it took/) } });
  expect(look).toMatchObject({ reason: { message: expect.stringMatching(/nothing was started/) } });
  await vi.waitFor(async () => expect((await desk.operation(id))?.operation.state).toBe('cancelled'), 10_000);
});

it('a Redis without memory is not said to be out of reach', async () => {
  await redis.config('SET', 'maxmemory', '1');
  const wanted = desk.ask({ kind: 'clusters' }, { user: 'U1', channel: 'C1', text: 'clusters' });
  await expect(wanted).rejects.toThrow('My queue takes nothing more: Redis has no memory left.');
  await redis.config('SET', 'maxmemory', '0');
  expect(await desk.ask({ kind: 'clusters' }, { user: 'U1', channel: 'C1', text: 'clusters' })).toMatchObject(
    {
      question: { kind: 'clusters' },
    },
  );
});

it('a password that came too late to be shown is not lost by that', async () => {
  const { id } = await desk.request({
    wish: { kind: 'create', options: {} },
    cluster: 'owned',
    requester: { user: 'U1', channel: 'C1', text: 'create-cluster owned' },
    policy: { approvers: ['U2'], quorum: 1, selfApproval: false, expiresAfterMs: 60_000 },
    requestId: 'two',
    planOnly: false,
  });
  const outcome = { notes: [], adminSecret: 'admin', adminEmail: 'admin@example.com' };
  await store.update(id, undefined, (operation) => ({ ...operation, outcome }));
  await secrets.put('owned', 'admin', 'a-password');

  process.kill(server.pid, 'SIGSTOP');
  await expect(desk.takeAdminPassword(id, 'U1')).rejects.toThrow('I cannot reach my queue');
  process.kill(server.pid, 'SIGCONT');

  const taken = await vi.waitFor(() => desk.takeAdminPassword(id, 'U1'), 10_000);
  expect(taken?.password).toBe('a-password');
  await expect(desk.takeAdminPassword(id, 'U1')).rejects.toThrow('in another window');
  await taken?.settle(false);
  const again = await desk.takeAdminPassword(id, 'U1');
  await again?.settle(true);
  expect(again?.password).toBe('a-password');
  expect(await desk.takeAdminPassword(id, 'U1')).toBeUndefined();
});

it('what is asked while Redis is away was not taken, and is said so', async () => {
  await server.kill();
  await vi.waitFor(() => expect(redis.status).not.toBe('ready'), 5_000);

  await expect(desk.cancel('op-22222222', 'U1')).rejects.toThrow(
    'I cannot reach my queue; nothing was started.',
  );
});
