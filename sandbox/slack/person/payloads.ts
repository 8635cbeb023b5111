import { newId } from '../ids.ts';
import { jsonOf } from '../json.ts';
import type { Json } from '../json.ts';
import { shown } from '../messages.ts';
import type { Message, View } from '../types.ts';
import type { Channel, Workspace } from '../workspace.ts';

/** Where an element was: in a message of a channel, or in a view. */
export type Scene = { readonly channel: Channel; readonly message: Message } | { readonly view: View };

/** The old verification token: still sent, checked by nobody. */
const verificationToken = 'sandbox-verification-token';

/** The name payloads give a conversation: private ones are not named. */
function payloadName(channel: Channel): string {
  return { public: channel.name, private: 'privategroup', im: 'directmessage', mpim: channel.name }[
    channel.kind
  ];
}

/** The form fields of a slash command. Source: docs.slack.dev/interactivity/implementing-slash-commands. */
export function commandPayload(
  workspace: Workspace,
  user: string,
  channel: Channel,
  text: string,
  responseUrl: string,
): Json {
  const { team, bot, command } = workspace.settings;
  return {
    token: verificationToken,
    team_id: team.id,
    team_domain: team.domain,
    channel_id: channel.id,
    channel_name: payloadName(channel),
    user_id: user,
    user_name: workspace.nameOf(user),
    command,
    text,
    api_app_id: bot.appId,
    is_enterprise_install: 'false',
    response_url: responseUrl,
    trigger_id: workspace.newTrigger(user),
  };
}

function interaction(workspace: Workspace, type: string, user: string): Json {
  const { team, bot } = workspace.settings;
  const name = workspace.nameOf(user);
  return {
    type,
    user: { id: user, username: name, name, team_id: team.id },
    team: { id: team.id, domain: team.domain },
    enterprise: null,
    is_enterprise_install: false,
    api_app_id: bot.appId,
    token: verificationToken,
    trigger_id: workspace.newTrigger(user),
  };
}

function sceneFields(scene: Scene): Json {
  if ('view' in scene) {
    return { container: { type: 'view', view_id: scene.view.id }, view: jsonOf(structuredClone(scene.view)) };
  }
  const { channel, message } = scene;
  const ephemeral = message.is_ephemeral === true;
  return {
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: ephemeral,
      ...(message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts }),
    },
    channel: { id: channel.id, name: payloadName(channel) },
    // What only one person sees has no message in its payload.
    ...(ephemeral ? {} : { message: shown(message, true) }),
  };
}

/** A click or choice. Source: docs.slack.dev/reference/interaction-payloads/block_actions-payload. */
export function actionsPayload(
  workspace: Workspace,
  user: string,
  scene: Scene,
  action: Json,
  more: { state: Json; responseUrl?: string },
): Json {
  return {
    ...interaction(workspace, 'block_actions', user),
    ...sceneFields(scene),
    ...('view' in scene ? {} : { state: { values: more.state } }),
    ...(more.responseUrl === undefined ? {} : { response_url: more.responseUrl }),
    actions: [{ ...action, action_ts: workspace.nextTs() }],
  };
}

/** A question for the options of an external select. */
export function suggestionPayload(
  workspace: Workspace,
  user: string,
  scene: Scene,
  element: Json,
  value: string,
): Json {
  const { trigger_id: _none, ...rest } = interaction(workspace, 'block_suggestion', user);
  return {
    ...rest,
    ...sceneFields(scene),
    action_id: element['action_id'],
    block_id: element['block_id'],
    value,
  };
}

export function submissionPayload(
  workspace: Workspace,
  user: string,
  view: View,
  responseUrls: readonly Json[],
): Json {
  return {
    ...interaction(workspace, 'view_submission', user),
    view: jsonOf(structuredClone(view)),
    response_urls: responseUrls,
  };
}

export function closedPayload(workspace: Workspace, user: string, view: View, isCleared: boolean): Json {
  const { trigger_id: _none, ...rest } = interaction(workspace, 'view_closed', user);
  return { ...rest, view: jsonOf(structuredClone(view)), is_cleared: isCleared };
}

/** The wrapper of an Events API event. */
export function eventPayload(workspace: Workspace, event: Json): Json {
  const { team, bot } = workspace.settings;
  return {
    token: verificationToken,
    team_id: team.id,
    api_app_id: bot.appId,
    event,
    type: 'event_callback',
    event_id: newId('Ev'),
    event_time: Math.floor(Date.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: team.id,
        user_id: bot.userId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
  };
}
