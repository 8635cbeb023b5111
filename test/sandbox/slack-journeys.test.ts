import type { AddressInfo } from 'node:net';
import type { App } from '@slack/bolt';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startSlack } from '../../sandbox/slack/server.ts';
import type { SlackServer } from '../../sandbox/slack/server.ts';
import { buildBot, form } from './slack-bolt.ts';

const options = {
  users: [
    { id: 'UA', name: 'alice', realName: 'Alice' },
    { id: 'UB', name: 'bob', realName: 'Bob' },
  ],
  channels: [{ id: 'C1', name: 'ops', members: ['UA', 'UB'] }],
  events: ['app_mention', 'app_home_opened'],
};

describe.each(['socket', 'http'])('a real Bolt app by %s', (way) => {
  const seen: string[] = [];
  let slack: SlackServer;
  let app: App;

  beforeAll(async () => {
    const http = way === 'http' ? { requestUrl: 'http://127.0.0.1:1/' } : {};
    slack = await startSlack({ ...options, ...http, eventRetryDelaysMs: [0, 0, 0] });
    app = buildBot(slack, seen, way === 'http' ? {} : { appToken: slack.settings.appToken });
    await app.init();
    const server = await app.start(0);
    if (way === 'http') {
      const { port } = (server as { address(): AddressInfo }).address();
      slack.setRequestUrl(`http://127.0.0.1:${port}/slack/events`);
    } else await slack.waitForSockets(1);
  });
  afterEach(() => {
    seen.length = 0;
    slack.reset();
  });
  afterAll(async () => {
    await app.stop();
    await slack.close();
  });

  test('a command is acknowledged, answered, approved by a click and by a second one', async () => {
    const reaction = await slack.as('UA').command('plan', { channel: 'ops' });
    const plan = await slack.waitForMessage((one) => one.text === 'plan');

    expect(reaction).toMatchObject({ acked: true });
    expect(slack.ephemerals('UA', 'ops').map((one) => one.text)).toEqual(['on it', 'by response url']);

    await slack.as('UB').click(plan, 'Approve');
    const approved = await slack.waitForMessage((one) => one.text === 'approved by <@UB>');
    await slack.waitForMessage((one) => one.text === 'thanks' && one.visible_to === 'UB');
    await slack.as('UA').click(plan, 'approve', { value: '7' });
    await slack.waitForMessage((one) => one.text === 'approved by <@UA>');

    await vi.waitFor(() => expect(slack.ephemerals('UA', 'ops').at(-1)?.text).toBe('thanks'));

    expect(approved.blocks).toBeUndefined();
    expect(seen).toEqual(['command plan', 'click UB', 'click UA']);
  });

  test('a form is refused by Slack, then by the app, then taken', async () => {
    const alice = slack.as('UA');
    await alice.command('form', { channel: 'ops' });
    await vi.waitFor(() => expect(alice.openView()).toBeDefined());
    const view = alice.openView();
    if (view === undefined) return;

    expect(await alice.submit(view, { Name: 'taken' })).toMatchObject({
      result: 'errors',
      errors: { size: expect.any(String) },
    });
    expect(await alice.submit(view, { Size: 'large' })).toMatchObject({
      result: 'errors',
      errors: { name: 'already taken' },
    });
    expect(await alice.submit(view, { Name: 'more' })).toMatchObject({
      result: 'updated',
      view: { title: { text: 'More' } },
    });
    expect(alice.openView()?.state.values['size']).toMatchObject({ v: { selected_option: { value: 'l' } } });
    alice.closeView();
    await vi.waitFor(() => expect(seen).toContain('closed'));

    await alice.command('form', { channel: 'ops' });
    await vi.waitFor(() => expect(alice.openView()).toBeDefined());
    const again = alice.openView();
    if (again === undefined) return;
    expect(await alice.submit(again, { name: 'live', size: 's', zone: 'b' })).toMatchObject({
      result: 'closed',
    });
    await slack.waitForMessage((one) => one.text === 'live s b');
    expect(alice.openView()).toBeUndefined();
  });

  test('a trigger works once, and not after its time', async () => {
    const alice = slack.as('UA');
    const { delivery } = await alice.command('form', { channel: 'ops' });
    await vi.waitFor(() => expect(alice.openView()).toBeDefined());
    const trigger = String(delivery.payload['trigger_id']);

    await expect(app.client.views.open({ trigger_id: trigger, view: form('C1') })).rejects.toThrow(
      'exchanged_trigger_id',
    );
  });

  test('the same command twice reaches the app twice', async () => {
    const reaction = await slack.as('UA').command('loud', { channel: 'ops' });
    await slack.redeliver(reaction);
    slack.faults.duplicateDeliveries();
    await slack.as('UA').command('loud', { channel: 'ops' });

    await vi.waitFor(() => expect(seen).toHaveLength(4));
    expect(slack.messages('ops').map((one) => one.text)).toContain('/ams loud');
  });

  test('a mention is answered in its thread, and the home tab is published', async () => {
    const asked = await slack.as('UB').mention('ops', 'hello');
    await slack.waitForMessage((one) => one.text === 'you called');
    await slack.as('UA').openHome();

    expect(slack.thread('ops', asked.ts).map((one) => one.text)).toEqual([
      `<@${slack.settings.bot.userId}> hello`,
      'you called',
    ]);
    await vi.waitFor(() => expect(slack.as('UA').home()?.type).toBe('home'));
  });

  test('a response URL takes five posts', async () => {
    const { delivery } = await slack.as('UA').command('plan', { channel: 'ops' });
    await slack.waitForMessage((one) => one.text === 'plan');
    const url = String(delivery.payload['response_url']);
    const post = () => fetch(url, { method: 'POST', body: JSON.stringify({ text: 'more' }) });
    const before = await Promise.all([post(), post(), post(), post()]);
    const after = await post();

    expect(before.map((one) => one.status)).toEqual([200, 200, 200, 200]);
    expect([after.status, await after.json()]).toEqual([404, { ok: false, error: 'used_url' }]);
  });

  test('a command nobody acknowledges ends after 3 s with what people then see', async () => {
    const reaction = await slack.as('UA').command('silent', { channel: 'ops' });

    expect(reaction.acked).toBe(false);
    expect(reaction.ms).toBeGreaterThan(2500);
    expect(slack.ephemerals('UA', 'ops')[0]?.text).toMatch(/^\/ams failed with the error/);
  });
});

