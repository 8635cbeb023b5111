import type { View } from '../../slack/types.ts';
import { jsonOf, listOf, textOf } from './json.ts';
import type { Json } from './json.ts';
import type { Entry } from './place.ts';

/** What the inputs of a form hold, by block_id, as Slack keeps it in the view's state. */
export function entriesOf(view: View): Record<string, Entry> {
  const entries: Record<string, Entry> = {};
  for (const block of view.blocks) {
    if (block['type'] !== 'input') continue;
    const blockId = textOf(block['block_id']);
    const actionId = textOf(jsonOf(block['element'])['action_id']);
    entries[blockId] = entryOf(jsonOf(view.state.values[blockId]?.[actionId]));
  }
  return entries;
}

/** The value in a state, whatever the kind of element: `value`, `selected_option`, `selected_users`… */
function entryOf(state: Json): Entry {
  const key = Object.keys(state).find((one) => one !== 'type');
  const value = key === undefined ? null : state[key];
  if (Array.isArray(value))
    return value.map((one) => (typeof one === 'string' ? one : textOf(jsonOf(one)['value'])));
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  const option = listOf([value])[0];
  return option === undefined ? null : textOf(option['value']) || null;
}
