import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Vote } from '../../src/cluster/approval.ts';
import { createDesk } from '../../src/jobs/create-desk.ts';
import type { Desk } from '../../src/jobs/desk.ts';
import { Engine } from '../../src/jobs/engine.ts';
import { Outbox } from '../../src/jobs/outbox.ts';
import { Queues } from '../../src/jobs/queues.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { Secrets } from '../../src/jobs/store/secrets.ts';
import { Store } from '../../src/jobs/store/store.ts';
import { promptRedis } from '../../src/redis/connect.ts';
import type { RedisClient } from '../../src/redis/connect.ts';
import { NOW, operation } from '../bot/samples.ts';
import { startLostAnswer } from '../support/lost-answer.ts';
import type { LostAnswer } from '../support/lost-answer.ts';
import { ownRedis } from '../support/own-redis.ts';
import { placeAt } from '../support/redis-place.ts';
import { silentLog } from '../support/silent-log.ts';

const BOB = 'U0BOB00001';
const APPROVAL: Vote = { user: BOB, verdict: 'approve', isApprover: true, at: NOW };
const keys = new Keys('unheard-decisions');
const own = ownRedis();
let way: LostAnswer;
let prompt: RedisClient;
let queues: Queues;
let outbox: Outbox;
let store: Store;
let desk: Desk;

beforeAll(async () => {
  way = await startLostAnswer(own.server.port);
  prompt = promptRedis(placeAt(way.url));
  prompt.on('error', () => undefined);
  await new Promise((resolve) => prompt.once('ready', resolve));
  queues = new Queues(own.redis, keys, () => undefined);
  outbox = new Outbox({ connection: own.redis, keys, onError: () => undefined });
  store = new Store(prompt, keys);
  const engine = new Engine({ store, queues, outbox, log: silentLog, timeScale: 1, now: () => NOW });
  const secrets = new Secrets(own.redis, keys, 'a key for tests only');
  desk = createDesk({ store, queues, engine, secrets, redis: prompt, keys, now: () => NOW });
});

afterAll(async () => {
  await Promise.all([queues.close(), outbox.close()]);
  prompt.disconnect();
  await way.close();
});

/** A plan that waits; Redis knows the scripts of its store by then. */
async function waiting(cluster: string): Promise<string> {
  const id = `op-${cluster}`;
  const expiresAt = Date.now() + 3_600_000;
  await store.add(operation('draft', { id, cluster, expiresAt }), { event: 'requested' });
  await store.update(id, undefined, (one) => ({ ...one, state: 'awaiting-approval' }));
  return id;
}

it('an approval that Redis has counted and not confirmed starts what it approves, and counts once', async () => {
  const id = await waiting('approved');
  const { lost } = way;

  way.loseAnswerTo('"state":"approved"');
  const after = await desk.vote(id, APPROVAL);

  expect(way.lost).toBe(lost + 1);
  expect(after.state).toBe('approved');
  expect(after.decisions).toHaveLength(1);
  expect(await queues.asks.getJob(`start.${id}`)).toBeDefined();
  await expect(desk.vote(id, APPROVAL)).rejects.toThrow('has been approved');
});

it('a cancel that Redis has made and not confirmed is told as made, and a second one as too late', async () => {
  const id = await waiting('cancelled');
  const { lost } = way;

  way.loseAnswerTo('"state":"cancelled"');
  const after = await desk.cancel(id, BOB);

  expect(way.lost).toBe(lost + 1);
  expect(after).toMatchObject({ state: 'cancelled', cancelledBy: BOB });
  await expect(desk.cancel(id, BOB)).rejects.toThrow('is over (cancelled)');
});
