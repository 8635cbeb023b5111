import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Places } from '../../src/bot/outbox/places.ts';
import { SendLater } from '../../src/bot/outbox/send-later.ts';
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

it('waits as long as a 429 asks, and loses nothing', async () => {
  let limited = true;
  bench.slack.failWith(() =>
    limited
      ? { status: 429, headers: { 'retry-after': '1' }, body: { ok: false, error: 'ratelimited' } }
      : undefined,
  );
  await bench.send();
  await bench.outbox.touch('op:op-7k3m9q2x');
  await vi.waitFor(() => expect(bench.slack.calls.length).toBeGreaterThan(0), within5s);
  limited = false;

  await vi.waitFor(() => expect(bench.main()).toHaveLength(1), within5s);
  const [first, second] = bench.slack.calls;
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(900);
});

it.each(['rate_limited', 'ratelimited', 'message_limit_exceeded'])(
  'tries again when Slack answers %s without a 429',
  async (error) => {
    bench.slack.failWith(() => ({ status: 200, body: { ok: false, error } }));
    const sender = bench.openSender();

    const sent = sender.send('op:op-7k3m9q2x');

    await expect(sent).rejects.toMatchObject({ trouble: 'rate limited' });
    expect((await new Places(own.redis, bench.keys).read('op:op-7k3m9q2x')).closed).toBeUndefined();
  },
);

it.each(['<!doctype html><h1>Sign in to the guest network</h1>', '', '[]', '{"ok":'])(
  'takes what a proxy answers in the place of Slack for no refusal: %j',
  async (body) => {
    const sender = bench.openSender();
    bench.slack.failWith(() => ({ status: 200, body }));
    await expect(sender.send('op:op-7k3m9q2x')).rejects.toThrow(SendLater);
    bench.slack.failWith(() => undefined);

    await sender.send('op:op-7k3m9q2x');

    expect(bench.main()).toHaveLength(1);
  },
);

it.each([
  'team_added_to_org',
  'update_failed',
  'external_channel_migrating',
  'ekm_access_denied',
  'access_denied',
])('tries again what Slack refuses for a while in other words: %s', async (error) => {
  const sender = bench.openSender();
  bench.slack.failWith(() => ({ status: 200, body: { ok: false, error } }));
  await expect(sender.send('op:op-7k3m9q2x')).rejects.toMatchObject({ trouble: error });
  bench.slack.failWith(() => undefined);
  await sender.send('op:op-7k3m9q2x');
  const place = await new Places(own.redis, bench.keys).read('op:op-7k3m9q2x');
  await new Places(own.redis, bench.keys).write('op:op-7k3m9q2x', { ...place, sentAt: 1 });

  bench.state = seen('expired');
  bench.slack.failWith(() => ({ status: 200, body: { ok: false, error } }));
  await expect(bench.openSender().send('op:op-7k3m9q2x')).rejects.toMatchObject({ trouble: error });
  bench.slack.failWith(() => undefined);
  await bench.openSender().send('op:op-7k3m9q2x');

  expect(bench.main()).toEqual([expect.objectContaining({ text: expect.stringContaining('expired') })]);
});

it('falls back to plain blocks once Slack refuses newer ones', async () => {
  bench.slack.failWith((call) =>
    call.body['blocks']?.includes('task_card') === true
      ? { status: 200, body: { ok: false, error: 'invalid_blocks' } }
      : undefined,
  );
  bench.state = seen('running', { startedAt: Date.now() });
  await bench.send();
  await bench.outbox.touch('op:op-7k3m9q2x');

  await vi.waitFor(() => expect(bench.main()[0]?.blocks).toContain('VPC live-vpc'), within5s);
  expect(bench.main()[0]?.blocks).not.toContain('task_card');
});

it('writes to the requester when the channel is closed to it, saying how to invite it', async () => {
  bench.slack.failWith((call) =>
    call.method === 'chat.postMessage' && call.body['channel'] === 'C0OPS00001'
      ? { status: 200, body: { ok: false, error: 'not_in_channel' } }
      : undefined,
  );
  await bench.send();
  await bench.outbox.touch('op:op-7k3m9q2x');

  await vi.waitFor(() => expect(bench.slack.messages[0]).toMatchObject({ channel: 'DU0ALICE001' }), within5s);
  expect(bench.slack.messages[0]?.blocks).toContain('/invite');
  bench.state = seen('awaiting-approval');
  await bench.outbox.touch('op:op-7k3m9q2x');
  await vi.waitFor(() => expect(bench.slack.messages[0]?.blocks).toContain('ams_approve'), within5s);
});

it('says how approvers find a plan that stays where they do not see it', async () => {
  bench.slack.failWith((call) =>
    call.method === 'chat.postMessage' && call.body['channel'] === 'C0OPS00001'
      ? { status: 200, body: { ok: false, error: 'channel_not_found' } }
      : undefined,
  );
  bench.state = seen('awaiting-approval');
  await bench.openSender().send('op:op-7k3m9q2x');

  expect(bench.slack.messages).toEqual([expect.objectContaining({ channel: 'DU0ALICE001' })]);
  expect(bench.slack.messages[0]?.blocks).toContain('on my *Home* page, or type `/ams approve op-7k3m9q2x`');
  bench.slack.messages.length = 0;
  bench.state = seen('planned');
  await new Places(own.redis, bench.keys).write('op:op-7k3m9q2x', {});
  await bench.openSender().send('op:op-7k3m9q2x');
  expect(bench.slack.messages[0]?.blocks).toContain('/invite');
  expect(bench.slack.messages[0]?.blocks).not.toContain('/ams approve');
});

