import { SlackRefusal } from '../errors.ts';
import { textOf } from '../json.ts';
import type { Json } from '../json.ts';
import { applyContent, botMessage, isEmpty, readContent, readMetadata, shown } from '../messages.ts';
import type { Message } from '../types.ts';
import type { Channel, Workspace } from '../workspace.ts';
import { botIsIn, knownChannel, required, structured } from './method.ts';
import type { Call, Method } from './method.ts';

const write = { token: 'bot', scopes: ['chat:write'] } as const;

/** chat.* . Source: docs.slack.dev/reference/methods/chat.postMessage and its neighbours. */
export const chatMethods: Readonly<Record<string, Method>> = {
  'chat.postMessage': { ...write, tier: 'post', run: postMessage },
  'chat.update': { ...write, tier: 3, run: update },
  'chat.delete': { ...write, tier: 3, run: remove },
  'chat.postEphemeral': { ...write, tier: 4, run: postEphemeral },
  'chat.getPermalink': { token: 'bot', scopes: [], tier: 'none', run: permalink },
};

function contentOf(workspace: Workspace, args: Json, textLimit: number) {
  return readContent(
    workspace,
    {
      ...args,
      blocks: structured(args, 'blocks', 'invalid_blocks_format'),
      attachments: structured(args, 'attachments', 'invalid_attachments'),
    },
    textLimit,
  );
}

/** Where chat.postMessage goes: a channel id, `#name`, or a person for the direct conversation. */
function target(workspace: Workspace, name: string): Channel {
  const user = workspace.users.get(name);
  if (user !== undefined) {
    if (user.deleted === true || user.id === workspace.settings.bot.userId)
      throw new SlackRefusal('channel_not_found');
    return workspace.directChannel([user.id]);
  }
  const bare = name.replace(/^#/, '');
  const byName = [...workspace.channels.values()].find((one) => one.name === bare && one.kind !== 'im');
  return knownChannel(workspace, byName?.id ?? name);
}

function checkMayPost(workspace: Workspace, channel: Channel): void {
  if (channel.archived) throw new SlackRefusal('is_archived');
  const anywhere = workspace.settings.scopes.includes('chat:write.public') && channel.kind === 'public';
  if (!botIsIn(workspace, channel) && !anywhere) throw new SlackRefusal('not_in_channel');
}

function postMessage({ workspace, args }: Call): Json {
  const channel = target(workspace, required(args, 'channel', 'channel_not_found'));
  checkMayPost(workspace, channel);
  if (args['thread_ts'] !== undefined && !/^\d+\.\d+$/.test(textOf(args['thread_ts']) ?? '')) {
    throw new SlackRefusal('invalid_thread_ts');
  }
  const thread = channel.messages.find((one) => one.ts === args['thread_ts']);
  if (args['thread_ts'] !== undefined && thread === undefined) throw new SlackRefusal('thread_not_found');
  const content = contentOf(workspace, args, 40_000);
  if (isEmpty(content)) throw new SlackRefusal('no_text');
  const metadata = readMetadata(structured(args, 'metadata', 'invalid_metadata_format'));
  const message = botMessage(workspace, channel, content, {
    ...args,
    thread_ts: thread?.thread_ts ?? thread?.ts,
  });
  if (metadata !== undefined) message.metadata = metadata;
  workspace.post(channel, message);
  return { channel: channel.id, ts: message.ts, message: shown(message, true) };
}

/** A message of the bot. @throws SlackRefusal message_not_found, or the given code for another's message */
function ownMessage(workspace: Workspace, args: Json, code: string): { channel: Channel; message: Message } {
  const channel = knownChannel(workspace, required(args, 'channel', 'channel_not_found'));
  const message = channel.messages.find((one) => one.ts === required(args, 'ts'));
  if (message === undefined) throw new SlackRefusal('message_not_found');
  if (message.bot_id !== workspace.settings.bot.botId) throw new SlackRefusal(code);
  return { channel, message };
}

function update({ workspace, args }: Call): Json {
  const { channel, message } = ownMessage(workspace, args, 'cant_update_message');
  if (channel.archived) throw new SlackRefusal('is_archived');
  const content = contentOf(workspace, args, 4000);
  const metadata = readMetadata(structured(args, 'metadata', 'invalid_metadata_format'));
  const nothing =
    content.text === undefined && content.blocks === undefined && content.attachments === undefined;
  if (nothing && metadata === undefined) throw new SlackRefusal('no_text');
  if (!nothing && isEmpty({ ...content, text: content.text ?? message.text }))
    throw new SlackRefusal('no_text');
  const wasRich = message.blocks?.some((block) => block['type'] === 'rich_text') === true;
  const isRich = content.blocks?.some((block) => block['type'] === 'rich_text') === true;
  if (wasRich && !isRich && content.blocks !== undefined && content.blocks.length > 0) {
    throw new SlackRefusal('block_mismatch');
  }
  applyContent(message, content);
  if (metadata !== undefined) message.metadata = metadata;
  if (message.blocks === undefined) message.edited = { user: message.user, ts: workspace.nextTs() };
  workspace.tell({ type: 'updated', channel: channel.id, message: structuredClone(message) });
  return { channel: channel.id, ts: message.ts, text: message.text, message: shown(message, true) };
}

function remove({ workspace, args }: Call): Json {
  const { channel, message } = ownMessage(workspace, args, 'cant_delete_message');
  workspace.remove(channel, message);
  return { channel: channel.id, ts: message.ts };
}

function postEphemeral({ workspace, args }: Call): Json {
  const channel = knownChannel(workspace, required(args, 'channel', 'channel_not_found'));
  checkMayPost(workspace, channel);
  const user = required(args, 'user', 'user_not_in_channel');
  if (!channel.members.has(user)) throw new SlackRefusal('user_not_in_channel');
  const content = contentOf(workspace, args, 40_000);
  if (isEmpty(content)) throw new SlackRefusal('no_text');
  const message = botMessage(workspace, channel, content, args);
  keepEphemeral(workspace, channel, message, user);
  return { message_ts: message.ts };
}

/** Shows a message to one person. */
export function keepEphemeral(workspace: Workspace, channel: Channel, message: Message, user: string): void {
  message.is_ephemeral = true;
  message.visible_to = user;
  channel.ephemerals.push(message);
  workspace.tell({ type: 'ephemeral', channel: channel.id, message: structuredClone(message) });
}

function permalink({ workspace, args }: Call): Json {
  const channel = knownChannel(workspace, required(args, 'channel', 'channel_not_found'));
  const ts = required(args, 'message_ts', 'message_not_found');
  const message = channel.messages.find((one) => one.ts === ts);
  if (message === undefined) throw new SlackRefusal('message_not_found');
  const thread = message.thread_ts === undefined ? '' : `?thread_ts=${message.thread_ts}&cid=${channel.id}`;
  const host = `https://${workspace.settings.team.domain}.slack.com`;
  return {
    channel: channel.id,
    permalink: `${host}/archives/${channel.id}/p${ts.replace('.', '')}${thread}`,
  };
}
