import { jsonOf, objectsOf, textOf, wordOf } from '../json.ts';
import type { Json } from '../json.ts';

/** How ids become names. */
export interface Names {
  user(id: string): string;
  channel(id: string): string;
  group(id: string): string;
}

/**
 * mrkdwn as it is read: mentions and links resolved, entities undone, the marks of bold, italic and strike
 * taken away, emoji left as `:name:`.
 */
export function readMrkdwn(text: string, names: Names): string {
  return withoutMarks(text)
    .replaceAll(/<([^<>]+)>/g, (_whole, inner: string) => readAngle(inner, names))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** Code keeps its marks, and addresses their underscores. */
function withoutMarks(text: string): string {
  return outside(text, /(```[\s\S]*?```|`[^`\n]+`)/, (prose) =>
    outside(prose.replaceAll(/(?<![\w*])\*(?=\S)([^*\n]*\S)\*(?![\w*])/g, '$1'), /(<[^<>]+>)/, (plain) =>
      plain
        .replaceAll(/(?<![\w_:])_(?=\S)([^_\n]*\S)_(?![\w_:])/g, '$1')
        .replaceAll(/(?<![\w~])~(?=\S)([^~\n]*\S)~(?![\w~])/g, '$1'),
    ),
  );
}

/** Changes what lies between the matches of a pattern with one group. */
function outside(text: string, pattern: RegExp, change: (part: string) => string): string {
  return text
    .split(pattern)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join('');
}

function readAngle(inner: string, names: Names): string {
  const bar = inner.indexOf('|');
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? undefined : inner.slice(bar + 1);
  if (target.startsWith('@')) return `@${names.user(target.slice(1))}`;
  if (target.startsWith('#')) return `#${label ?? names.channel(target.slice(1))}`;
  if (target.startsWith('!subteam^')) return `@${label?.replace(/^@/, '') ?? names.group(target.slice(9))}`;
  if (target.startsWith('!date^')) return label ?? target;
  if (target.startsWith('!')) return `@${target.slice(1)}`;
  if (label === undefined || label === target) return target.replace(/^mailto:/, '');
  return `${label} (${target.replace(/^mailto:/, '')})`;
}

/** A text object, plain or mrkdwn. */
export function readText(value: unknown, names: Names): string {
  const object = jsonOf(value);
  const text = textOf(object['text']) ?? '';
  return object['type'] === 'mrkdwn' ? readMrkdwn(text, names) : text;
}

/** The running text of rich text spans. */
export function readSpans(spans: unknown, names: Names): string {
  return objectsOf(spans)
    .map((span) => readSpan(span, names))
    .join('');
}

function readSpan(span: Json, names: Names): string {
  const style = jsonOf(span['style']);
  const wrap = (text: string): string => (style['code'] === true ? `\`${text}\`` : text);
  switch (span['type']) {
    case 'text':
      return wrap(wordOf(span['text']));
    case 'link':
      return span['text'] === undefined || span['text'] === span['url']
        ? wordOf(span['url'])
        : `${wordOf(span['text'])} (${wordOf(span['url'])})`;
    case 'user':
      return `@${names.user(wordOf(span['user_id']))}`;
    case 'usergroup':
      return `@${names.group(wordOf(span['usergroup_id']))}`;
    case 'channel':
      return `#${names.channel(wordOf(span['channel_id']))}`;
    case 'emoji':
      return `:${wordOf(span['name'])}:`;
    case 'broadcast':
      return `@${wordOf(span['range'])}`;
    default:
      return wordOf(span['fallback'] ?? span['value']);
  }
}
