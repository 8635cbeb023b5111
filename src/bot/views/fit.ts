import type { KnownBlock, SectionBlock } from '@slack/types';

/**
 * All blocks of a message together: Slack refuses somewhat more than 12,000 characters, its own wrapping of each block
 * included (`msg_blocks_too_long`; slackapi/bolt-js#2509 and #2867).
 */
const MOST_CHARACTERS = 10_500;
const WRAPPING = 40;
/** Sections are cut to no less than this: their first line says what they tell. */
const LEAST_SECTION = 300;
const UNREAD = new Set(['type', 'value', 'action_id', 'block_id', 'task_id', 'style']);
const MORE = /^…and (\d+) more$/;

/** Blocks that Slack takes together: lists are cut line by line, the longest first, and say how much is missing. */
export function fitted(blocks: readonly KnownBlock[]): KnownBlock[] {
  const all = [...blocks];
  for (let over = excessOf(all); over > 0; over = excessOf(all)) {
    if (!longestFirst(all).some((at) => cut(all, at, over))) break;
  }
  return all;
}

/** Whether {@link fitted} leaves something out. */
export function isTooLong(blocks: readonly KnownBlock[]): boolean {
  return excessOf(blocks) > 0;
}

function excessOf(blocks: readonly KnownBlock[]): number {
  return charactersOf(blocks) - MOST_CHARACTERS;
}

/** What of blocks people read. */
function charactersOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + charactersOf(one), 0);
  const wrapping = 'type' in value ? WRAPPING : 0;
  return Object.entries(value).reduce(
    (sum, [key, one]) => sum + (UNREAD.has(key) ? 0 : charactersOf(one)),
    wrapping,
  );
}

/** Lines of a section, and how many are left out at its end. */
interface List {
  readonly rows: readonly string[];
  readonly more: number;
  readonly length: number;
}

/** Undefined for what is no list: one line, or code that would lose its end. */
function readList(block: KnownBlock | undefined): List | undefined {
  const text = block?.type === 'section' ? (block.text?.text ?? '') : '';
  if (!text.includes('\n') || text.includes('```')) return undefined;
  const rows = text.split('\n');
  const more = Number(MORE.exec(rows.at(-1) ?? '')?.[1] ?? 0);
  return { rows: more > 0 ? rows.slice(0, -1) : rows, more, length: text.length };
}

function sectionOf({ rows, more }: Pick<List, 'rows' | 'more'>): SectionBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: [...rows, `…and ${more} more`].join('\n') } };
}

/** Where the lists that may be cut are; of equal ones the last first. */
function longestFirst(blocks: readonly KnownBlock[]): readonly number[] {
  const lists = blocks.map((block, at) => ({ at, length: readList(block)?.length ?? 0 }));
  return lists
    .filter(({ length }) => length > LEAST_SECTION)
    .toSorted((a, b) => b.length - a.length || b.at - a.at)
    .map(({ at }) => at);
}

/** Takes lines from a list's end, or the list where it has one alone. @returns whether it could */
function cut(all: KnownBlock[], at: number, over: number): boolean {
  const list = readList(all[at]);
  if (!list) return false;
  const shorter = shortened(list, Math.max(LEAST_SECTION, list.length - over - WRAPPING));
  if (shorter.rows.length === list.rows.length) return dropped(all, at, list);
  all[at] = sectionOf(shorter);
  return true;
}

/** Whole lines from the beginning, one at least. */
function shortened({ rows, more }: List, most: number): Pick<List, 'rows' | 'more'> {
  let count = rows.length;
  while (count > 1 && rows.slice(0, count).join('\n').length > most - 20) count -= 1;
  return { rows: rows.slice(0, count), more: more + rows.length - count };
}

/** A list of one long line goes, and the one before it counts it. @returns whether there is one */
function dropped(all: KnownBlock[], at: number, { rows, more }: List): boolean {
  const before = readList(all[at - 1]);
  if (!before) return false;
  all[at - 1] = sectionOf({ rows: before.rows, more: before.more + rows.length + more });
  all.splice(at, 1);
  return true;
}