test('a socket is refreshed, a command finds the other one, and a used ticket opens nothing', async () => {
  const slack = await startSlack(options);
  const open = async (): Promise<string> => {
    const headers = { authorization: `Bearer ${slack.settings.appToken}` };
    const answer = (await (
      await fetch(`${slack.apiUrl}apps.connections.open`, { method: 'POST', headers })
    ).json()) as { url: string };
    return answer.url;
  };
  const { WebSocket } = await import('ws');
  const url = await open();
  const frames: { type: string; reason?: string }[] = [];
  const first = new WebSocket(url);
  first.on('message', (text) => frames.push(JSON.parse(String(text))));
  await slack.waitForSockets(1);
  const reused = new WebSocket(url);
  const refused = await new Promise<string>((resolve) =>
    reused.on('error', (error) => resolve(error.message)),
  );

  slack.faults.refreshSockets('warning');
  await vi.waitFor(() => expect(frames.map((one) => one.reason ?? one.type)).toEqual(['hello', 'warning']));
  expect(refused).toContain('401');
  expect(await slack.as('UA').command('x')).toMatchObject({ acked: false, error: 'dispatch_failed' });

  const second = new WebSocket(await open());
  second.on('message', (text) => {
    const { envelope_id: id } = JSON.parse(String(text)) as { envelope_id?: string };
    if (id !== undefined) second.send(JSON.stringify({ envelope_id: id }));
  });
  await slack.waitForSockets(2);
  expect(await slack.as('UA').command('x')).toMatchObject({ acked: true });
  await slack.close();
});
