import { SlackRefusal } from './errors.ts';
import { isJson, textOf } from './json.ts';
import type { Json } from './json.ts';
import { applyContent, botMessage, isEmpty, readContent } from './messages.ts';
import { keepEphemeral } from './methods/chat.ts';
import type { Message } from './types.ts';
import type { Channel, ResponseUrl, Workspace } from './workspace.ts';

/** Where an answer belongs, from a response URL or from an acknowledgement. */
export type ResponsePlace = Pick<ResponseUrl, 'channel' | 'user' | 'messageTs' | 'ephemeral'>;

/**
 * One post to a response URL: five within 30 minutes.
 * @throws SlackRefusal `used_url` or `expired_url` (HTTP 404), or what is wrong with the message
 */
export function respond(workspace: Workspace, key: string, body: unknown): void {
  const url = workspace.responseUrls.get(key);
  if (url === undefined || url.expiresAt < Date.now()) throw new SlackRefusal('expired_url');
  if (url.left === 0) throw new SlackRefusal('used_url');
  if (!isJson(body)) throw new SlackRefusal('invalid_payload');
  applyResponse(workspace, url, body);
  url.left -= 1;
}

/**
 * Does what a response says: replace or delete the original, or post beside it.
 * Without `response_type` it is seen by the one person only.
 */
export function applyResponse(workspace: Workspace, place: ResponsePlace, body: Json): void {
  const channel = workspace.channels.get(place.channel);
  if (channel === undefined) throw new SlackRefusal('channel_not_found');
  const original = originalOf(channel, place);
  if (body['delete_original'] === true || body['delete_original'] === 'true') {
    if (original !== undefined) removeOriginal(workspace, channel, original);
    return;
  }
  const content = readContent(workspace, body, 40_000);
  if (isEmpty(content)) throw new SlackRefusal('no_text');
  if ((body['replace_original'] === true || body['replace_original'] === 'true') && original !== undefined) {
    applyContent(original, content);
    workspace.tell({ type: 'updated', channel: channel.id, message: structuredClone(original) });
    return;
  }
  const threadTs = textOf(body['thread_ts']);
  const message = botMessage(
    workspace,
    channel,
    content,
    threadTs === undefined ? {} : { thread_ts: threadTs },
  );
  if (body['response_type'] === 'in_channel') workspace.post(channel, message);
  else keepEphemeral(workspace, channel, message, place.user);
}

function originalOf(channel: Channel, place: ResponsePlace): Message | undefined {
  const among = place.ephemeral === true ? channel.ephemerals : channel.messages;
  return among.find((one) => one.ts === place.messageTs);
}

function removeOriginal(workspace: Workspace, channel: Channel, message: Message): void {
  if (message.is_ephemeral !== true) return workspace.remove(channel, message);
  channel.ephemerals.splice(channel.ephemerals.indexOf(message), 1);
  workspace.tell({ type: 'deleted', channel: channel.id, message: structuredClone(message) });
}
