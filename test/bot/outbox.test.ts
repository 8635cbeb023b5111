import { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pace } from '../../src/bot/outbox/pace.ts';
import { Places } from '../../src/bot/outbox/places.ts';
import { SendLater } from '../../src/bot/outbox/send-later.ts';
import { Sender } from '../../src/bot/outbox/sender.ts';
import { SharedPace } from '../../src/bot/outbox/shared-pace.ts';
import { startOutbox } from '../../src/bot/outbox/start.ts';
import type { OutboxWorker } from '../../src/bot/outbox/start.ts';
import type { Asked, OperationView } from '../../src/cluster/answers.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import type { Log } from '../../src/jobs/log.ts';
import { Outbox } from '../../src/jobs/outbox.ts';
import { seen } from './samples.ts';
import { startWebApi } from './slack-web-api.ts';
import { ownRedis } from '../support/own-redis.ts';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
const own = ownRedis();
let slack: Awaited<ReturnType<typeof startWebApi>>;
let outbox: Outbox;
let worker: OutboxWorker | undefined;
let state: OperationView;
let asked: Asked | undefined;
let keys: Keys;
let round = 0;
let tellRequester = true;
let doubtedBefore = 0;
/** How often the operation was read to be shown. */
let reads = 0;
let logged: object[] = [];

beforeEach(async () => {
  keys = new Keys(`outbox-${(round += 1)}`);
  slack = await startWebApi();
  state = seen('planned');
  asked = undefined;
  tellRequester = true;
  doubtedBefore = 0;
  logged = [];
  outbox = new Outbox({ connection: own.redis, keys, onError: () => undefined });
});
afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await outbox.close();
  await slack.close();
});

/** A bot process that sends. */
async function send(): Promise<void> {
  worker = startOutbox({ connection: own.redis, keys, sender: openSender(), log: quiet });
}

function openSender(
  pace = new SharedPace(own.redis, keys, new Pace(Date.now)),
  touched: (key: string) => void = () => undefined,
): Sender {
  const client = new WebClient('xoxb-test', {
    slackApiUrl: slack.url,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 2_000,
  });
  const places = new Places(own.redis, keys);
  const reader = {
    operation: () => {
      reads += 1;
      return Promise.resolve(state);
    },
    asked: () => Promise.resolve(asked),
    drift: () => Promise.resolve(undefined),
    wasShown: (id: string) => places.wasShown(id),
    tellRequester,
    now: Date.now,
    timeScale: 1,
  };
  return new Sender({
    client,
    places,
    reader,
    pace,
    unfinished: { note: () => undefined, over: () => undefined },
    pictures: { send: () => Promise.resolve() },
    homes: { publish: () => Promise.resolve(), touchAll: () => Promise.resolve() },
    log: { ...quiet, error: (fields) => logged.push(fields) },
    touch: (key) => {
      touched(key);
      return outbox.touch(key);
    },
    doubtedBefore: () => doubtedBefore,
  });
}

const main = () => slack.messages.filter((one) => one.thread === undefined && one.channel === 'C0OPS00001');
const within5s = { timeout: 5_000, interval: 20 };

