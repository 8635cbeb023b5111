import { ErrorCode } from '@slack/web-api';
import type { WebClient } from '@slack/web-api';
import { beforeAll, describe, expect, test } from 'vitest';
import { startSlack } from '../../sandbox/slack/server.ts';
import type { SlackServer } from '../../sandbox/slack/server.ts';
import { connect, options, refusal, scopes, slackBench } from './slack-api-bench.ts';

const own = slackBench();
let slack: SlackServer;
let client: WebClient;

beforeAll(() => {
  ({ slack, client } = own);
});

test('a message is posted with metadata, updated, found in history and deleted', async () => {
  const metadata = { event_type: 'op', event_payload: { id: '7' } };
  const posted = await client.chat.postMessage({ channel: '#ops', text: 'one', metadata });
  await client.chat.postMessage({ channel: 'C1', text: 'reply', thread_ts: posted.ts ?? '' });
  await client.chat.update({ channel: 'C1', ts: posted.ts ?? '', text: 'two' });

  const history = await client.conversations.history({ channel: 'C1', include_all_metadata: true });
  const replies = await client.conversations.replies({ channel: 'C1', ts: posted.ts ?? '' });
  expect(history.messages).toMatchObject([{ text: 'two', metadata, reply_count: 1 }]);
  expect(replies.messages?.map((one) => one.text)).toEqual(['two', 'reply']);

  await client.chat.delete({ channel: 'C1', ts: posted.ts ?? '' });
  expect(slack.messages('ops').map((one) => one.text)).toEqual(['reply']);
});

describe('refusals in the words of Slack', () => {
  test.each([
    ['not_in_channel', () => client.chat.postMessage({ channel: 'C4', text: 'x' })],
    ['channel_not_found', () => client.chat.postMessage({ channel: 'C2', text: 'x' })],
    ['is_archived', () => client.chat.postMessage({ channel: 'C3', text: 'x' })],
    ['no_text', () => client.chat.postMessage({ channel: 'C1', text: '' })],
    ['msg_too_long', () => client.chat.postMessage({ channel: 'C1', text: 'x'.repeat(40_001) })],
    ['message_not_found', () => client.chat.update({ channel: 'C1', ts: '1.2', text: 'x' })],
    [
      'user_not_in_channel',
      () =>
        client.chat
          .postEphemeral({ channel: 'C4', user: 'UA', text: 'x' })
          .catch(() => client.chat.postEphemeral({ channel: 'C1', user: 'UZ', text: 'x' })),
    ],
    [
      'invalid_trigger_id',
      () =>
        client.views.open({
          trigger_id: 'x',
          view: { type: 'modal', title: { type: 'plain_text', text: 'x' }, blocks: [{ type: 'divider' }] },
        }),
    ],
    ['unknown_method', () => client.apiCall('chat.shout')],
    ['invalid_auth', () => connect(slack, 'xoxb-wrong').auth.test()],
    ['not_allowed_token_type', () => client.apps.connections.open({})],
    ['not_allowed_token_type', () => connect(slack, slack.settings.appToken).auth.test()],
  ])('%s', async (code, call) => {
    expect((await refusal(call())).error).toBe(code);
  });

  test('blocks are refused with the place of each mistake', async () => {
    const answer = await refusal(
      client.chat.postMessage({ channel: 'C1', text: 'x', blocks: [{ type: 'header' }] as never }),
    );

    expect(answer).toMatchObject({
      error: 'invalid_blocks',
      response_metadata: { messages: ['[ERROR] missing required field: text [json-pointer:/blocks/0]'] },
    });
  });

  test("another's message cannot be updated", async () => {
    const { ts } = await slack.as('UA').sendMessage('ops', 'mine');

    expect((await refusal(client.chat.update({ channel: 'C1', ts, text: 'x' }))).error).toBe(
      'cant_update_message',
    );
  });

  test('a missing scope is named', async () => {
    const poor = await startSlack({ ...options, scopes: ['users:read'] });
    const answer = await refusal(connect(poor).chat.postMessage({ channel: 'C1', text: 'x' }));
    await poor.close();

    expect(answer).toMatchObject({ error: 'missing_scope', needed: 'chat:write', provided: 'users:read' });
  });
});

