import { jsonOf, textOf } from '../json.ts';
import type { Json } from '../json.ts';
import { actable } from './state.ts';

/** An element with the id of its block. */
export interface Found {
  readonly blockId: string;
  readonly block: Json;
  readonly element: Json;
}

/** All a person can act on. */
function allActable(blocks: readonly Json[]): Found[] {
  return blocks.flatMap((block) =>
    actable(block).map((element) => ({ blockId: textOf(block['block_id']) ?? '', block, element })),
  );
}

/** What a person reads on an element: a button's text, an input's label, a placeholder. */
function labelOf(found: Found): string {
  const { block, element } = found;
  const from = [element['text'], block['label'], element['placeholder'], block['text']];
  return from.map((one) => textOf(jsonOf(one)['text'])).find((one) => one !== undefined) ?? '';
}

/**
 * The element with this action_id, block_id or visible text.
 * @throws Error listing what there is instead
 */
export function findElement(
  blocks: readonly Json[],
  wanted: string,
  only: { value?: string; blockId?: string } = {},
): Found {
  const all = allActable(blocks).filter(
    (one) =>
      (only.blockId === undefined || one.blockId === only.blockId) &&
      (only.value === undefined || one.element['value'] === only.value),
  );
  const tests: ((one: Found) => boolean)[] = [
    (one) => one.element['action_id'] === wanted,
    (one) => one.blockId === wanted,
    (one) => labelOf(one) === wanted,
    (one) => plain(labelOf(one)) === plain(wanted),
  ];
  for (const test of tests) {
    const found = all.find(test);
    if (found !== undefined) return found;
  }
  const there = all.map((one) => `${textOf(one.element['action_id']) ?? '?'} "${labelOf(one)}"`).join(', ');
  throw new Error(`nothing here is called ${wanted}; there is: ${there === '' ? 'nothing to click' : there}`);
}

/** Without emoji, case and outer blanks. */
function plain(text: string): string {
  return text
    .replaceAll(/:[a-z0-9_+-]+:/g, '')
    .replaceAll(/[^\p{L}\p{N} ]/gu, '')
    .trim()
    .toLowerCase();
}
