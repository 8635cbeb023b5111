import { isJson, objectsOf, textOf } from '../json.ts';
import type { Json } from '../json.ts';
import { block, blockLimits } from './blocks.ts';
import { plainText } from './objects.ts';
import { anything, array, boolean, inside, may, need, object, refuse, string } from './schema.ts';
import type { Check, Place, Problem, Rule, Surface } from './schema.ts';

/** Why Slack refuses the blocks of a message. */
export interface BlocksRefusal {
  readonly error: 'invalid_blocks' | 'invalid_blocks_format' | 'msg_blocks_too_long';
  /** Ready for `response_metadata.messages`. */
  readonly messages: readonly string[];
}

/** Checks the `blocks` argument of a message; undefined when Slack would take it. */
export function refuseBlocks(blocks: unknown): BlocksRefusal | undefined {
  if (!Array.isArray(blocks))
    return { error: 'invalid_blocks_format', messages: ['[ERROR] must provide an array'] };
  const at: Place = { pointer: '/blocks', surface: 'message', problems: [] };
  blocksOf('message')(blocks, at);
  if (at.problems.length > 0) return { error: 'invalid_blocks', messages: at.problems.map(say) };
  const markdown = objectsOf(blocks).filter((one) => one['type'] === 'markdown');
  const isTooLong = textIn(markdown) > 12_000 || textIn(blocks) > MOST_TEXT;
  return isTooLong ? { error: 'msg_blocks_too_long', messages: [] } : undefined;
}

/** All blocks together, which no page of Slack's tells (slackapi/bolt-js#2509): refused from about here on. */
const MOST_TEXT = 12_500;

/** Characters of all texts, however deep. */
function textIn(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + textIn(one), 0);
  if (!isJson(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, one]) => sum + (TEXTS.has(key) && typeof one === 'string' ? one.length : textIn(one)),
    0,
  );
}

const TEXTS = new Set(['text', 'title', 'alt_text']);

/** Checks a modal or home view; the messages are ready for `response_metadata.messages`, empty when all is well. */
export function refuseView(view: unknown, allowed: readonly ('modal' | 'home')[]): readonly string[] {
  const surface = isJson(view) && view['type'] === 'home' ? 'home' : 'modal';
  const at: Place = { pointer: '/view', surface, problems: [] };
  if (!isJson(view)) refuse(at, 'must provide an object');
  else if (!allowed.some((one) => one === view['type']))
    refuse(inside(at, 'type'), `must be a valid enum value: ${allowed.join(', ')}`);
  else (surface === 'home' ? homeView : modalView)(view, at);
  return at.problems.map(say);
}

function say(problem: Problem): string {
  return `[ERROR] ${problem.text} [json-pointer:${problem.pointer}]`;
}

function blocksOf(surface: Surface): Check {
  const each = array(block, surface === 'message' ? 0 : 1, blockLimits[surface]);
  return (value, at) => {
    each(value, at);
    together(objectsOf(value), at);
  };
}

/** What only shows when all blocks are seen at once: ids used twice, a second table, a second focus. */
function together(blocks: readonly Json[], at: Place): void {
  const seen = new Set<string>();
  blocks.forEach((one, index) => {
    const id = textOf(one['block_id']);
    if (id !== undefined && seen.has(id)) refuse(inside(at, index), `block_id ${id} already exists`);
    if (id !== undefined) seen.add(id);
    const actions = elementsOf(one).flatMap((element) => textOf(element['action_id']) ?? []);
    const doubled = actions.find((action, place) => actions.indexOf(action) !== place);
    if (doubled !== undefined) refuse(inside(at, index), `action_id ${doubled} already exists in this block`);
  });
  if (blocks.filter((one) => one['type'] === 'table').length > 1)
    refuse(at, 'only one table is allowed (only_one_table_allowed)');
  const focused = blocks.flatMap(elementsOf).filter((element) => element['focus_on_load'] === true);
  if (focused.length > 1) refuse(at, 'only one element may have focus_on_load');
}

/** The interactive elements of a block, wherever it keeps them. */
function elementsOf(one: Json): Json[] {
  const direct = objectsOf(one['elements']).filter(
    (element) => !String(element['type']).startsWith('rich_text_'),
  );
  return [
    ...(one['type'] === 'carousel' ? direct.flatMap(elementsOf) : direct),
    ...objectsOf([one['accessory'], one['element']]),
    ...(one['type'] === 'card' ? objectsOf(one['actions']) : []),
    ...objectsOf(one['child_blocks']).flatMap(elementsOf),
  ];
}

const common = {
  type: need(anything()),
  private_metadata: may(string(0, 3000)),
  callback_id: may(string(0, 255)),
  external_id: may(string(0, 255)),
};

const submitForInputs: Rule = (view, at) => {
  const hasInput = objectsOf(view['blocks']).some((one) => one['type'] === 'input');
  if (hasInput && view['submit'] === undefined) refuse(at, 'missing required field: submit');
};

const modalView: Check = object(
  {
    ...common,
    title: need(plainText(24)),
    submit: may(plainText(24)),
    close: may(plainText(24)),
    blocks: need(blocksOf('modal')),
    clear_on_close: may(boolean()),
    notify_on_close: may(boolean()),
    submit_disabled: may(boolean()),
  },
  submitForInputs,
);

const homeView: Check = object({ ...common, blocks: need(blocksOf('home')) });