test('with chat:write.public the bot posts to public channels without being a member, and only to those', async () => {
  const free = await startSlack({ ...options, scopes: [...scopes, 'chat:write.public'] });
  const bot = connect(free);
  const posted = await bot.chat.postMessage({ channel: 'C4', text: 'one' });
  await bot.chat.update({ channel: 'C4', ts: posted.ts ?? '', text: 'two' });
  const hidden = await refusal(bot.chat.postMessage({ channel: 'C2', text: 'x' }));
  const unread = await refusal(bot.conversations.history({ channel: 'C4' }));
  const messages = free.messages('other').map((one) => one.text);
  await free.close();

  expect(messages).toEqual(['two']);
  expect(hidden.error).toBe('channel_not_found');
  expect(unread.error).toBe('not_in_channel');
});

test('people, groups and channels are listed', async () => {
  expect((await client.users.lookupByEmail({ email: 'alice@example.com' })).user?.id).toBe('UA');
  expect((await client.usergroups.users.list({ usergroup: 'S1' })).users).toEqual(['UA']);
  expect((await client.conversations.members({ channel: 'C1' })).members).toContain(
    slack.settings.bot.userId,
  );
  expect((await client.conversations.list()).channels?.map((one) => one.name)).toEqual([
    'ops',
    'old',
    'other',
  ]);
  const direct = await client.conversations.open({ users: 'UB' });
  await client.chat.postMessage({ channel: direct.channel?.id ?? '', text: 'hello' });
  expect(slack.dms('UB').map((one) => one.text)).toEqual(['hello']);
});

test('chat.postMessage over its burst is refused with Retry-After', async () => {
  const calls = Array.from({ length: 8 }, () => client.chat.postMessage({ channel: 'C1', text: 'x' }));
  const outcomes = await Promise.allSettled(calls);
  const refused = outcomes
    .filter((one) => one.status === 'rejected')
    .map((one) => one.reason as { code: string; retryAfter: number });

  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]).toMatchObject({ code: ErrorCode.RateLimitedError, retryAfter: 1 });
});

test('an answer cut after the work is lost while the message stands', async () => {
  slack.faults.set('chat.postMessage', { kind: 'cut', when: 'after' }, 1);

  await expect(client.chat.postMessage({ channel: 'C1', text: 'once' })).rejects.toThrow();
  expect(slack.messages('ops')).toHaveLength(1);

  slack.faults.set('chat.postMessage', { kind: 'cut', when: 'before' }, 1);
  await expect(client.chat.postMessage({ channel: 'C1', text: 'never' })).rejects.toThrow();
  expect(slack.messages('ops')).toHaveLength(1);
});

test('a whole outage ends when Slack is up again', async () => {
  slack.faults.down();
  await expect(client.auth.test()).rejects.toThrow();

  slack.faults.up();
  expect((await client.auth.test()).user_id).toBe(slack.settings.bot.userId);
});

test('the transcript reads like the channel', async () => {
  const { ts } = await client.chat.postMessage({
    channel: 'C1',
    text: 'x',
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: 'Create demo' } },
      {
        type: 'section',
        text: { type: 'mrkdwn', text: 'asked *by <@UA>* :rocket: &amp; co' },
        fields: [
          { type: 'mrkdwn', text: '*Nodes*' },
          { type: 'mrkdwn', text: '2' },
        ],
      },
      {
        type: 'plan',
        title: 'Steps',
        tasks: [{ type: 'task_card', task_id: '1', title: 'VPC', status: 'complete' }],
      },
      {
        type: 'table',
        rows: [
          ['node', 'state'],
          ['i-1', 'up'],
        ].map((row) => row.map((cell) => ({ type: 'raw_text', text: cell }))),
      },
      {
        type: 'actions',
        elements: [
          { type: 'button', text: { type: 'plain_text', text: 'Approve' } },
          { type: 'button', text: { type: 'plain_text', text: 'Reject' } },
        ],
      },
    ],
  });
  await slack.as('UB').sendMessage('ops', 'looks good', { threadTs: ts ?? '' });

  expect(slack.transcript('ops', { width: 44 })).toBe(
    [
      '── #ops ────────────────────────────────────',
      '',
      'ams  APP',
      '  Create demo',
      '  ───────────',
      '  asked by @alice :rocket: & co',
      '  Nodes                 2',
      '  Steps',
      '    ✓ VPC',
      '  node  state',
      '  ────  ─────',
      '  i-1   up',
      '  [Approve] [Reject]',
      '  │',
      '  │ bob',
      '  │   looks good',
      '',
    ].join('\n'),
  );
});
