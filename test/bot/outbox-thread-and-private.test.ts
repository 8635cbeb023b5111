import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

it('tells in the thread what happened first before what happened then, whichever Slack takes at once', async () => {
  let refused = 0;
  bench.slack.failWith(({ method, body }) => {
    if (method !== 'chat.postMessage' || !/Started/.test(body['text'] ?? '') || refused > 1) return undefined;
    refused += 1;
    return { status: 503 };
  });
  bench.state = seen('succeeded', {
    startedAt: Date.now() - 1_000,
    endedAt: Date.now(),
    outcome: { notes: [] },
  });
  await bench.send();
  await bench.outbox.touch('op:op-7k3m9q2x');

  const replies = () => bench.slack.messages.filter((one) => one.thread !== undefined).map((one) => one.text);
  await vi.waitFor(() => expect(replies()).toHaveLength(2), within5s);
  expect(replies()).toEqual([expect.stringContaining('Started'), expect.stringContaining('Done')]);
});

it('reads nothing again and again for a reply whose turn comes after another one', async () => {
  bench.state = seen('succeeded', {
    startedAt: Date.now() - 1_000,
    endedAt: Date.now(),
    outcome: { notes: [] },
  });
  const touched: string[] = [];
  const sender = bench.openSender(undefined, (key) => touched.push(key));
  const [main, started, done] = ['op:op-7k3m9q2x', 'note:op-7k3m9q2x:started', 'note:op-7k3m9q2x:succeeded'];
  await sender.send(main);
  touched.length = 0;

  await sender.send(done);
  expect(touched).toEqual([started]);
  await sender.send(started);
  expect(touched).toEqual([started, done]);
});

it('calls the approvers by a reply, and tells start and end in the thread and to the requester', async () => {
  await bench.send();
  bench.state = seen('awaiting-approval');
  await bench.outbox.touch('op:op-7k3m9q2x');
  await vi.waitFor(
    () =>
      expect(
        bench.slack.messages.some((one) => one.thread !== undefined && one.text.includes('<@U0BOB00001>')),
      ).toBe(true),
    within5s,
  );

  bench.state = seen('succeeded', {
    startedAt: Date.now() - 1_000,
    endedAt: Date.now(),
    outcome: { publishUrl: 'https://live.example.com/', notes: [] },
  });
  await bench.outbox.touch('op:op-7k3m9q2x');

  await vi.waitFor(() => {
    expect(bench.slack.messages.filter((one) => one.thread !== undefined)).toHaveLength(3);
    expect(bench.slack.messages.filter((one) => one.channel === 'DU0ALICE001')).toHaveLength(1);
  }, within5s);
});

it('asks Slack once for where the private messages of a person are', async () => {
  const sender = bench.openSender();
  const end = { endedAt: Date.now(), decisions: [] };
  for (const state of ['expired', 'rejected'] as const) {
    bench.state = seen(state, end);
    await sender.send(`end:op-7k3m9q2x:${state}-1`);
  }

  const methods = bench.slack.calls.map((call) => call.method);
  expect(methods.filter((method) => method === 'conversations.open')).toHaveLength(1);
  expect(bench.slack.messages.map((one) => one.channel)).toEqual(['DU0ALICE001', 'DU0ALICE001']);
});

it('whispers a problem to whoever asked', async () => {
  bench.asked = {
    id: 'ask-1',
    question: { kind: 'clusters' },
    requester: { user: 'U0ALICE001', channel: 'C0OPS00001', text: '' },
    askedAt: 1,
    answer: { kind: 'problem', problem: { code: 'x', message: 'No answer.', hint: 'Try again.' } },
  };
  await bench.send();
  await bench.outbox.touch('ask:ask-1');

  await vi.waitFor(
    () => expect(bench.slack.calls.map((call) => call.method)).toEqual(['chat.postEphemeral']),
    within5s,
  );
  expect(bench.slack.calls[0]?.body).toMatchObject({ user: 'U0ALICE001', channel: 'C0OPS00001' });
});

