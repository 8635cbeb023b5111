import { afterAll, beforeAll, expect, it } from 'vitest';
import { Places } from '../../src/bot/outbox/places.ts';
import type { Operation } from '../../src/cluster/operation.ts';
import { NOTHING_LEFT } from '../../src/cluster/plan.ts';
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
import { operation, planStep, samplePlan } from '../bot/samples.ts';
import { startLostAnswer } from '../support/lost-answer.ts';
import type { LostAnswer } from '../support/lost-answer.ts';
import { ownRedis } from '../support/own-redis.ts';
import { placeAt } from '../support/redis-place.ts';
import { silentLog } from '../support/silent-log.ts';

const ALICE = 'U0ALICE001';
const BOB = 'U0BOB00001';
const TOLD = { adminSecret: 'admin', adminEmail: 'a@b.c', notes: [] };
const CREATES = samplePlan({ steps: [planStep('vpc'), planStep('admin')] });
const REMOVES = samplePlan({ steps: [planStep('left', { kind: NOTHING_LEFT, action: 'check' })] });
const keys = new Keys('first-password');
const own = ownRedis();
let way: LostAnswer;
let prompt: RedisClient;
let queues: Queues;
let outbox: Outbox;
let store: Store;
let secrets: Secrets;
let desk: Desk;

beforeAll(async () => {
  way = await startLostAnswer(own.server.port);
  prompt = promptRedis(placeAt(way.url));
  prompt.on('error', () => undefined);
  await new Promise((resolve) => prompt.once('ready', resolve));
  queues = new Queues(own.redis, keys, () => undefined);
  outbox = new Outbox({ connection: own.redis, keys, onError: () => undefined });
  store = new Store(own.redis, keys);
  secrets = new Secrets(own.redis, keys, 'a key for tests only');
  const engine = new Engine({ store, queues, outbox, log: silentLog, timeScale: 1, now: Date.now });
  desk = createDesk({ store, queues, engine, secrets, redis: prompt, keys, now: Date.now });
});

afterAll(async () => {
  await Promise.all([queues.close(), outbox.close()]);
  prompt.disconnect();
  await way.close();
});

/** An operation as it is recorded when it is over. */
async function ended(cluster: string, id: string, user: string, change: Partial<Operation>): Promise<string> {
  const requester = { user, channel: 'C0OPS00001', text: 'typed' };
  await store.add(operation('draft', { id, cluster, requester, ...change }), { event: 'requested' });
  await store.update(id, undefined, (one) => ({
    ...one,
    plan: CREATES,
    state: 'succeeded',
    startedAt: one.createdAt,
    ...change,
  }));
  return id;
}

it('the password of a cluster that was made again is for whoever asked for that one alone', async () => {
  const first = await ended('live', 'op-alice', ALICE, { createdAt: 1_000, outcome: TOLD });
  await secrets.put('live', 'admin', 'of-alice');
  const before = await desk.takeAdminPassword(first, ALICE);
  await before?.settle(false);
  await ended('live', 'op-removal', BOB, { createdAt: 2_000, plan: REMOVES, wish: { kind: 'destroy' } });
  await secrets.put('live', 'admin', 'of-bob');

  await expect(desk.takeAdminPassword(first, ALICE)).rejects.toThrow('op-removal has removed live');
  const second = await ended('live', 'op-bob', BOB, { createdAt: 3_000, outcome: TOLD });
  await expect(desk.takeAdminPassword(first, ALICE)).rejects.toThrow('op-bob');
  const taken = await desk.takeAdminPassword(second, BOB);

  expect(before?.password).toBe('of-alice');
  expect(taken?.password).toBe('of-bob');
});

it('a password that was shown stays so for as long as its operation may be kept', async () => {
  const id = await ended('kept', 'op-kept', ALICE, { createdAt: 1_000, outcome: TOLD });
  await secrets.put('kept', 'admin', 'of-kept');

  await (await desk.takeAdminPassword(id, ALICE))?.settle(true);

  expect(await own.redis.ttl(keys.shown(id))).toBeGreaterThan(3_649 * 86_400);
  expect(await desk.takeAdminPassword(id, ALICE)).toBeUndefined();
});

it('a password that went with its cluster is told so, and not that it was shown', async () => {
  const first = await ended('gone', 'op-made', ALICE, { createdAt: 1_000, outcome: TOLD });
  await ended('gone', 'op-unmade', BOB, { createdAt: 2_000, plan: REMOVES, wish: { kind: 'destroy' } });

  await expect(desk.takeAdminPassword(first, ALICE)).rejects.toThrow('op-unmade has removed gone');
});

it('a change that leaves the panel alone, and a removal that never began, take no password away', async () => {
  const first = await ended('calm', 'op-first', ALICE, { createdAt: 1_000, outcome: TOLD });
  await secrets.put('calm', 'admin', 'of-alice');
  await ended('calm', 'op-scaled', BOB, { createdAt: 2_000, plan: samplePlan() });
  await store.add(operation('draft', { id: 'op-refused', cluster: 'calm', createdAt: 3_000 }), {
    event: 'requested',
  });
  await store.update('op-refused', undefined, (one) => ({ ...one, state: 'rejected', plan: REMOVES }));

  expect((await desk.takeAdminPassword(first, ALICE))?.password).toBe('of-alice');
});

it('a change that stopped before it came to the administrator takes no password away', async () => {
  const first = await ended('kept', 'op-maker', ALICE, { createdAt: 1_000, outcome: TOLD });
  await secrets.put('kept', 'admin', 'of-alice');
  await ended('kept', 'op-repair', BOB, { createdAt: 2_000, state: 'failed' });

  const taken = await desk.takeAdminPassword(first, ALICE);
  await taken?.settle(false);
  await own.redis.hset(keys.steps('op-repair'), 'admin', JSON.stringify({ state: 'pending' }));

  expect(taken?.password).toBe('of-alice');
  await expect(desk.takeAdminPassword(first, ALICE)).rejects.toThrow('op-repair');
});

it('an answer of Redis that is lost on the way takes neither the password nor the delivery for a second one', async () => {
  const first = await ended('lost', 'op-lost', ALICE, { createdAt: 1_000, outcome: TOLD });
  await secrets.put('lost', 'admin', 'of-alice');
  const places = new Places(prompt, keys);

  way.loseAnswerTo('\r\nNX\r\n');
  const isFirst = await places.isFirst('click:1');
  const isFirstAgain = await places.isFirst('click:1');
  way.loseAnswerTo('\r\nNX\r\n');
  const taken = await desk.takeAdminPassword(first, ALICE);

  expect(way.lost).toBe(2);
  expect([isFirst, isFirstAgain]).toEqual([true, false]);
  expect(taken?.password).toBe('of-alice');
});
