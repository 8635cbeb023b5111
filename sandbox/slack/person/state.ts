import { jsonOf, objectsOf, textOf } from '../json.ts';
import type { Json } from '../json.ts';

/** `state.values` of a view: block_id, then action_id, then the entered value. */
export type Values = Record<string, Record<string, Json>>;

/** How each kind of element writes its value down: the key, and where it begins. */
const keys: Readonly<Record<string, readonly [key: string, initial: string]>> = {
  plain_text_input: ['value', 'initial_value'],
  number_input: ['value', 'initial_value'],
  email_text_input: ['value', 'initial_value'],
  url_text_input: ['value', 'initial_value'],
  rich_text_input: ['rich_text_value', 'initial_value'],
  static_select: ['selected_option', 'initial_option'],
  external_select: ['selected_option', 'initial_option'],
  radio_buttons: ['selected_option', 'initial_option'],
  checkboxes: ['selected_options', 'initial_options'],
  multi_static_select: ['selected_options', 'initial_options'],
  multi_external_select: ['selected_options', 'initial_options'],
  users_select: ['selected_user', 'initial_user'],
  multi_users_select: ['selected_users', 'initial_users'],
  conversations_select: ['selected_conversation', 'initial_conversation'],
  multi_conversations_select: ['selected_conversations', 'initial_conversations'],
  channels_select: ['selected_channel', 'initial_channel'],
  multi_channels_select: ['selected_channels', 'initial_channels'],
  datepicker: ['selected_date', 'initial_date'],
  timepicker: ['selected_time', 'initial_time'],
  datetimepicker: ['selected_date_time', 'initial_date_time'],
  file_input: ['files', 'initial_files'],
};

/** True for an element whose value is kept in the state. */
export function isStateful(element: Json): boolean {
  return Object.hasOwn(keys, textOf(element['type']) ?? '');
}

/** The elements of a block that a person can act on. */
export function actable(block: Json): Json[] {
  const all = [...objectsOf(block['elements']), ...objectsOf([block['accessory'], block['element']])];
  const nested = objectsOf(block['child_blocks']).flatMap(actable);
  return [
    ...all.filter((one) => typeof one['action_id'] === 'string'),
    ...objectsOf(block['actions']),
    ...nested,
  ];
}

/** The state of fresh blocks; values entered before stay where block_id and action_id are the same. */
export function initialValues(blocks: readonly Json[], before: Values = {}): Values {
  const values: Values = {};
  for (const block of blocks) {
    const blockId = textOf(block['block_id']) ?? '';
    for (const element of actable(block).filter(isStateful)) {
      const type = textOf(element['type']) ?? '';
      const actionId = textOf(element['action_id']) ?? '';
      const [key, initial] = keys[type] ?? ['value', 'initial_value'];
      const empty = key.endsWith('s') ? [] : null;
      const kept = before[blockId]?.[actionId];
      (values[blockId] ??= {})[actionId] =
        kept?.['type'] === type ? kept : { type, [key]: element[initial] ?? empty };
    }
  }
  return values;
}

/** All options of a select, radio or checkbox element. */
function optionsOf(element: Json): Json[] {
  return [
    ...objectsOf(element['options']),
    ...objectsOf(element['option_groups']).flatMap((one) => objectsOf(one['options'])),
  ];
}

/** The option with this value or this visible text. */
function findOption(options: readonly Json[], wanted: string): Json | undefined {
  return options.find((one) => one['value'] === wanted || jsonOf(one['text'])['text'] === wanted);
}

/**
 * What an element's state becomes when a person enters this.
 * Options are named by value or text; several by an array; `null` empties.
 * @throws Error naming the choices, when there is no such option
 */
export function entered(
  element: Json,
  input: string | number | readonly string[] | null,
  extra: readonly Json[] = [],
): Json {
  const type = textOf(element['type']) ?? '';
  const [key] = keys[type] ?? ['value'];
  const many = key.endsWith('s');
  const list = input === null ? [] : Array.isArray(input) ? input.map(String) : [String(input)];
  const options = [...optionsOf(element), ...extra];
  const read = (one: string): unknown => {
    if (!key.startsWith('selected_option')) return key === 'selected_date_time' ? Number(one) : one;
    const option = findOption(options, one);
    if (option !== undefined) return option;
    const choices = options.map((each) => wordsOf(each)).join(', ');
    throw new Error(`${textOf(element['action_id']) ?? type} has no option ${one}; there are: ${choices}`);
  };
  if (many) return { type, [key]: list.map(read) };
  const only = list[0];
  return { type, [key]: only === undefined || only === '' ? null : read(only) };
}

function wordsOf(option: Json): string {
  return textOf(jsonOf(option['text'])['text']) ?? '';
}

/** True when nothing is entered. */
export function isBlank(value: Json | undefined): boolean {
  return Object.entries(value ?? {}).every(
    ([key, one]) => key === 'type' || one === null || one === '' || (Array.isArray(one) && one.length === 0),
  );
}