describe('what only who asked has to read', () => {
  const whispers = () =>
    bench.slack.calls.filter((call) => call.method === 'chat.postEphemeral').map((call) => call.body);

  it('is a request that is being planned; its plan is for all', async () => {
    bench.state = seen('draft');
    await bench.send();
    await bench.outbox.touch('op:op-7k3m9q2x');
    await vi.waitFor(() => expect(whispers()).toHaveLength(1), within5s);
    await bench.outbox.touch('op:op-7k3m9q2x');
    await bench.outbox.touch('op:other');
    await vi.waitFor(() => expect(whispers()).toHaveLength(2), within5s);
    expect(bench.main()).toHaveLength(0);

    bench.state = seen('awaiting-approval');
    await bench.outbox.touch('op:op-7k3m9q2x');

    await vi.waitFor(() => expect(bench.main()).toHaveLength(1), within5s);
    expect(whispers()).toHaveLength(2);
    expect(whispers()[0]).toMatchObject({ user: 'U0ALICE001', channel: 'C0OPS00001' });
  });

  it.each(['user_not_in_channel', 'not_in_channel'])(
    'comes as a plain direct message when the channel does not take it (%s); the plan is for all as ever',
    async (error) => {
      bench.slack.failWith((call) =>
        call.method === 'chat.postEphemeral' ? { status: 200, body: { ok: false, error } } : undefined,
      );
      bench.state = seen('draft');
      await bench.send();
      await bench.outbox.touch('op:op-7k3m9q2x');
      await vi.waitFor(() => expect(bench.slack.messages).toHaveLength(1), within5s);
      expect(bench.slack.messages[0]).toMatchObject({ channel: 'DU0ALICE001' });
      expect(bench.slack.messages[0]?.blocks).not.toContain('may not write');

      bench.state = seen('awaiting-approval');
      await bench.outbox.touch('op:op-7k3m9q2x');

      await vi.waitFor(() => expect(bench.main()[0]?.blocks).toContain('ams_approve'), within5s);
      expect(bench.slack.messages.filter((one) => one.channel === 'DU0ALICE001')).toHaveLength(1);
    },
  );

  it('comes once as a direct message, although the answer to that is lost', async () => {
    let isCut = false;
    bench.slack.failWith(({ method }) => {
      if (method === 'chat.postEphemeral')
        return { status: 200, body: { ok: false, error: 'not_in_channel' } };
      if (method !== 'chat.postMessage' || isCut) return undefined;
      isCut = true;
      return 'cut-after';
    });
    bench.state = seen('draft');
    const sender = bench.openSender();
    await expect(sender.send('op:op-7k3m9q2x')).rejects.toThrow(SendLater);

    await sender.send('op:op-7k3m9q2x');
    await sender.send('op:op-7k3m9q2x');

    expect(bench.slack.messages.map((one) => one.channel)).toEqual(['DU0ALICE001']);
  });

  it('is a refusal of the checks before approval', async () => {
    const problems = [{ code: 'zone', message: 'Zone z sells no c7.', hint: 'Take y.' }];
    bench.state = seen('refused', { plan: undefined, problems });
    await bench.send();
    await bench.outbox.touch('op:op-7k3m9q2x');

    await vi.waitFor(() => expect(JSON.stringify(whispers())).toContain('Zone z sells no c7.'), within5s);
    expect(bench.slack.messages).toHaveLength(0);
  });

  it('is not the refusal of a plan that all have seen', async () => {
    await bench.send();
    await bench.outbox.touch('op:op-7k3m9q2x');
    await vi.waitFor(() => expect(bench.main()).toHaveLength(1), within5s);

    bench.state = seen('refused', {
      problems: [{ code: 'zone', message: 'Zone z sells no c7.', hint: 'Take y.' }],
    });
    await bench.outbox.touch('op:op-7k3m9q2x');

    await vi.waitFor(() => expect(bench.main()[0]?.text).toContain('Zone z sells no c7.'), within5s);
    expect(whispers()).toHaveLength(0);
  });
});

it('tells the thread and the requester that what was approved did not start after all', async () => {
  await bench.send();
  bench.state = seen('refused', {
    decisions: [{ user: 'U0BOB00001', verdict: 'approve', at: Date.now() }],
    problems: [{ code: 'zone', message: 'Zone z sells no c7 any more.', hint: 'Take y.' }],
  });
  await bench.outbox.touch('op:op-7k3m9q2x');

  await vi.waitFor(() => expect(bench.slack.messages).toHaveLength(3), within5s);
  const told = (here: (one: (typeof bench.slack.messages)[number]) => boolean) =>
    bench.slack.messages.filter(here).map((one) => one.text);
  expect(told((one) => one.thread !== undefined)).toEqual([
    expect.stringMatching(/did not start.*last look before the start(.|\n)*Zone z sells no c7 any more/),
  ]);
  expect(told((one) => one.channel === 'DU0ALICE001')).toEqual([
    expect.stringMatching(/asked for in <#C0OPS00001>, was approved and did not start(.|\n)*Zone z sells/),
  ]);
  expect(bench.main()[0]?.blocks).toContain('It was approved, and the last look before the start found this');
});

it('keeps the end from the requester’s private messages where that is switched off', async () => {
  bench.tellRequester = false;
  await bench.send();
  bench.state = seen('succeeded', {
    startedAt: Date.now() - 1_000,
    endedAt: Date.now(),
    outcome: { notes: [] },
  });
  await bench.outbox.touch('op:op-7k3m9q2x');

  await vi.waitFor(
    () => expect(bench.slack.messages.filter((one) => one.thread !== undefined)).toHaveLength(2),
    within5s,
  );
  // Whatever was to be told in private is queued by now, and goes before this.
  const [places, later] = [new Places(own.redis, bench.keys), 'end:other:succeeded-1'] as const;
  await bench.outbox.touch(later);
  await vi.waitFor(async () => expect((await places.read(later)).ts).toBeDefined(), within5s);
  expect(bench.slack.messages.filter((one) => one.channel === 'DU0ALICE001')).toHaveLength(1);
});
