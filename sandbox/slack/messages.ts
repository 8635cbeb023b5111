import { refuseBlocks } from './block-kit/validate.ts';
import { refusalWith, SlackRefusal } from './errors.ts';
import { newId } from './ids.ts';
import { isJson, jsonOf, listOf, objectsOf, textOf } from './json.ts';
import type { Json } from './json.ts';
import type { Message } from './types.ts';
import { refuseFiles } from './uploads.ts';
import type { Channel, Workspace } from './workspace.ts';

/** What a message shows, checked. A missing part was not given. */
export interface Content {
  readonly text?: string;
  readonly blocks?: Json[];
  readonly attachments?: Json[];
}

/**
 * Reads and checks text, markdown_text, blocks and attachments.
 * @param textLimit characters; 40,000 when posting, 4,000 when updating
 * @throws SlackRefusal no_text, msg_too_long, markdown_text_conflict, invalid_blocks and their kin
 */
export function readContent(workspace: Workspace, args: Json, textLimit: number): Content {
  const { text, markdown_text: markdown, blocks, attachments } = args;
  if (text !== undefined && typeof text !== 'string') throw new SlackRefusal('invalid_arguments');
  if (typeof text === 'string' && text.length > textLimit) throw new SlackRefusal('msg_too_long');
  if (markdown !== undefined) {
    if (text !== undefined || blocks !== undefined) throw new SlackRefusal('markdown_text_conflict');
    if (typeof markdown !== 'string' || markdown.length > 12_000) throw new SlackRefusal('msg_too_long');
    return { text: markdown, blocks: withIds([{ type: 'markdown', text: markdown }]) };
  }
  if (blocks !== undefined) {
    const refusal = refuseBlocks(blocks);
    if (refusal !== undefined) throw refusalWith(refusal.error, refusal.messages);
    const badFiles = refuseFiles(workspace, blocks, '/blocks');
    if (badFiles.length > 0) throw refusalWith('invalid_blocks', badFiles);
  }
  if (attachments !== undefined) checkAttachments(attachments);
  return {
    ...(typeof text === 'string' ? { text } : {}),
    ...(blocks === undefined ? {} : { blocks: withIds(objectsOf(blocks)) }),
    ...(attachments === undefined
      ? {}
      : {
          attachments: objectsOf(attachments).map((one, index) => ({
            id: index + 1,
            ...structuredClone(one),
          })),
        }),
  };
}

function checkAttachments(attachments: unknown): void {
  if (!Array.isArray(attachments)) throw new SlackRefusal('invalid_attachments');
  if (attachments.length > 100) throw new SlackRefusal('too_many_attachments');
  for (const one of attachments) {
    if (!isJson(one)) throw new SlackRefusal('invalid_attachments');
    const refusal = one['blocks'] === undefined ? undefined : refuseBlocks(one['blocks']);
    if (refusal !== undefined) throw refusalWith('invalid_attachments', refusal.messages);
  }
}

/** True when there is nothing to show. */
export function isEmpty(content: Content): boolean {
  return (content.text ?? '') === '' && !content.blocks?.length && !content.attachments?.length;
}

/** `metadata`, checked: an object with `event_type` and `event_payload`. */
export function readMetadata(value: unknown): Json | undefined {
  if (value === undefined) return undefined;
  if (!isJson(value)) throw new SlackRefusal('invalid_metadata_format');
  const good =
    typeof value['event_type'] === 'string' && value['event_type'] !== '' && isJson(value['event_payload']);
  if (!good) throw new SlackRefusal('invalid_metadata_schema');
  return structuredClone(value);
}

/** Copies blocks and gives every block a block_id and every element an action_id, as Slack does. */
export function withIds(blocks: readonly Json[]): Json[] {
  return blocks.map((block) => {
    const copy = structuredClone(block);
    copy['block_id'] ??= newId('').slice(0, 5);
    const interactive = [...objectsOf(copy['elements']), ...objectsOf([copy['accessory'], copy['element']])];
    for (const element of interactive) {
      const type = textOf(element['type']) ?? '';
      const silent = ['image', 'mrkdwn', 'plain_text'].includes(type) || type.startsWith('rich_text_');
      if (!silent) element['action_id'] ??= newId('').slice(0, 5);
    }
    for (const text of [copy['text'], ...listOf(copy['fields'])].filter(isJson)) {
      if (text['type'] === 'plain_text') text['emoji'] ??= true;
      if (text['type'] === 'mrkdwn') text['verbatim'] ??= false;
    }
    return copy;
  });
}

/** A message of the bot, ready to be posted. */
export function botMessage(workspace: Workspace, channel: Channel, content: Content, args: Json): Message {
  const { bot, team } = workspace.settings;
  const threadTs = textOf(args['thread_ts']);
  const parent = threadTs === undefined ? undefined : channel.messages.find((one) => one.ts === threadTs);
  const broadcast = args['reply_broadcast'] === true || args['reply_broadcast'] === 'true';
  return {
    type: 'message',
    channel: channel.id,
    ts: workspace.nextTs(),
    user: bot.userId,
    text: content.text ?? '',
    bot_id: bot.botId,
    app_id: bot.appId,
    team: team.id,
    ...(content.blocks === undefined ? {} : { blocks: content.blocks }),
    ...(content.attachments === undefined ? {} : { attachments: content.attachments }),
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    ...(parent === undefined ? {} : { parent_user_id: parent.user }),
    ...(threadTs !== undefined && broadcast ? { subtype: 'thread_broadcast' } : {}),
  };
}

/** Changes what a message shows. `text` alone removes the blocks, as with chat.update. */
export function applyContent(message: Message, content: Content): void {
  if (content.blocks !== undefined && content.blocks.length > 0) message.blocks = content.blocks;
  else if (content.text !== undefined || content.blocks !== undefined) delete message.blocks;
  if (content.text !== undefined) message.text = content.text;
  if (content.attachments !== undefined && content.attachments.length > 0)
    message.attachments = content.attachments;
  else if (content.attachments !== undefined) delete message.attachments;
}

/** A message as an API answer shows it: without our own notes on it. */
export function shown(message: Message, withMetadata: boolean): Json {
  const { channel: _channel, visible_to: _to, metadata, ...rest } = message;
  return jsonOf(structuredClone(withMetadata && metadata !== undefined ? { ...rest, metadata } : rest));
}
