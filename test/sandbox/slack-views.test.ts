import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebClient } from '@slack/web-api';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { startSlack } from '../../sandbox/slack/server.ts';
import type { SlackServer } from '../../sandbox/slack/server.ts';
import { form } from './slack-bolt.ts';

const options = {
  users: [{ id: 'UA', name: 'alice', realName: 'Alice' }],
  channels: [{ id: 'C1', name: 'ops', members: ['UA'] }],
};
let slack: SlackServer;
let client: WebClient;

beforeAll(async () => {
  slack = await startSlack({ ...options, triggerLifeMs: 400 });
  client = new WebClient(slack.settings.botToken, { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } });
});
afterEach(() => slack.reset());
afterAll(() => slack.close());

/** A trigger_id as a command gives one; nobody listens here, so the command itself fails. */
async function trigger(): Promise<string> {
  const { delivery } = await slack.as('UA').command('x');
  return String(delivery.payload['trigger_id']);
}

test('a trigger is refused after its life', async () => {
  const id = await trigger();
  const spent = performance.now();
  await vi.waitUntil(() => performance.now() - spent > 450, { timeout: 5000 });

  await expect(client.views.open({ trigger_id: id, view: form('') })).rejects.toThrow('expired_trigger_id');
});

test('three views lie on each other, a fourth is refused', async () => {
  await client.views.open({ trigger_id: await trigger(), view: form('') });
  await client.views.push({ trigger_id: await trigger(), view: form('') });
  await client.views.push({ trigger_id: await trigger(), view: form('') });

  await expect(client.views.push({ trigger_id: await trigger(), view: form('') })).rejects.toThrow(
    'push_limit_reached',
  );
});

test('an update with an old hash is refused, and entered values survive a good one', async () => {
  const { view } = await client.views.open({ trigger_id: await trigger(), view: form('') });
  const alice = slack.as('UA');
  const open = alice.openView();
  if (open === undefined) throw new Error('no view is open');
  await alice.fill(open, { name: 'live' });
  const id = { view_id: view?.id ?? '', hash: view?.hash ?? '', view: form('two') };
  await client.views.update(id);

  await expect(client.views.update(id)).rejects.toThrow('hash_conflict');
  expect(alice.openView()).toMatchObject({
    private_metadata: 'two',
    state: { values: { name: { v: { value: 'live' } } } },
  });
  expect(slack.render(alice.openView() ?? open)).toContain('[live]');
});

test('a view with mistakes is refused and the trigger is not spent', async () => {
  const id = await trigger();
  const wrong = { ...form(''), title: { type: 'plain_text' as const, text: 'x'.repeat(30) } };

  await expect(client.views.open({ trigger_id: id, view: wrong })).rejects.toThrow('invalid_arguments');
  await client.views.open({ trigger_id: id, view: form('') });
});

test('an event nobody takes is sent again with its number and reason, until no-retry is said', async () => {
  const tries: string[] = [];
  const app = createServer((request, response) => {
    request.resume();
    tries.push(
      `${String(request.headers['x-slack-retry-num'])} ${String(request.headers['x-slack-retry-reason'])}`,
    );
    response.writeHead(500, tries.length === 3 ? { 'x-slack-no-retry': '1' } : {}).end();
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  const requestUrl = `http://127.0.0.1:${(app.address() as AddressInfo).port}/slack/events`;
  const http = await startSlack({
    ...options,
    events: ['app_mention'],
    requestUrl,
    eventRetryDelaysMs: [0, 0, 0],
  });
  await http.as('UA').mention('ops', 'hello');

  await vi.waitFor(() => expect(tries).toEqual(['undefined undefined', '1 http_error', '2 http_error']));
  await http.close();
  app.close();
});
