import { WebClient } from '@slack/web-api';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { startSlack } from '../../sandbox/slack/server.ts';
import type { SlackServer } from '../../sandbox/slack/server.ts';

const channels = [
  { id: 'C1', name: 'ops', members: ['UA', 'UB'] },
  { id: 'C2', name: 'secret', private: true, members: ['UA'], botIsMember: false },
  { id: 'C3', name: 'old', members: ['UA'], archived: true },
  { id: 'C4', name: 'other', members: ['UA'], botIsMember: false },
];
const users = [
  { id: 'UA', name: 'alice', realName: 'Alice', email: 'alice@example.com' },
  { id: 'UB', name: 'bob', realName: 'Bob' },
];
const userGroups = [{ id: 'S1', handle: 'approvers', users: ['UA'] }];
/** More than the bot of the product has, but for posting where it is no member. */
export const scopes = [
  'chat:write',
  'usergroups:read',
  'users:read',
  'users:read.email',
  'channels:read',
  'channels:history',
  'im:write',
  'files:write',
];
/** A workspace with two people and four channels. */
export const options = { users, channels, userGroups, scopes };

/** A client that tries nothing again, with the token of the bot unless told. */
export function connect(server: SlackServer, token = server.settings.botToken): WebClient {
  return new WebClient(token, {
    slackApiUrl: server.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
}

/** The error code of a refused call, with the rest of the answer. */
export async function refusal(call: Promise<unknown>): Promise<{ error: string; [key: string]: unknown }> {
  try {
    await call;
  } catch (error) {
    return (error as { data: { error: string } }).data;
  }
  throw new Error('the call was not refused');
}

/** A Slack for the tests of a file, empty at the beginning of each, and a client of the bot. */
export function slackBench() {
  let slack: SlackServer;
  let client: WebClient;

  beforeAll(async () => {
    slack = await startSlack(options);
    client = connect(slack);
  });
  afterEach(() => slack.reset());
  afterAll(() => slack.close());

  return {
    get slack() {
      return slack;
    },
    get client() {
      return client;
    },
  };
}
