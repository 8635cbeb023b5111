import { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Unfinished } from '../../src/bot/outbox/unfinished.ts';
import type { Log } from '../../src/jobs/log.ts';
import { seen } from './samples.ts';
import { startWebApi } from './slack-web-api.ts';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
const DAY_MS = 86_400_000;
const NOW = 1_900_000_000_000;
let slack: Awaited<ReturnType<typeof startWebApi>>;
let unfinished: Unfinished;

beforeEach(async () => {
  slack = await startWebApi();
  vi.useFakeTimers({ toFake: ['setInterval'] });
  unfinished = new Unfinished({
    client: new WebClient('xoxb-test', { slackApiUrl: slack.url, retryConfig: { retries: 0 } }),
    pace: { take: () => Promise.resolve(0), silence: () => Promise.resolve() },
    log: quiet,
    keepDays: 90,
    now: () => NOW,
    unknown: (ids) => Promise.resolve(ids),
    touch: () => Promise.resolve(),
  });
  unfinished.start();
});
afterEach(async () => {
  await unfinished.stop();
  vi.useRealTimers();
  await slack.close();
});

it('says of a record that is gone that it is lost, but not when it went because of its age', async () => {
  const failed = seen('failed').operation;
  unfinished.note({ ...failed, id: 'op-old', endedAt: NOW - 91 * DAY_MS }, 'C1', '1.1');
  unfinished.note({ ...failed, id: 'op-lost', endedAt: NOW - DAY_MS }, 'C1', '2.2');

  vi.advanceTimersByTime(10_000);
  await vi.waitFor(() => expect(slack.calls).toHaveLength(1), { timeout: 10_000 });
  await unfinished.stop();

  expect(slack.calls.map((call) => [call.method, call.body['ts']])).toEqual([['chat.update', '2.2']]);
});
