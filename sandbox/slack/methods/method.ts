import { SlackRefusal } from '../errors.ts';
import { parseJson, textOf } from '../json.ts';
import type { Json } from '../json.ts';
import type { Tier } from '../limits.ts';
import type { Channel, Workspace } from '../workspace.ts';

/** One call that passed token, scope and rate checks. */
export interface Call {
  readonly workspace: Workspace;
  readonly args: Json;
  /** `http://127.0.0.1:port`, for addresses that lead back to this server. */
  readonly origin: string;
  /** A fresh single-use address for Socket Mode. */
  readonly newSocketUrl: () => string;
}

/** One Web API method. `run` gives the answer without `ok`, or throws `SlackRefusal`. */
export interface Method {
  readonly tier: Tier;
  readonly token: 'bot' | 'app' | 'any';
  /** Any one of these is enough; none needed when empty. */
  readonly scopes: readonly string[];
  run(call: Call): Json;
}

/** A string argument that must be there. @throws SlackRefusal invalid_arguments, or the given code */
export function required(args: Json, name: string, code = 'invalid_arguments'): string {
  const value = textOf(args[name]);
  if (value !== undefined && value !== '') return value;
  const messages = [`[ERROR] missing required field: ${name}`];
  throw new SlackRefusal(code, code === 'invalid_arguments' ? { response_metadata: { messages } } : {});
}

/** A flag, also in the words of a form. */
export function flag(args: Json, name: string): boolean {
  return args[name] === true || args[name] === 'true' || args[name] === '1';
}

/** Arguments that are JSON in themselves: a form carries them as text. */
export function structured(args: Json, name: string, code: string): unknown {
  const value = args[name];
  if (typeof value !== 'string') return value;
  const parsed = parseJson(value);
  if (parsed === undefined) throw new SlackRefusal(code);
  return parsed;
}

/** One page of a list, with Slack's cursor. @throws SlackRefusal invalid_cursor */
export function page<Item>(
  items: readonly Item[],
  args: Json,
  fallback: number,
): { items: Item[]; next: string } {
  const limit = Math.min(1000, Math.max(1, Number(args['limit'] ?? fallback) || fallback));
  const cursor = textOf(args['cursor']) ?? '';
  const start = cursor === '' ? 0 : Number(Buffer.from(cursor, 'base64').toString().replace('next:', ''));
  if (!Number.isInteger(start) || start < 0) throw new SlackRefusal('invalid_cursor');
  const end = start + limit;
  return {
    items: items.slice(start, end),
    next: end < items.length ? Buffer.from(`next:${end}`).toString('base64') : '',
  };
}

/** Refuses with `missing_scope` when the bot has none of these. */
export function needScope(workspace: Workspace, scopes: readonly string[]): void {
  const provided = workspace.settings.scopes;
  if (scopes.length === 0 || scopes.some((scope) => provided.includes(scope))) return;
  throw new SlackRefusal('missing_scope', { needed: scopes.join(','), provided: provided.join(',') });
}

/** The scope family of a conversation: `channels`, `groups`, `im` or `mpim`. */
export function scopeKind(channel: Channel): string {
  return { public: 'channels', private: 'groups', im: 'im', mpim: 'mpim' }[channel.kind];
}

export function botIsIn(workspace: Workspace, channel: Channel): boolean {
  return channel.members.has(workspace.settings.bot.userId);
}

/** A conversation by id, as far as the bot may know of it. @throws SlackRefusal channel_not_found */
export function knownChannel(workspace: Workspace, id: string): Channel {
  const channel = workspace.channels.get(id);
  if (channel === undefined) throw new SlackRefusal('channel_not_found');
  if (channel.kind !== 'public' && !botIsIn(workspace, channel)) throw new SlackRefusal('channel_not_found');
  return channel;
}

/** `knownChannel`, with the scope for its kind, for example `read` or `history`. */
export function readableChannel(call: Call, what: 'read' | 'history'): Channel {
  const channel = knownChannel(call.workspace, required(call.args, 'channel'));
  needScope(call.workspace, [`${scopeKind(channel)}:${what}`]);
  return channel;
}
