import { jsonOf, listOf } from './json.ts';
import type { Json } from './json.ts';

/** What is not prose: code, what stands between angle brackets, and bare addresses. */
const APART = /(```[\s\S]*?```|`[^`\n]+`|<[^<>]+>|https?:\/\/(?:(?!&[lg]t;)[^\s<>|])+(?<![.,;:!?)*_~"']))/;
/** Stands for a person, a channel, a group or a time. */
const MENTION = /^(?:[@#]|!(?:(?:here|channel|everyone)\b|subteam\^|date\^))/;
/** A name between colons is an emoji; all else here Markdown would read as more than itself, and Slack does not. */
const FOREIGN =
  /:([a-z+-][a-z0-9_+-]*):|&(?:amp|lt|gt);|\*{2,}|_{2,}|~{2,}|(?<=^[ \t]*)(?:[-=#]|i(?=mport\b))|[&:<[\]|\\$]/gm;
/** The same where there are no marks at all. */
const ANY_MARK = /:([a-z+-][a-z0-9_+-]*):|&(?:amp|lt|gt);|(?<=^[ \t]*)i(?=mport\b)|[&:<>[\]|\\$*_~`#=-]/gm;
/** In code the library still makes links of these; what nobody sees between their signs keeps it from that. */
const LINK_IN_CODE = /<(?=!|[a-z][a-z0-9+.-]*:)|\](?=\()/gi;
const WORD_JOINER = '\u2060';

const NAMED: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/**
 * Blocks with their texts made safe for the library. It reads Markdown, and reads `&lt;` as if it were the sign itself:
 * what is no mark of Slack's own is written as a numeric entity, of which it shows the character and no more. Bare
 * addresses become links as Slack does it. Uploaded pictures get an address.
 */
export function safeBlocks(blocks: readonly Json[]): Json[] {
  return blocks.map((block) => ({
    ...withImage(block),
    ...(block['accessory'] === undefined ? {} : { accessory: withImage(jsonOf(block['accessory'])) }),
    ...(block['text'] === undefined ? {} : { text: safeText(block['text']) }),
    ...(block['fields'] === undefined ? {} : { fields: listOf(block['fields']).map(safeText) }),
    ...(block['type'] === 'context' ? { elements: listOf(block['elements']).map(safeText) } : {}),
  }));
}

/** A picture that was uploaded is shown by its address here. */
function withImage(element: Json): Json {
  const id = jsonOf(element['slack_file'])['id'];
  if (element['type'] !== 'image' || typeof id !== 'string') return element;
  const { slack_file: _uploaded, ...rest } = element;
  return { ...rest, image_url: `/file/${id}` };
}

function safeText(value: unknown): unknown {
  const object = jsonOf(value);
  const { text } = object;
  if (typeof text !== 'string') return value;
  // The library shows a verbatim text without undoing entities.
  if (object['type'] === 'mrkdwn') return { ...object, text: safeMrkdwn(text), verbatim: false };
  return object['type'] === 'plain_text' ? { ...object, text: written(text, ANY_MARK) } : value;
}

function safeMrkdwn(text: string): string {
  return text
    .split(APART)
    .map((part, index) => {
      if (index % 2 === 0) return safeProse(part);
      if (part.startsWith('`')) return safeCode(part);
      return part.startsWith('<') ? safeBrackets(part) : safeLink(part, []);
    })
    .join('');
}

/** Slack takes either form for the mark of a quotation, the library the bare one. */
function safeProse(text: string): string {
  return written(text.replaceAll(/^&gt;/gm, '>'), FOREIGN);
}

/** In code nothing is undone but what an app must write as an entity. */
function safeCode(code: string): string {
  return code
    .replaceAll(/&(?:amp|lt|gt);/g, (name) => NAMED[name] ?? name)
    .replaceAll(LINK_IN_CODE, `$&${WORD_JOINER}`);
}

function safeBrackets(part: string): string {
  const inner = part.slice(1, -1);
  if (MENTION.test(inner)) return part;
  const [address = '', ...label] = inner.split('|');
  return /^https?:\/\//i.test(address) ? safeLink(address, label) : safeProse(part);
}

/** The colon of the scheme stays: by it the library knows an address. */
function safeLink(address: string, label: readonly string[]): string {
  const safe = address.replaceAll(/:(?!\/\/)|[()[\]\\*_~`]/g, (sign) => entities(sign));
  return `<${[safe, ...label.map((one) => written(one, ANY_MARK))].join('|')}>`;
}

/** What a pattern finds as entities, but for emoji. */
function written(text: string, pattern: RegExp): string {
  return text.replaceAll(pattern, (found: string, emoji?: string) =>
    emoji === undefined ? entities(found) : found,
  );
}

function entities(text: string): string {
  return Array.from(NAMED[text] ?? text, (sign) => `&#${sign.charCodeAt(0)};`).join('');
}