it.each(['posting_to_general_channel_denied', 'restricted_action_thread_locked', 'a_word_of_tomorrow'])(
  'writes to the requester what the channel does not take for a reason of its own: %s',
  async (error) => {
    bench.slack.failWith((call) =>
      call.method === 'chat.postMessage' && call.body['channel'] === 'C0OPS00001'
        ? { status: 200, body: { ok: false, error } }
        : undefined,
    );

    await bench.openSender().send('op:op-7k3m9q2x');

    expect(bench.slack.messages).toEqual([expect.objectContaining({ channel: 'DU0ALICE001' })]);
    expect(bench.logged).toEqual([]);
  },
);

it('says in words alone what is too long for Slack, in a new message and in one that stands', async () => {
  bench.slack.failWith(({ body }) =>
    body['blocks'] !== undefined && body['blocks'] !== '[]'
      ? { status: 200, body: { ok: false, error: 'msg_too_long' } }
      : undefined,
  );
  await bench.openSender().send('op:op-7k3m9q2x');
  expect(bench.main()).toEqual([expect.objectContaining({ text: expect.stringContaining('Plan: ') })]);
  const places = new Places(own.redis, bench.keys);
  await places.write('op:op-7k3m9q2x', { ...(await places.read('op:op-7k3m9q2x')), sentAt: 1 });

  bench.state = seen('expired');
  await bench.openSender().send('op:op-7k3m9q2x');

  expect(bench.main()).toEqual([expect.objectContaining({ text: expect.stringContaining('expired') })]);
});

it('posts no message for each step where the workspace lets none be changed, and one for what is news', async () => {
  const places = new Places(own.redis, bench.keys);
  const sender = bench.openSender();
  bench.slack.failWith(({ method }) =>
    method === 'chat.update' ? { status: 200, body: { ok: false, error: 'edit_window_closed' } } : undefined,
  );
  const show = async (state: typeof bench.state) => {
    const place = await places.read('op:op-7k3m9q2x');
    await places.write('op:op-7k3m9q2x', { ...place, sentAt: 1 });
    bench.state = state;
    await sender.send('op:op-7k3m9q2x');
    return bench.main().length;
  };
  const startedAt = Date.now();
  const done = { vpc: { state: 'done', startedAt, endedAt: startedAt } } as const;

  expect(await show(seen('awaiting-approval'))).toBe(1);
  expect(await show(seen('approved'))).toBe(1);
  expect(await show(seen('running', { startedAt }, done))).toBe(1);
  expect(await show(seen('failed', { startedAt }, done))).toBe(2);
});

it('moves a message on whose channel was frozen', async () => {
  await bench.openSender().send('op:op-7k3m9q2x');
  const places = new Places(own.redis, bench.keys);
  await places.write('op:op-7k3m9q2x', { ...(await places.read('op:op-7k3m9q2x')), sentAt: 1 });
  bench.slack.failWith(({ method, body }) => {
    if (body['channel'] !== 'C0OPS00001') return undefined;
    const error = method === 'chat.update' ? 'is_inactive' : 'is_archived';
    return { status: 200, body: { ok: false, error } };
  });

  bench.state = seen('expired');
  await bench.openSender().send('op:op-7k3m9q2x');

  expect(bench.slack.messages.at(-1)).toMatchObject({
    channel: 'DU0ALICE001',
    text: expect.stringContaining('expired'),
  });
});

it('says what to do instead where it was asked in a direct message of others', async () => {
  const requester = { user: 'U0ALICE001', channel: 'D0OTHERS01', text: '/ams create-cluster live' };
  bench.state = seen('awaiting-approval', { requester });
  bench.slack.failWith((call) =>
    call.method === 'chat.postMessage' && call.body['channel'] === 'D0OTHERS01'
      ? { status: 200, body: { ok: false, error: 'channel_not_found' } }
      : undefined,
  );

  await bench.openSender().send('op:op-7k3m9q2x');

  expect(bench.slack.messages).toEqual([expect.objectContaining({ channel: 'DU0ALICE001' })]);
  expect(bench.slack.messages[0]?.blocks).toContain('Ask in a channel, and others see it too.');
  expect(bench.slack.messages[0]?.blocks).not.toContain('/invite');
});

it('names a message in the log that Slack takes nowhere, in a field that is not hidden', async () => {
  bench.slack.failWith(() => ({ status: 200, body: { ok: false, error: 'msg_too_long' } }));

  await bench.openSender().send('op:op-7k3m9q2x');

  expect(bench.logged).toEqual([{ message: 'op:op-7k3m9q2x', error: 'msg_too_long' }]);
});

it('gives up the replies with a message that Slack takes nowhere, instead of looking for their turn for ever', async () => {
  bench.state = seen('succeeded', {
    startedAt: Date.now() - 1_000,
    endedAt: Date.now(),
    outcome: { notes: [] },
  });
  bench.slack.failWith(() => ({ status: 200, body: { ok: false, error: 'is_archived' } }));
  const touched = ['op:op-7k3m9q2x'];
  const sender = bench.openSender(undefined, (key) => touched.push(key));
  for (let at = 0; at < Math.min(touched.length, 30); at += 1) await sender.send(touched[at] ?? '');

  expect(touched.length).toBeLessThan(30);
  expect(touched).toContain('note:op-7k3m9q2x:succeeded');
});
