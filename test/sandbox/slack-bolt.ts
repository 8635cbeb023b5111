import { App } from '@slack/bolt';
import type { SlackServer } from '../../sandbox/slack/server.ts';
import type { ModalView } from '@slack/types';

const text = (value: string) => ({ type: 'plain_text' as const, text: value });

/** A form with a name and a size; the name `taken` is refused. */
export function form(metadata: string): ModalView {
  return {
    type: 'modal',
    callback_id: 'form',
    title: text('New cluster'),
    submit: text('Create'),
    private_metadata: metadata,
    notify_on_close: true,
    blocks: [
      {
        type: 'input',
        block_id: 'name',
        label: text('Name'),
        element: { type: 'plain_text_input', action_id: 'v', max_length: 12 },
      },
      {
        type: 'input',
        block_id: 'size',
        label: text('Size'),
        element: {
          type: 'static_select',
          action_id: 'v',
          options: ['small', 'large'].map((one) => ({ text: text(one), value: one[0] ?? '' })),
        },
      },
      {
        type: 'input',
        block_id: 'zone',
        optional: true,
        label: text('Zone'),
        element: { type: 'external_select', action_id: 'zones', min_query_length: 0 },
      },
    ],
  };
}

/** A small but real bot: command, buttons, form, mention, home. `seen` counts what reached it. */
export function buildBot(slack: SlackServer, seen: string[], more: { appToken?: string } = {}): App {
  const { botToken, signingSecret } = slack.settings;
  const app = new App({
    token: botToken,
    ...(more.appToken === undefined ? { signingSecret } : { appToken: more.appToken, socketMode: true }),
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 2, minTimeout: 10 } },
    deferInitialization: true,
  });
  app.command('/ams', async ({ ack, command, client, respond }) => {
    seen.push(`command ${command.text}`);
    if (command.text === 'silent') return;
    if (command.text === 'form') {
      await ack();
      await client.views.open({ trigger_id: command.trigger_id, view: form(command.channel_id) });
      return;
    }
    if (command.text === 'loud') return ack({ response_type: 'in_channel', text: 'all see this' });
    await ack('on it');
    await respond('by response url');
    const button = { type: 'button' as const, action_id: 'approve', value: '7', text: text('Approve') };
    await client.chat.postMessage({
      channel: command.channel_id,
      text: 'plan',
      blocks: [{ type: 'actions', block_id: 'b', elements: [button] }],
    });
  });
  app.action('approve', async ({ ack, body, respond, client }) => {
    await ack();
    seen.push(`click ${body.user.id}`);
    if (body.type !== 'block_actions' || body.channel === undefined || body.message === undefined) return;
    await client.chat.update({
      channel: body.channel.id,
      ts: body.message.ts,
      text: `approved by <@${body.user.id}>`,
    });
    await respond({ text: 'thanks', response_type: 'ephemeral', replace_original: false });
  });
  app.view('form', async ({ ack, view, client }) => {
    const name = view.state.values['name']?.['v']?.value ?? '';
    if (name === 'taken') return ack({ response_action: 'errors', errors: { name: 'already taken' } });
    if (name === 'more')
      return ack({ response_action: 'update', view: { ...form(''), title: text('More') } });
    await ack();
    const { values } = view.state;
    const said = [
      name,
      values['size']?.['v']?.selected_option?.value,
      values['zone']?.['zones']?.selected_option?.value,
    ];
    await client.chat.postMessage({ channel: view.private_metadata, text: said.join(' ') });
  });
  app.view({ callback_id: 'form', type: 'view_closed' }, async ({ ack }) => {
    await ack();
    seen.push('closed');
  });
  app.options('zones', async ({ ack, options }) => {
    await ack({ options: [{ text: text(`zone ${options.value}`), value: options.value }] });
  });
  app.event('app_mention', async ({ event, client }) => {
    seen.push('mention');
    await client.chat.postMessage({ channel: event.channel, thread_ts: event.ts, text: 'you called' });
  });
  app.event('app_home_opened', async ({ event, client }) => {
    await client.views.publish({
      user_id: event.user,
      view: { type: 'home', blocks: [{ type: 'divider' }] },
    });
  });
  return app;
}