it('sends at most one change a second of a message, and always the last state', async () => {
  await send();
  for (let at = 0; at < 60; at += 1) {
    state = seen('rejected', { cluster: `live-${at}` });
    await outbox.touch('op:op-7k3m9q2x');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  await vi.waitFor(() => expect(main()[0]?.text).toContain('live-59'), within5s);
  const updates = slack.calls.filter((call) => call.method === 'chat.update').map((call) => call.at);
  expect(main()).toHaveLength(1);
  expect(updates.length).toBeGreaterThan(0);
  for (const [at, time] of updates.entries())
    if (at > 0) expect(time - (updates[at - 1] ?? 0)).toBeGreaterThan(950);
});

it('reads nothing for a message that has no turn yet, and posts it with its first', async () => {
  const pace = new SharedPace(own.redis, keys, new Pace(Date.now));
  const sender = openSender(pace);
  await pace.silence('post:C0OPS00001', 1_500);
  reads = 0;
  for (let at = 0; at < 3; at += 1) await expect(sender.send('op:op-7k3m9q2x')).rejects.toThrow(SendLater);
  expect(reads).toBe(1);

  await vi.waitFor(() => sender.send('op:op-7k3m9q2x'), within5s);
  expect(reads).toBe(2);
  expect(main()).toHaveLength(1);
});

it('posts the answer to a question before the news of many operations', async () => {
  const sender = openSender();
  asked = {
    id: 'q-1',
    askedAt: Date.now(),
    question: { kind: 'clusters' },
    requester: { ...state.operation.requester },
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

  expect(main()).toHaveLength(sent.length + 1);
});

it('does not send the same again', async () => {
  await send();
  await outbox.touch('op:op-7k3m9q2x');
  await vi.waitFor(() => expect(main()).toHaveLength(1), within5s);

  await outbox.touch('op:op-7k3m9q2x');
  await outbox.touch('op:other');

  await vi.waitFor(() => expect(main()).toHaveLength(2), within5s);
  expect(slack.calls.filter((call) => call.method === 'chat.update')).toHaveLength(0);
});

it('posts once when the answer to the post is lost', async () => {
  let cut = true;
  slack.failWith((call) => {
    if (call.method !== 'chat.postMessage' || !cut) return undefined;
    cut = false;
    return 'cut-after';
  });
  await send();
  await outbox.touch('op:op-7k3m9q2x');

  await vi.waitFor(
    async () => expect((await new Places(own.redis, keys).read('op:op-7k3m9q2x')).ts).toBeDefined(),
    within5s,
  );
  expect(main()).toHaveLength(1);
});

it('finds what a killed process had posted before it could write that down', async () => {
  const key = 'op:op-7k3m9q2x';
  await send();
  await outbox.touch(key);
  await vi.waitFor(() => expect(main()).toHaveLength(1), within5s);
  await worker?.close();
  await new Places(own.redis, keys).write(key, { channel: 'C0OPS00001', postingSince: Date.now() });

  state = seen('expired');
  await send();
  await outbox.touch(key);

  await vi.waitFor(() => expect(main()[0]?.text).toContain('expired'), within5s);
  expect(main()).toHaveLength(1);
});

it('finds messages and replies of which Redis has lost every trace, from another process', async () => {
  const keysOf = ['op:op-7k3m9q2x', 'note:op-7k3m9q2x:ask'];
  const createdAt = Date.now();
  state = seen('awaiting-approval', { createdAt });
  await send();
  await outbox.touch(keysOf[0] ?? '');
  await vi.waitFor(() => expect(slack.messages).toHaveLength(2), within5s);
  await worker?.close();
  for (const key of keysOf) await own.redis.del(keys.message(key));

  doubtedBefore = Date.now() + 1;
  state = seen('awaiting-approval', { createdAt, cluster: 'other' });
  await send();
  await outbox.touch(keysOf[0] ?? '');

  await vi.waitFor(() => expect(main()[0]?.text).toContain('other'), within5s);
  await vi.waitFor(
    async () => expect(await own.redis.exists(keys.message(keysOf[1] ?? ''))).toBe(1),
    within5s,
  );
  expect(slack.messages).toHaveLength(2);
});

it('sets a message back that shows more than a Redis which lost its last second', async () => {
  const key = 'op:op-7k3m9q2x';
  await send();
  await outbox.touch(key);
  await vi.waitFor(() => expect(main()).toHaveLength(1), within5s);
  const older = (await own.redis.get(keys.message(key))) ?? '';
  const [before, stood] = [state, main()[0]?.text];
  state = seen('expired');
  await outbox.touch(key);
  await vi.waitFor(() => expect(main()[0]?.text).toContain('expired'), within5s);

  state = before;
  await own.redis.set(keys.message(key), older);
  await outbox.touch(key);

  await vi.waitFor(() => expect(main()[0]?.text).toBe(stood), within5s);
  await own.redis.del(keys.message(key));
  state = seen('expired');
  await outbox.touch(key);
  await vi.waitFor(() => expect(main()[0]?.text).toContain('expired'), within5s);
  expect(main()).toHaveLength(1);
});

it('waits as long as a 429 asks, and loses nothing', async () => {
  let limited = true;
  slack.failWith(() =>
    limited
      ? { status: 429, headers: { 'retry-after': '1' }, body: { ok: false, error: 'ratelimited' } }
      : undefined,
  );
  await send();
  await outbox.touch('op:op-7k3m9q2x');
  await vi.waitFor(() => expect(slack.calls.length).toBeGreaterThan(0), within5s);
  limited = false;

  await vi.waitFor(() => expect(main()).toHaveLength(1), within5s);
  const [first, second] = slack.calls;
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(900);
});

it.each(['rate_limited', 'ratelimited', 'message_limit_exceeded'])(
  'tries again when Slack answers %s without a 429',
  async (error) => {
    slack.failWith(() => ({ status: 200, body: { ok: false, error } }));
    const sender = openSender();

    const sent = sender.send('op:op-7k3m9q2x');

    await expect(sent).rejects.toMatchObject({ trouble: 'rate limited' });
    expect((await new Places(own.redis, keys).read('op:op-7k3m9q2x')).closed).toBeUndefined();
  },
);

it.each(['<!doctype html><h1>Sign in to the guest network</h1>', '', '[]', '{"ok":'])(
  'takes what a proxy answers in the place of Slack for no refusal: %j',
  async (body) => {
    const sender = openSender();
    slack.failWith(() => ({ status: 200, body }));
    await expect(sender.send('op:op-7k3m9q2x')).rejects.toThrow(SendLater);
    slack.failWith(() => undefined);

    await sender.send('op:op-7k3m9q2x');

    expect(main()).toHaveLength(1);
  },
);

it('keeps what Slack could not take for the next process', async () => {
  slack.failWith(() => ({ status: 503 }));
  await send();
  await outbox.touch('op:op-7k3m9q2x');
  await vi.waitFor(() => expect(slack.calls.length).toBeGreaterThan(0), within5s);
  await worker?.close();
  slack.failWith(() => undefined);

  await send();

  await vi.waitFor(() => expect(main()).toHaveLength(1), within5s);
});

it('posts a message anew that somebody deleted', async () => {
  await send();
  await outbox.touch('op:op-7k3m9q2x');
  await vi.waitFor(() => expect(main()).toHaveLength(1), within5s);
  const [message] = main();
  if (message) slack.remove(message);

  state = seen('expired');
  await outbox.touch('op:op-7k3m9q2x');

  await vi.waitFor(() => expect(main()[0]?.text).toContain('expired'), within5s);
});

it('falls back to plain blocks once Slack refuses newer ones', async () => {
  slack.failWith((call) =>
    call.body['blocks']?.includes('task_card') === true
      ? { status: 200, body: { ok: false, error: 'invalid_blocks' } }
      : undefined,
  );
  state = seen('running', { startedAt: Date.now() });
  await send();
  await outbox.touch('op:op-7k3m9q2x');

  await vi.waitFor(() => expect(main()[0]?.blocks).toContain('VPC live-vpc'), within5s);
  expect(main()[0]?.blocks).not.toContain('task_card');
});

it('writes to the requester when the channel is closed to it, saying how to invite it', async () => {
  slack.failWith((call) =>
    call.method === 'chat.postMessage' && call.body['channel'] === 'C0OPS00001'
      ? { status: 200, body: { ok: false, error: 'not_in_channel' } }
      : undefined,
  );
  await send();
  await outbox.touch('op:op-7k3m9q2x');

  await vi.waitFor(() => expect(slack.messages[0]).toMatchObject({ channel: 'DU0ALICE001' }), within5s);
  expect(slack.messages[0]?.blocks).toContain('/invite');
  state = seen('awaiting-approval');
  await outbox.touch('op:op-7k3m9q2x');
  await vi.waitFor(() => expect(slack.messages[0]?.blocks).toContain('ams_approve'), within5s);
});

it.each([
  'team_added_to_org',
  'update_failed',
  'external_channel_migrating',
  'ekm_access_denied',
  'access_denied',
])('tries again what Slack refuses for a while in other words: %s', async (error) => {
  const sender = openSender();
  slack.failWith(() => ({ status: 200, body: { ok: false, error } }));
  await expect(sender.send('op:op-7k3m9q2x')).rejects.toMatchObject({ trouble: error });
  slack.failWith(() => undefined);
  await sender.send('op:op-7k3m9q2x');
  const place = await new Places(own.redis, keys).read('op:op-7k3m9q2x');
  await new Places(own.redis, keys).write('op:op-7k3m9q2x', { ...place, sentAt: 1 });

  state = seen('expired');
  slack.failWith(() => ({ status: 200, body: { ok: false, error } }));
  await expect(openSender().send('op:op-7k3m9q2x')).rejects.toMatchObject({ trouble: error });
  slack.failWith(() => undefined);
  await openSender().send('op:op-7k3m9q2x');

  expect(main()).toEqual([expect.objectContaining({ text: expect.stringContaining('expired') })]);
});

it('posts a message anew when a reply finds it deleted, and the reply below it', async () => {
  slack.failWith(({ method, body }) => {
    const isThere = slack.messages.some((one) => one.ts === body['thread_ts']);
    if (method !== 'chat.postMessage' || body['thread_ts'] === undefined || isThere) return undefined;
    return { status: 200, body: { ok: false, error: 'thread_not_found' } };
  });
  state = seen('awaiting-approval');
  await openSender().send('op:op-7k3m9q2x');
  const [message] = main();
  if (message) slack.remove(message);

  await send();
  await outbox.touch('note:op-7k3m9q2x:ask');

  const replies = () => slack.messages.filter((one) => one.thread !== undefined);
  await vi.waitFor(() => expect(replies()).toHaveLength(1), within5s);
  expect(main()).toHaveLength(1);
  expect(main()[0]?.blocks).toContain('ams_approve');
  expect(replies()[0]?.thread).toBe(main()[0]?.ts);
});

it('tells in the thread what happened first before what happened then, whichever Slack takes at once', async () => {
  let refused = 0;
  slack.failWith(({ method, body }) => {
    if (method !== 'chat.postMessage' || !/Started/.test(body['text'] ?? '') || refused > 1) return undefined;
    refused += 1;
    return { status: 503 };
  });
  state = seen('succeeded', { startedAt: Date.now() - 1_000, endedAt: Date.now(), outcome: { notes: [] } });
  await send();
  await outbox.touch('op:op-7k3m9q2x');

  const replies = () => slack.messages.filter((one) => one.thread !== undefined).map((one) => one.text);
  await vi.waitFor(() => expect(replies()).toHaveLength(2), within5s);
  expect(replies()).toEqual([expect.stringContaining('Started'), expect.stringContaining('Done')]);
});

it('reads nothing again and again for a reply whose turn comes after another one', async () => {
  state = seen('succeeded', { startedAt: Date.now() - 1_000, endedAt: Date.now(), outcome: { notes: [] } });
  const touched: string[] = [];
  const sender = openSender(undefined, (key) => touched.push(key));
  const [main, started, done] = ['op:op-7k3m9q2x', 'note:op-7k3m9q2x:started', 'note:op-7k3m9q2x:succeeded'];
  await sender.send(main);
  touched.length = 0;

  await sender.send(done);
  expect(touched).toEqual([started]);
  await sender.send(started);
  expect(touched).toEqual([started, done]);
});

it('names a message in the log that Slack takes nowhere, in a field that is not hidden', async () => {
  slack.failWith(() => ({ status: 200, body: { ok: false, error: 'msg_too_long' } }));

  await openSender().send('op:op-7k3m9q2x');

  expect(logged).toEqual([{ message: 'op:op-7k3m9q2x', error: 'msg_too_long' }]);
});

it('calls the approvers by a reply, and tells start and end in the thread and to the requester', async () => {
  await send();
  state = seen('awaiting-approval');
  await outbox.touch('op:op-7k3m9q2x');
  await vi.waitFor(
    () =>
      expect(
        slack.messages.some((one) => one.thread !== undefined && one.text.includes('<@U0BOB00001>')),
      ).toBe(true),
    within5s,
  );

  state = seen('succeeded', {
    startedAt: Date.now() - 1_000,
    endedAt: Date.now(),
    outcome: { publishUrl: 'https://live.example.com/', notes: [] },
  });
  await outbox.touch('op:op-7k3m9q2x');

  await vi.waitFor(() => {
    expect(slack.messages.filter((one) => one.thread !== undefined)).toHaveLength(3);
    expect(slack.messages.filter((one) => one.channel === 'DU0ALICE001')).toHaveLength(1);
  }, within5s);
});

it('whispers a problem to whoever asked', async () => {
  asked = {
    id: 'ask-1',
    question: { kind: 'clusters' },
    requester: { user: 'U0ALICE001', channel: 'C0OPS00001', text: '' },
    askedAt: 1,
    answer: { kind: 'problem', problem: { code: 'x', message: 'No answer.', hint: 'Try again.' } },
  };
  await send();
  await outbox.touch('ask:ask-1');

  await vi.waitFor(
    () => expect(slack.calls.map((call) => call.method)).toEqual(['chat.postEphemeral']),
    within5s,
  );
  expect(slack.calls[0]?.body).toMatchObject({ user: 'U0ALICE001', channel: 'C0OPS00001' });
});

describe('what only who asked has to read', () => {
  const whispers = () =>
    slack.calls.filter((call) => call.method === 'chat.postEphemeral').map((call) => call.body);

  it('is a request that is being planned; its plan is for all', async () => {
    state = seen('draft');
    await send();
    await outbox.touch('op:op-7k3m9q2x');
    await vi.waitFor(() => expect(whispers()).toHaveLength(1), within5s);
    await outbox.touch('op:op-7k3m9q2x');
    await outbox.touch('op:other');
    await vi.waitFor(() => expect(whispers()).toHaveLength(2), within5s);
    expect(main()).toHaveLength(0);

    state = seen('awaiting-approval');
    await outbox.touch('op:op-7k3m9q2x');

    await vi.waitFor(() => expect(main()).toHaveLength(1), within5s);
    expect(whispers()).toHaveLength(2);
    expect(whispers()[0]).toMatchObject({ user: 'U0ALICE001', channel: 'C0OPS00001' });
  });

  it.each(['user_not_in_channel', 'not_in_channel'])(
    'comes as a plain direct message when the channel does not take it (%s); the plan is for all as ever',
    async (error) => {
      slack.failWith((call) =>
        call.method === 'chat.postEphemeral' ? { status: 200, body: { ok: false, error } } : undefined,
      );
      state = seen('draft');
      await send();
      await outbox.touch('op:op-7k3m9q2x');
      await vi.waitFor(() => expect(slack.messages).toHaveLength(1), within5s);
      expect(slack.messages[0]).toMatchObject({ channel: 'DU0ALICE001' });
      expect(slack.messages[0]?.blocks).not.toContain('may not write');

      state = seen('awaiting-approval');
      await outbox.touch('op:op-7k3m9q2x');

      await vi.waitFor(() => expect(main()[0]?.blocks).toContain('ams_approve'), within5s);
      expect(slack.messages.filter((one) => one.channel === 'DU0ALICE001')).toHaveLength(1);
    },
  );

  it('is a refusal of the checks before approval', async () => {
    const problems = [{ code: 'zone', message: 'Zone z sells no c7.', hint: 'Take y.' }];
    state = seen('refused', { plan: undefined, problems });
    await send();
    await outbox.touch('op:op-7k3m9q2x');

    await vi.waitFor(() => expect(JSON.stringify(whispers())).toContain('Zone z sells no c7.'), within5s);
    expect(slack.messages).toHaveLength(0);
  });

  it('is not the refusal of a plan that all have seen', async () => {
    await send();
    await outbox.touch('op:op-7k3m9q2x');
    await vi.waitFor(() => expect(main()).toHaveLength(1), within5s);

    state = seen('refused', {
      problems: [{ code: 'zone', message: 'Zone z sells no c7.', hint: 'Take y.' }],
    });
    await outbox.touch('op:op-7k3m9q2x');

    await vi.waitFor(() => expect(main()[0]?.text).toContain('Zone z sells no c7.'), within5s);
    expect(whispers()).toHaveLength(0);
  });
});

it('tells the thread and the requester that what was approved did not start after all', async () => {
  await send();
  state = seen('refused', {
    decisions: [{ user: 'U0BOB00001', verdict: 'approve', at: Date.now() }],
    problems: [{ code: 'zone', message: 'Zone z sells no c7 any more.', hint: 'Take y.' }],
  });
  await outbox.touch('op:op-7k3m9q2x');

  await vi.waitFor(() => expect(slack.messages).toHaveLength(3), within5s);
  const told = (here: (one: (typeof slack.messages)[number]) => boolean) =>
    slack.messages.filter(here).map((one) => one.text);
  expect(told((one) => one.thread !== undefined)).toEqual([
    expect.stringMatching(/did not start.*last look before the start(.|\n)*Zone z sells no c7 any more/),
  ]);
  expect(told((one) => one.channel === 'DU0ALICE001')).toEqual([
    expect.stringMatching(/was approved and did not start, see <#C0OPS00001>(.|\n)*Zone z sells/),
  ]);
  expect(main()[0]?.blocks).toContain('It was approved, and the last look before the start found this');
});

it('keeps the end from the requester’s private messages where that is switched off', async () => {
  tellRequester = false;
  await send();
  state = seen('succeeded', { startedAt: Date.now() - 1_000, endedAt: Date.now(), outcome: { notes: [] } });
  await outbox.touch('op:op-7k3m9q2x');

  await vi.waitFor(
    () => expect(slack.messages.filter((one) => one.thread !== undefined)).toHaveLength(2),
    within5s,
  );
  expect(slack.messages.filter((one) => one.channel === 'DU0ALICE001')).toEqual([]);
});
