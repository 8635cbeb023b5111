import type { ActionsBlock, Button, ContextBlock, HeaderBlock, KnownBlock, SectionBlock } from '@slack/types';

import { fitted } from './fit.ts';

/** What goes to Slack: `text` for notifications and screen readers, `blocks` for everybody else. */
export interface View {
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** Slack's own limits (Block Kit reference). */
const LIMIT = { blocks: 50, section: 3_000, field: 2_000, header: 150, fallbackText: 3_900 } as const;

/** Foreign text made safe in mrkdwn: it can neither ping anybody nor end our own markup. */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Foreign prose as a quotation: none of its lines passes for ours. */
export function quoted(text: string): string {
  return `> ${escape(text).replace(/\r\n?|\n/g, '\n> ')}`;
}

/** Our own sentences, which may mention people and groups but may carry values that somebody typed. */
export function markup(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replace(/<(?!@[UW][A-Z0-9]+>|!subteam\^S[A-Z0-9]+>|#[CG][A-Z0-9]+>)/g, '&lt;');
}

/** Names like `*.example.com` as code: their star would begin or end bold text. Goes over escaped text. */
export function wildcards(text: string): string {
  return text.replace(/(?<!`)\*\.[a-z0-9-]+(?:\.[a-z0-9-]+)*/gi, '`$&`');
}

/** At most `max` characters, and never half of an escape or a mention at the end. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, max - 1);
  const open = Math.max(cut.lastIndexOf('&'), cut.lastIndexOf('<'));
  const whole = open > cut.length - 60 && !/[;>]/.test(cut.slice(open)) ? cut.slice(0, open) : cut;
  return `${whole.replace(/[\uD800-\uDBFF]$/, '')}…`;
}

export function section(text: string): SectionBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: clip(text, LIMIT.section) } };
}

/** Whole commands in code, ready to be copied. */
export function toCopy(commands: readonly string[]): SectionBlock {
  return section(`To copy:\n\`\`\`${commands.map(escape).join('\n')}\`\`\``);
}

export function header(text: string): HeaderBlock {
  return { type: 'header', text: { type: 'plain_text', text: clip(text, LIMIT.header), emoji: true } };
}

export function context(text: string): ContextBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: clip(text, LIMIT.section) }] };
}

export function actions(blockId: string, elements: Button[]): ActionsBlock {
  return { type: 'actions', block_id: blockId, elements };
}

export function button(
  text: string,
  actionId: string,
  value: string,
  more: Partial<Pick<Button, 'style' | 'confirm'>> = {},
): Button {
  return {
    type: 'button',
    text: { type: 'plain_text', text: clip(text, 75), emoji: true },
    action_id: actionId,
    value,
    ...more,
  };
}

/** Short facts in two columns: at most 10, each a title and a value or two lines. */
export function fields(all: readonly string[]): SectionBlock {
  return {
    type: 'section',
    fields: all.slice(0, 10).map((text) => ({ type: 'mrkdwn', text: clip(text, LIMIT.field) })),
  };
}

/** Lines as sections, each within Slack's limit; what does not fit into `maxBlocks` is counted in the last line. */
export function lines(all: readonly string[], maxBlocks: number): SectionBlock[] {
  const texts: string[] = [];
  let left = all.length;
  for (const line of all) {
    const short = clip(line, 1_000);
    const last = texts.at(-1);
    if (last !== undefined && last.length + short.length + 1 <= LIMIT.section - 60) {
      texts[texts.length - 1] = `${last}\n${short}`;
    } else if (texts.length < maxBlocks) {
      texts.push(short);
    } else {
      texts[texts.length - 1] = `${last ?? ''}\n…and ${left} more`;
      break;
    }
    left -= 1;
  }
  return texts.map(section);
}

/** A view whose parts keep within Slack's limits for a message. */
export function view(text: string, blocks: readonly KnownBlock[]): View {
  // A notification shows this text, so foreign parts of it must not ping anybody either.
  return {
    text: clip(text.replace(/<(?=!(?:channel|here|everyone))/g, '&lt;'), LIMIT.fallbackText),
    blocks: fitted(blocks.slice(0, LIMIT.blocks)),
  };
}

/** `<!date^…>`: each reader sees it in their own time zone. */
export function when(atMs: number, format = '{date_short_pretty} at {time}'): string {
  const fallback = `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `<!date^${Math.floor(atMs / 1_000)}^${format}|${fallback}>`;
}

/** `45 s`, `7 min`, `1 h 20 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10 && seconds % 60 !== 0) return `${minutes} min ${seconds % 60} s`;
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`;
}

/** A rounded guess, honest about being one: `about 8 minutes`. */
export function about(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  if (ms < 45_000) return 'less than a minute';
  return minutes === 1 ? 'about a minute' : `about ${minutes} minutes`;
}

export function money(currency: string, amount: number): string {
  const digits = amount !== 0 && Math.abs(amount) < 1 ? 4 : 2;
  const [whole = '0', rest = ''] = amount.toFixed(digits).split('.');
  return `${currency} ${whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')}.${rest}`;
}

export function person(id: string): string {
  return id.startsWith('S') ? `<!subteam^${id}>` : `<@${id}>`;
}

export function people(ids: readonly string[]): string {
  return ids.map(person).join(', ');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
