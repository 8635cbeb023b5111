import { SlackRefusal } from '../errors.ts';
import type { Json } from '../json.ts';
import type { Message } from '../types.ts';
import type { Channel } from '../workspace.ts';
import { botIsIn, knownChannel, required } from './method.ts';
import type { Call, Method } from './method.ts';

/** reactions.* and pins.* . */
export const markMethods: Readonly<Record<string, Method>> = {
  'reactions.add': { token: 'bot', scopes: ['reactions:write'], tier: 3, run: addReaction },
  'reactions.remove': { token: 'bot', scopes: ['reactions:write'], tier: 2, run: removeReaction },
  'pins.add': { token: 'bot', scopes: ['pins:write'], tier: 2, run: addPin },
};

function marked({ workspace, args }: Call): { channel: Channel; message: Message } {
  const channel = knownChannel(workspace, required(args, 'channel', 'channel_not_found'));
  if (!botIsIn(workspace, channel)) throw new SlackRefusal('not_in_channel');
  const message = channel.messages.find((one) => one.ts === required(args, 'timestamp', 'bad_timestamp'));
  if (message === undefined) throw new SlackRefusal('message_not_found');
  return { channel, message };
}

function addReaction(call: Call): Json {
  const name = required(call.args, 'name', 'invalid_name').replaceAll(':', '');
  const { channel, message } = marked(call);
  const me = call.workspace.settings.bot.userId;
  const reactions = (message.reactions ??= []);
  const reaction = reactions.find((one) => one.name === name);
  if (reaction?.users.includes(me) === true) throw new SlackRefusal('already_reacted');
  if (reaction === undefined) reactions.push({ name, users: [me], count: 1 });
  else reaction.count = reaction.users.push(me);
  call.workspace.tell({ type: 'updated', channel: channel.id, message: structuredClone(message) });
  return {};
}

function removeReaction(call: Call): Json {
  const name = required(call.args, 'name', 'invalid_name').replaceAll(':', '');
  const { channel, message } = marked(call);
  const me = call.workspace.settings.bot.userId;
  const reaction = message.reactions?.find((one) => one.name === name);
  if (reaction === undefined || !reaction.users.includes(me)) throw new SlackRefusal('no_reaction');
  reaction.users = reaction.users.filter((user) => user !== me);
  reaction.count = reaction.users.length;
  message.reactions = message.reactions?.filter((one) => one.count > 0) ?? [];
  call.workspace.tell({ type: 'updated', channel: channel.id, message: structuredClone(message) });
  return {};
}

function addPin(call: Call): Json {
  const { channel, message } = marked(call);
  if (message.pinned_to?.includes(channel.id) === true) throw new SlackRefusal('already_pinned');
  message.pinned_to = [channel.id];
  call.workspace.tell({ type: 'updated', channel: channel.id, message: structuredClone(message) });
  return {};
}
