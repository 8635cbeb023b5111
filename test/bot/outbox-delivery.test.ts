import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pace } from '../../src/bot/outbox/pace.ts';
import { Places } from '../../src/bot/outbox/places.ts';
import { SendLater } from '../../src/bot/outbox/send-later.ts';
import { SharedPace } from '../../src/bot/outbox/shared-pace.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { openOutbox, within5s } from '../support/outbox-bench.ts';
import type { OutboxBench } from '../support/outbox-bench.ts';
import { ownRedis } from '../support/own-redis.ts';
import { seen } from './samples.ts';

const own = ownRedis();
let bench: OutboxBench;

beforeEach(async () => {
  bench = await openOutbox(own.redis);
});

afterEach(() => bench.close());

function callsOf(method: string) {
  return bench.slack.calls.filter((call) => call.method === method);
}

it('sends at most one change a second of a message, and always the last state', async () => {
  await bench.send();
  for (let at = 0; at < 60; at += 1) {
    bench.state = seen('rejected', { cluster: `live-${at}` });
    await bench.outbox.touch('op:op-7k3m9q2x');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  await vi.waitFor(() => expect(bench.main()[0]?.text).toContain('live-59'), within5s);
  const updates = bench.slack.calls.filter((call) => call.method === 'chat.update').map((call) => call.at);
  expect(bench.main()).toHaveLength(1);
  expect(updates.length).toBeGreaterThan(0);
  for (const [at, time] of updates.entries())
    if (at > 0) expect(time - (updates[at - 1] ?? 0)).toBeGreaterThan(950);
});

it('reads nothing for a message that has no turn yet, and posts it with its first', async () => {
  const pace = new SharedPace(own.redis, bench.keys, new Pace(Date.now));
  const sender = bench.openSender(pace);
  await pace.silence('post:C0OPS00001', 1_500);
  bench.reads = 0;
  for (let at = 0; at < 3; at += 1) await expect(sender.send('op:op-7k3m9q2x')).rejects.toThrow(SendLater);
  expect(bench.reads).toBe(1);

  await vi.waitFor(() => sender.send('op:op-7k3m9q2x'), within5s);
  expect(bench.reads).toBe(2);
  expect(bench.main()).toHaveLength(1);
});

it('posts the answer to a question before the news of many operations', async () => {
  const sender = bench.openSender();
  bench.asked = {
    id: 'q-1',
    askedAt: Date.now(),
    question: { kind: 'clusters' },
    requester: { ...bench.state.operation.requester },
    answer: { kind: 'clusters', clusters: [] },
  };
  const waits = [];
  for (let at = 0; at < 10; at += 1)
    waits.push(
      sender.send(`op:other-${at}`).then(
        () => at,
        () => undefined,
      ),
    );
  const sent = (await Promise.all(waits)).filter((at) => at !== undefined);
  expect(sent.length).toBeLessThan(10);

  await sender.send('ask:q-1');

  expect(bench.main()).toHaveLength(sent.length + 1);
});

it.each([
  ['awaiting-approval', true],
  ['running', false],
  ['failed', true],
] as const)('changes a message to %s before those that only go on: %s', async (state, isBefore) => {
  const [key, places] = ['op:op-7k3m9q2x', new Places(own.redis, bench.keys)];
  const pace = new SharedPace(own.redis, bench.keys, new Pace(Date.now));
  const sender = bench.openSender(pace);
  bench.state = seen('approved');
  await sender.send(key);
  await places.write(key, { ...(await places.read(key)), sentAt: 1 });
  bench.state = seen(state, { startedAt: Date.now() });

  // Whatever those are left, they take.
  while ((await pace.take('update', 'repeat')) === 0);
  const sent = await sender.send(key).then(
    () => true,
    () => false,
  );

  expect(sent).toBe(isBefore);
});

it('does not send the same again', async () => {
  await bench.send();
  await bench.outbox.touch('op:op-7k3m9q2x');
  await vi.waitFor(() => expect(bench.main()).toHaveLength(1), within5s);

  await bench.outbox.touch('op:op-7k3m9q2x');
  await bench.outbox.touch('op:other');

  await vi.waitFor(() => expect(bench.main()).toHaveLength(2), within5s);
  expect(bench.slack.calls.filter((call) => call.method === 'chat.update')).toHaveLength(0);
});

it('posts once when the answer to the post is lost', async () => {
  let cut = true;
  bench.slack.failWith((call) => {
    if (call.method !== 'chat.postMessage' || !cut) return undefined;
    cut = false;
    return 'cut-after';
  });
  await bench.send();
  await bench.outbox.touch('op:op-7k3m9q2x');

  await vi.waitFor(
    async () => expect((await new Places(own.redis, bench.keys).read('op:op-7k3m9q2x')).ts).toBeDefined(),
    within5s,
  );
  expect(bench.main()).toHaveLength(1);
});

it('finds a post whose answer was lost however much people have written since', async () => {
  const sender = bench.openSender();
  bench.slack.failWith(({ method }) => (method === 'chat.postMessage' ? 'cut-after' : undefined));
  await expect(sender.send('op:op-7k3m9q2x')).rejects.toThrow(SendLater);
  bench.slack.failWith(() => undefined);
  bench.slack.chat('C0OPS00001', 600, Date.now() + 3_600_000);

  await sender.send('op:op-7k3m9q2x');

  expect(callsOf('chat.postMessage')).toHaveLength(1);
  expect((await new Places(own.redis, bench.keys).read('op:op-7k3m9q2x')).ts).toBe(bench.main()[0]?.ts);
});

it('looks through many pages where Redis does not know when a message was posted', async () => {
  const [key, sender] = ['op:op-7k3m9q2x', bench.openSender()];
  bench.state = seen('planned', { createdAt: Date.now() });
  await sender.send(key);
  await own.redis.del(bench.keys.message(key));
  bench.slack.chat('C0OPS00001', 3_000, Date.now() + 3_600_000);

  bench.doubtedBefore = Date.now() + 1;
  await bench.openSender().send(key);

  expect(callsOf('chat.postMessage')).toHaveLength(1);
  expect(callsOf('conversations.history')).toHaveLength(4);
});

it('finds what a killed process had posted before it could write that down', async () => {
  const key = 'op:op-7k3m9q2x';
  await bench.send();
  await bench.outbox.touch(key);
  await vi.waitFor(() => expect(bench.main()).toHaveLength(1), within5s);
  await bench.rest();
  await new Places(own.redis, bench.keys).write(key, { channel: 'C0OPS00001', postingSince: Date.now() });

  bench.state = seen('expired');
  await bench.send();
  await bench.outbox.touch(key);

  await vi.waitFor(() => expect(bench.main()[0]?.text).toContain('expired'), within5s);
  expect(bench.main()).toHaveLength(1);
});

it('finds messages and replies of which Redis has lost every trace, from another process', async () => {
  const keysOf = ['op:op-7k3m9q2x', 'note:op-7k3m9q2x:ask'];
  const createdAt = Date.now();
  bench.state = seen('awaiting-approval', { createdAt });
  await bench.send();
  await bench.outbox.touch(keysOf[0] ?? '');
  await vi.waitFor(() => expect(bench.slack.messages).toHaveLength(2), within5s);
  await bench.rest();
  for (const key of keysOf) await own.redis.del(bench.keys.message(key));

  bench.doubtedBefore = Date.now() + 1;
  bench.state = seen('awaiting-approval', { createdAt, cluster: 'other' });
  await bench.send();
  await bench.outbox.touch(keysOf[0] ?? '');

  await vi.waitFor(() => expect(bench.main()[0]?.text).toContain('other'), within5s);
  await vi.waitFor(
    async () => expect(await own.redis.exists(bench.keys.message(keysOf[1] ?? ''))).toBe(1),
    within5s,
  );
  expect(bench.slack.messages).toHaveLength(2);
});

it('sets a message back that shows more than a Redis which lost its last second', async () => {
  const key = 'op:op-7k3m9q2x';
  await bench.send();
  await bench.outbox.touch(key);
  await vi.waitFor(() => expect(bench.main()).toHaveLength(1), within5s);
  const older = (await own.redis.get(bench.keys.message(key))) ?? '';
  const [before, stood] = [bench.state, bench.main()[0]?.text];
  bench.state = seen('expired');
  await bench.outbox.touch(key);
  await vi.waitFor(() => expect(bench.main()[0]?.text).toContain('expired'), within5s);

  bench.state = before;
  await own.redis.set(bench.keys.message(key), older);
  await bench.outbox.touch(key);

  await vi.waitFor(() => expect(bench.main()[0]?.text).toBe(stood), within5s);
  await own.redis.del(bench.keys.message(key));
  bench.state = seen('expired');
  await bench.outbox.touch(key);
  await vi.waitFor(() => expect(bench.main()[0]?.text).toContain('expired'), within5s);
  expect(bench.main()).toHaveLength(1);
});

it('keeps what Slack could not take for the next process', async () => {
  bench.slack.failWith(() => ({ status: 503 }));
  await bench.send();
  await bench.outbox.touch('op:op-7k3m9q2x');
  await vi.waitFor(() => expect(bench.slack.calls.length).toBeGreaterThan(0), within5s);
  await bench.rest();
  bench.slack.failWith(() => undefined);

  await bench.send();

  await vi.waitFor(() => expect(bench.main()).toHaveLength(1), within5s);
});

it('posts a message anew that somebody deleted', async () => {
  await bench.send();
  await bench.outbox.touch('op:op-7k3m9q2x');
  await vi.waitFor(() => expect(bench.main()).toHaveLength(1), within5s);
  const [message] = bench.main();
  if (message) bench.slack.remove(message);

  bench.state = seen('expired');
  await bench.outbox.touch('op:op-7k3m9q2x');

  await vi.waitFor(() => expect(bench.main()[0]?.text).toContain('expired'), within5s);
});

it('posts one message anew when the answer to that is lost and another process goes on', async () => {
  const key = 'op:op-7k3m9q2x';
  const [one, other] = [bench.openSender(), bench.openSender()];
  await one.send(key);
  bench.state = seen('awaiting-approval');
  await vi.waitFor(() => other.send(key), within5s);
  const [message] = bench.main();
  if (message) bench.slack.remove(message);

  bench.state = seen('expired');
  bench.slack.failWith(({ method }) => (method === 'chat.postMessage' ? 'cut-after' : undefined));
  await vi.waitFor(async () => {
    await one.send(key).catch(() => undefined);
    expect(bench.main()).toHaveLength(1);
  }, within5s);
  bench.slack.failWith(() => undefined);
  await vi.waitFor(() => other.send(key), within5s);

  expect(bench.main()).toEqual([expect.objectContaining({ text: expect.stringContaining('expired') })]);
});

it('posts a message anew when a reply finds it deleted, and the reply below it', async () => {
  bench.slack.failWith(({ method, body }) => {
    const isThere = bench.slack.messages.some((one) => one.ts === body['thread_ts']);
    if (method !== 'chat.postMessage' || body['thread_ts'] === undefined || isThere) return undefined;
    return { status: 200, body: { ok: false, error: 'thread_not_found' } };
  });
  bench.state = seen('awaiting-approval');
  await bench.openSender().send('op:op-7k3m9q2x');
  const [message] = bench.main();
  if (message) bench.slack.remove(message);

  await bench.send();
  await bench.outbox.touch('note:op-7k3m9q2x:ask');

  const replies = () => bench.slack.messages.filter((one) => one.thread !== undefined);
  await vi.waitFor(() => expect(replies()).toHaveLength(1), within5s);
  expect(bench.main()).toHaveLength(1);
  expect(bench.main()[0]?.blocks).toContain('ams_approve');
  expect(replies()[0]?.thread).toBe(bench.main()[0]?.ts);
});

it.each([
  [7, 90],
  [365, 365],
  [0, 3_650],
])('with operations kept for %s days, keeps places of messages for %s', async (keepDays, days) => {
  const keys = new Keys(`places-${keepDays}`);

  await new Places(own.redis, keys, keepDays).write('op:op-kept', { ts: '1.2' });

  expect(await own.redis.ttl(keys.message('op:op-kept'))).toBeGreaterThan(days * 86_400 - 60);
  expect(await own.redis.ttl(keys.message('op:op-kept'))).toBeLessThanOrEqual(days * 86_400);
});
