import { SlackRefusal } from '../errors.ts';
import { textOf } from '../json.ts';
import type { Json } from '../json.ts';
import { shown } from '../messages.ts';
import type { Message } from '../types.ts';
import type { Channel, Workspace } from '../workspace.ts';
import {
  botIsIn,
  flag,
  knownChannel,
  needScope,
  page,
  readableChannel,
  required,
  scopeKind,
} from './method.ts';
import type { Call, Method } from './method.ts';

const bot = { token: 'bot', scopes: [] } as const;

/** conversations.* . The scope depends on the kind of conversation, so each method checks its own. */
export const conversationMethods: Readonly<Record<string, Method>> = {
  'conversations.list': { ...bot, tier: 2, run: list },
  'conversations.info': { ...bot, tier: 3, run: info },
  'conversations.members': { ...bot, tier: 4, run: members },
  'conversations.open': { ...bot, tier: 3, run: open },
  'conversations.join': { ...bot, scopes: ['channels:join'], tier: 3, run: join },
  'conversations.history': { ...bot, tier: 3, run: history },
  'conversations.replies': { ...bot, tier: 3, run: replies },
  'conversations.setTopic': { ...bot, tier: 2, run: setTopic },
};

function asJson(workspace: Workspace, channel: Channel): Json {
  const person = [...channel.members].find((id) => id !== workspace.settings.bot.userId);
  const common = {
    id: channel.id,
    created: channel.created,
    is_archived: channel.archived,
    is_im: channel.kind === 'im',
  };
  if (channel.kind === 'im') return { ...common, user: person, is_open: true };
  return {
    ...common,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: channel.kind === 'public',
    is_group: channel.kind === 'private',
    is_mpim: channel.kind === 'mpim',
    is_private: channel.kind !== 'public',
    is_general: false,
    is_shared: false,
    is_member: botIsIn(workspace, channel),
    topic: { value: channel.topic, creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
    num_members: channel.members.size,
  };
}

function list({ workspace, args }: Call): Json {
  const types = (textOf(args['types']) ?? 'public_channel').split(',').map((one) => one.trim());
  const kinds: Record<string, Channel['kind']> = {
    public_channel: 'public',
    private_channel: 'private',
    im: 'im',
    mpim: 'mpim',
  };
  const scopes: Record<Channel['kind'], string> = {
    public: 'channels:read',
    private: 'groups:read',
    im: 'im:read',
    mpim: 'mpim:read',
  };
  const wanted = types.map((type) => kinds[type] ?? 'unknown');
  if (wanted.includes('unknown')) throw new SlackRefusal('invalid_types');
  for (const kind of wanted) if (kind !== 'unknown') needScope(workspace, [scopes[kind]]);
  const seen = [...workspace.channels.values()].filter(
    (channel) =>
      wanted.includes(channel.kind) &&
      (channel.kind === 'public' || botIsIn(workspace, channel)) &&
      !(flag(args, 'exclude_archived') && channel.archived),
  );
  const { items, next } = page(seen, args, 100);
  return { channels: items.map((one) => asJson(workspace, one)), response_metadata: { next_cursor: next } };
}

function info(call: Call): Json {
  return { channel: asJson(call.workspace, readableChannel(call, 'read')) };
}

function members(call: Call): Json {
  const { items, next } = page([...readableChannel(call, 'read').members], call.args, 100);
  return { members: items, response_metadata: { next_cursor: next } };
}

function open({ workspace, args }: Call): Json {
  const id = textOf(args['channel']);
  if (id !== undefined) return { channel: asJson(workspace, knownChannel(workspace, id)) };
  const people = required(args, 'users', 'users_list_not_supplied')
    .split(',')
    .map((one) => one.trim());
  needScope(workspace, people.length > 1 ? ['mpim:write'] : ['im:write']);
  for (const person of people) {
    const user = workspace.users.get(person);
    if (user === undefined) throw new SlackRefusal('user_not_found');
    if (user.deleted === true) throw new SlackRefusal('user_disabled');
  }
  const before = workspace.channels.size;
  const channel = workspace.directChannel(people);
  const known = before === workspace.channels.size ? { no_op: true, already_open: true } : {};
  return { ...known, channel: flag(args, 'return_im') ? asJson(workspace, channel) : { id: channel.id } };
}

function join({ workspace, args }: Call): Json {
  const channel = knownChannel(workspace, required(args, 'channel', 'channel_not_found'));
  if (channel.kind !== 'public') throw new SlackRefusal('method_not_supported_for_channel_type');
  if (channel.archived) throw new SlackRefusal('is_archived');
  channel.members.add(workspace.settings.bot.userId);
  return { channel: asJson(workspace, channel) };
}

function withIn(args: Json): (message: Message) => boolean {
  const oldest = textOf(args['oldest']) ?? '0';
  const latest = textOf(args['latest']) ?? '99999999999';
  const inclusive = flag(args, 'inclusive');
  return (message) => {
    const [at, from, to] = [Number(message.ts), Number(oldest), Number(latest)];
    return inclusive ? at >= from && at <= to : at > from && at < to;
  };
}

function memberChannel(call: Call): Channel {
  const channel = readableChannel(call, 'history');
  if (!botIsIn(call.workspace, channel)) throw new SlackRefusal('not_in_channel');
  return channel;
}

function history(call: Call): Json {
  const metadata = flag(call.args, 'include_all_metadata');
  const top = memberChannel(call).messages.filter(
    (one) => one.thread_ts === undefined || one.thread_ts === one.ts || one.subtype === 'thread_broadcast',
  );
  const { items, next } = page(top.filter(withIn(call.args)).reverse(), call.args, 100);
  return paged(items, next, metadata);
}

function replies(call: Call): Json {
  const channel = memberChannel(call);
  const ts = required(call.args, 'ts', 'thread_not_found');
  const asked = channel.messages.find((one) => one.ts === ts);
  const root = asked?.thread_ts ?? ts;
  const thread = channel.messages.filter((one) => one.ts === root || one.thread_ts === root);
  if (thread.length === 0) throw new SlackRefusal('thread_not_found');
  const inside = withIn(call.args);
  const { items, next } = page(
    thread.filter((one) => one.ts === root || inside(one)),
    call.args,
    1000,
  );
  return paged(items, next, flag(call.args, 'include_all_metadata'));
}

function paged(items: readonly Message[], next: string, metadata: boolean): Json {
  return {
    messages: items.map((one) => shown(one, metadata)),
    has_more: next !== '',
    ...(next === '' ? {} : { response_metadata: { next_cursor: next } }),
  };
}

function setTopic({ workspace, args }: Call): Json {
  const channel = knownChannel(workspace, required(args, 'channel', 'channel_not_found'));
  needScope(workspace, [`${scopeKind(channel)}:write.topic`, `${scopeKind(channel)}:write`]);
  if (!botIsIn(workspace, channel)) throw new SlackRefusal('not_in_channel');
  const topic = required(args, 'topic');
  if (topic.length > 250) throw new SlackRefusal('too_long');
  channel.topic = topic;
  return { channel: asJson(workspace, channel) };
}
