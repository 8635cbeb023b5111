import { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Places } from '../../src/bot/outbox/places.ts';
import { Unfinished } from '../../src/bot/outbox/unfinished.ts';
import type { Operation } from '../../src/cluster/operation.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { Store } from '../../src/jobs/store/store.ts';
import { ownRedis } from '../support/own-redis.ts';
import { silentLog } from '../support/silent-log.ts';
import { seen } from './samples.ts';
import { startWebApi } from './slack-web-api.ts';

const DAY_MS = 86_400_000;
const NOW = 1_900_000_000_000;
const own = ownRedis();
const keys = new Keys('unfinished-test');
let slack: Awaited<ReturnType<typeof startWebApi>>;
let store: Store;
let places: Places;
let unfinished: Unfinished;
let now: number;
let touched: string[];

beforeEach(async () => {
  slack = await startWebApi();
  now = NOW;
  touched = [];
  vi.useFakeTimers({ toFake: ['setInterval'] });
  store = new Store(own.redis, keys);
  places = new Places(own.redis, keys);
  unfinished = new Unfinished({
    client: new WebClient('xoxb-test', { slackApiUrl: slack.url, retryConfig: { retries: 0 } }),
    pace: { take: () => Promise.resolve(0), silence: () => Promise.resolve() },
    log: silentLog,
    keepDays: 90,
    timeScale: 1,
    now: () => now,
    standing: (ids) => store.standing(ids),
    read: (id) => store.read(id),
    placeOf: (id) => places.read(`op:${id}`),
    touch: async (key) => void touched.push(key),
    doubt: (key, ts) => places.doubt(key, ts),
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await own.redis.flushall();
  await slack.close();
});

/** Lets it look for the records once. */
async function look(): Promise<void> {
  unfinished.start();
  vi.advanceTimersByTime(10_000);
  await unfinished.stop();
}

/** The changes of messages, by ts. */
const changed = () => slack.calls.map((call) => [call.method, call.body['ts']]);

/** A running operation that this process shows, and how another process has it end. */
async function shown(id: string, ts: string): Promise<(end: Partial<Operation>) => Promise<unknown>> {
  const running = { ...seen('running').operation, id, cluster: id };
  await store.add(running, { event: 'requested' });
  unfinished.note(running, 'C1', ts);
  return (end) => store.update(id, { event: 'ended' }, (before) => ({ ...before, ...end }));
}

it('says of a record that is gone that it is lost, but not when it went because of its age', async () => {
  const failed = seen('failed').operation;
  unfinished.note({ ...failed, id: 'op-old', endedAt: NOW - 91 * DAY_MS }, 'C1', '1.1');
  // By the clock of the worker that forgot it, which is ahead.
  unfinished.note({ ...failed, id: 'op-just', endedAt: NOW - 90 * DAY_MS + 60_000 }, 'C1', '1.2');
  unfinished.note({ ...failed, id: 'op-lost', endedAt: NOW - DAY_MS }, 'C1', '2.2');

  await look();

  expect(changed()).toEqual([['chat.update', '2.2']]);
});

it('leaves an end alone that another process has shown when its record goes, and no other', async () => {
  const endDone = await shown('op-done', '1.1');
  const endUnsent = await shown('op-unsent', '4.4');
  const endFailed = await shown('op-failed', '2.2');
  await shown('op-lost', '3.3');
  await endDone({ state: 'succeeded', endedAt: NOW - DAY_MS });
  await places.write('op:op-done', { channel: 'C1', ts: '1.1', sentAt: NOW });
  await endUnsent({ state: 'succeeded', endedAt: NOW - DAY_MS });
  await places.write('op:op-unsent', { channel: 'C1', ts: '4.4', sentAt: NOW - 2 * DAY_MS });
  await endFailed({ state: 'failed', endedAt: NOW - 91 * DAY_MS });
  await look();

  await own.redis.flushall();
  await look();

  expect(changed().toSorted()).toEqual([
    ['chat.update', '3.3'],
    ['chat.update', '4.4'],
  ]);
});

it('makes sure every five minutes that a plan which asks is there still, and of nothing else', async () => {
  for (const state of ['awaiting-approval', 'running'] as const) {
    const operation = { ...seen(state).operation, id: `op-${state}`, cluster: state };
    await store.add(operation, { event: 'requested' });
    await places.write(`op:op-${state}`, { channel: 'C1', ts: '1.1', hash: 'as it was', sentAt: NOW });
    unfinished.note(operation, 'C1', '1.1');
  }
  now += 4 * 60_000;
  await look();
  expect(touched).toEqual([]);

  now += 2 * 60_000;
  await look();
  await look();

  expect(touched).toEqual(['op:op-awaiting-approval']);
  const place = await places.read('op:op-awaiting-approval');
  expect(place).toMatchObject({ channel: 'C1', ts: '1.1', sentAt: NOW });
  expect(place.hash).toBeUndefined();
});
