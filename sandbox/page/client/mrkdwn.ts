import { jsonOf, listOf } from './json.ts';
import type { Json } from './json.ts';

/** A colon that the library cannot take for the beginning of an emoji: it reads `12:30:15` as one called "30". */
const COLON = '&#58;';

/**
 * Blocks with their mrkdwn made safe for the library: bare addresses become links as Slack does it, and colons that
 * begin no emoji are written as entities. Uploaded pictures get an address.
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
  return object['type'] === 'mrkdwn' && typeof text === 'string'
    ? { ...object, text: safeMrkdwn(text) }
    : value;
}

function safeMrkdwn(text: string): string {
  return text
    .split(/(```[\s\S]*?```|`[^`\n]+`|<[^<>]+>|https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)])/)
    .map((part, index) => {
      if (index % 2 === 0)
        return part.replaceAll(/:([a-z+-][a-z0-9_+-]*):|:/g, (all, name) => (name ? all : COLON));
      if (part.startsWith('`') || part.startsWith('<!')) return part;
      return part.startsWith('<') ? safeLink(part.slice(1, -1)) : safeLink(part);
    })
    .join('');
}

/** `address` or `address|label`. The colon of the scheme stays: by it the library knows an address. */
function safeLink(link: string): string {
  const [address = '', ...label] = link.split('|');
  const safe = address.replaceAll(/:(?!\/\/)/g, COLON);
  return `<${[safe, ...label.map((one) => one.replaceAll(':', COLON))].join('|')}>`;
}
