import { jsonOf, objectsOf, wordOf } from '../json.ts';
import type { Message, View } from '../types.ts';
import type { Channel, Workspace } from '../workspace.ts';
import { renderBlocks } from './blocks.ts';
import { pad, widthOf, wrap } from './layout.ts';
import { readMrkdwn, readText } from './text.ts';
import type { Names } from './text.ts';

/** How a transcript is laid out. */
export interface TranscriptOptions {
  /** Columns; default 80, at least 40. */
  readonly width?: number;
  /** Adds what only this person sees: answers to them alone, and the commands they typed. */
  readonly for?: string;
  /** Writes the time of day (UTC) beside each name. Default false, so that two runs read the same. */
  readonly times?: boolean;
}

/** Names of a workspace; what is unknown keeps its id. */
function namesOf(workspace: Workspace): Names {
  return {
    user: (id) => (id === 'USLACKBOT' ? 'Slackbot' : workspace.nameOf(id.split('|')[0] ?? id)),
    channel: (id) => workspace.channels.get(id)?.name ?? id,
    group: (id) => workspace.settings.userGroups.find((one) => one.id === id)?.handle ?? id,
  };
}

/** A channel as a person reads it: oldest first, threads below their parent and indented. */
export function renderChannel(
  workspace: Workspace,
  channel: Channel,
  options: TranscriptOptions = {},
): string {
  const width = Math.max(40, options.width ?? 80);
  const title = channel.kind === 'im' ? `@${workspace.nameOf(channel.name)}` : `#${channel.name}`;
  const lines = [`── ${title} ${'─'.repeat(Math.max(0, width - widthOf(title) - 4))}`];
  for (const entry of entriesOf(workspace, channel, options.for)) {
    if (entry.thread) {
      const text = renderMessage(workspace, entry.message, { ...options, width: width - 4 });
      lines.push('  │', ...text.map((line) => `  │ ${line}`.trimEnd()));
    } else {
      lines.push('', ...renderMessage(workspace, entry.message, { ...options, width }));
    }
  }
  return `${lines.join('\n')}\n`;
}

function entriesOf(
  workspace: Workspace,
  channel: Channel,
  reader: string | undefined,
): { message: Message; thread: boolean }[] {
  const { command } = workspace.settings;
  const typed: Message[] = workspace.commands
    .filter((one) => one.user === reader && one.channel === channel.id)
    .map((one) => ({
      type: 'message',
      channel: channel.id,
      ts: one.ts,
      user: one.user,
      text: `${command} ${one.text}`.trim(),
      is_ephemeral: true,
    }));
  const mine = channel.ephemerals.filter((one) => one.visible_to === reader);
  const all = [...channel.messages, ...mine, ...typed].sort(
    (one, other) => Number(one.ts) - Number(other.ts),
  );
  const isReply = (one: Message): boolean => one.thread_ts !== undefined && one.thread_ts !== one.ts;
  const roots = all.filter((one) => !isReply(one) || !all.some((other) => other.ts === one.thread_ts));
  return roots.flatMap((root) => [
    { message: root, thread: false },
    ...all
      .filter((one) => isReply(one) && one.thread_ts === root.ts)
      .map((message) => ({ message, thread: true })),
  ]);
}

/** One message: the name, then what it shows, indented by two. */
export function renderMessage(
  workspace: Workspace,
  message: Message,
  options: TranscriptOptions = {},
): string[] {
  const names = namesOf(workspace);
  const width = Math.max(36, options.width ?? 80) - 2;
  const marks = [
    message.bot_id === undefined ? '' : 'APP',
    options.times === true ? new Date(Number(message.ts) * 1000).toISOString().slice(11, 16) : '',
    message.is_ephemeral === true ? '(only visible to you)' : '',
    message.edited === undefined ? '' : '(edited)',
  ].filter((one) => one !== '');
  const head = [names.user(message.user), ...marks].join('  ');
  return [head, ...bodyOf(message, names, width).map((line) => `  ${line}`.trimEnd())];
}

function bodyOf(message: Message, names: Names, width: number): string[] {
  const lines =
    message.blocks === undefined
      ? wrap(readMrkdwn(message.text, names), width)
      : renderBlocks(message.blocks, names, width);
  for (const attachment of message.attachments ?? []) {
    const inner = [
      ...['pretext', 'title', 'text'].flatMap((key) =>
        attachment[key] === undefined ? [] : wrap(readMrkdwn(wordOf(attachment[key]), names), width - 2),
      ),
      ...objectsOf(attachment['fields']).flatMap((field) =>
        wrap(`${wordOf(field['title'])}: ${wordOf(field['value'])}`, width - 2),
      ),
      ...renderBlocks(objectsOf(attachment['blocks']), names, width - 2),
      ...(attachment['footer'] === undefined ? [] : wrap(wordOf(attachment['footer']), width - 2)),
    ];
    lines.push(...inner.map((line) => `▌ ${line}`.trimEnd()));
  }
  for (const file of message.files ?? [])
    lines.push(`[file: ${wordOf(file['title'])}, ${wordOf(file['size'])} bytes]`);
  const reactions = (message.reactions ?? []).map((one) => `:${one.name}: ${one.count}`);
  if (reactions.length > 0) lines.push(reactions.join('  '));
  return lines;
}

/** A modal or home view as a person sees it, entered values included, in a box. */
export function renderView(workspace: Workspace, view: View, options: TranscriptOptions = {}): string {
  const names = namesOf(workspace);
  const width = Math.max(40, options.width ?? 80);
  const inner = width - 4;
  const title = view.type === 'home' ? 'Home' : readText(view.title, names);
  const buttons = [view.close, view.submit]
    .flatMap((one) => (one ? [`[${readText(one, names)}]`] : []))
    .join(' ');
  const blocks = view.blocks.map((block) => withEntered(block, view));
  const lines = [
    ...renderBlocks(blocks, names, inner),
    ...(buttons === '' ? [] : ['', pad(buttons, inner, 'right')]),
  ];
  return [
    `┌─ ${title} ${'─'.repeat(Math.max(0, width - widthOf(title) - 5))}┐`,
    ...lines.map((line) => `│ ${pad(line, inner)} │`),
    `└${'─'.repeat(width - 2)}┘`,
    '',
  ].join('\n');
}

/** The block with what is entered in place of what it began with. */
function withEntered(block: View['blocks'][number], view: View): View['blocks'][number] {
  const element = jsonOf(block['element']);
  const value = view.state.values[wordOf(block['block_id'])]?.[wordOf(element['action_id'])];
  if (value === undefined) return block;
  const option = value['selected_option'] ?? undefined;
  const typed =
    value['value'] ??
    value['selected_user'] ??
    value['selected_conversation'] ??
    value['selected_date'] ??
    undefined;
  return {
    ...block,
    element: {
      ...element,
      ...(option === undefined ? {} : { initial_option: option }),
      ...(typed === undefined ? {} : { initial_value: typed }),
      ...(value['selected_options'] === undefined ? {} : { initial_options: value['selected_options'] }),
    },
  };
}
