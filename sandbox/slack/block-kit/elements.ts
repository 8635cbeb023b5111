import { isJson } from '../json.ts';
import {
  anyText,
  confirm,
  imageElement,
  initialIsAnOption,
  option,
  optionGroup,
  plainText,
} from './objects.ts';
import { richText } from './rich-text.ts';
import {
  anything,
  array,
  boolean,
  byType,
  integer,
  matching,
  may,
  need,
  object,
  oneOf,
  pick,
  refuse,
  string,
} from './schema.ts';
import type { Check, Rule } from './schema.ts';

/** Block elements and their limits. Source: docs.slack.dev/reference/block-kit/block-elements. */

const type = need(anything());
const actionId = may(string(1, 255));
const confirmable = { confirm: may(confirm) };
const focusable = { focus_on_load: may(boolean()) };
const placeholder = { placeholder: may(plainText(150)) };
const base = { type, action_id: actionId };
const picker = { ...base, ...confirmable, ...focusable, ...placeholder };
const typed = {
  ...base,
  ...focusable,
  ...placeholder,
  dispatch_action_config: may(
    object({
      trigger_actions_on: need(array(oneOf('on_enter_pressed', 'on_character_entered'), 1, 2)),
    }),
  ),
};
const many = { max_selected_items: may(integer(1, 100)) };
const date = matching(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'must be in the format YYYY-MM-DD');
const time = matching(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be in the format HH:mm');
const decimal = matching(/^-?\d+(\.\d+)?$/, 'must be a valid number, as a string');
const id = string(1, 255);
const ids = array(id, 0, 100);
const style = may(oneOf('primary', 'danger'));
const choice = option({ text: anyText, url: false });
const filter = object({
  include: may(array(oneOf('im', 'mpim', 'private', 'public'), 1, 4)),
  exclude_external_shared_channels: may(boolean()),
  exclude_bot_users: may(boolean()),
});
const conversations = { ...picker, filter: may(filter), default_to_current_conversation: may(boolean()) };
const responds = { response_url_enabled: may(boolean()) };

const listed = {
  options: may(array(option(), 1, 100)),
  option_groups: may(array(optionGroup, 1, 100)),
};

const eitherOptionsOrGroups: Rule = (value, at) => {
  const given = [value['options'], value['option_groups']].filter((one) => one !== undefined);
  if (given.length !== 1) refuse(at, 'must provide either options or option_groups');
};

const lengthsAgree: Rule = (value, at) => {
  const [min, max, initial] = [value['min_length'], value['max_length'], value['initial_value']];
  if (typeof min === 'number' && typeof max === 'number' && min > max)
    refuse(at, 'min_length exceeds max_length');
  if (typeof initial === 'string' && typeof max === 'number' && initial.length > max) {
    refuse(at, 'initial_value exceeds max_length');
  }
};

const numbersAgree: Rule = (value, at) => {
  const read = (key: string): number | undefined =>
    value[key] === undefined ? undefined : Number(value[key]);
  const [min, max, initial] = [read('min_value'), read('max_value'), read('initial_value')];
  if (min !== undefined && max !== undefined && min > max) refuse(at, 'min_value exceeds max_value');
  if (initial === undefined) return;
  if ((min !== undefined && initial < min) || (max !== undefined && initial > max)) {
    refuse(at, 'initial_value is out of range');
  }
  if (value['is_decimal_allowed'] === false && !Number.isInteger(initial)) {
    refuse(at, 'initial_value must be a whole number');
  }
};

const feedback = object({
  text: need(plainText(75)),
  value: need(string(1, 2000)),
  accessibility_label: may(string(1, 75)),
});

/** Every element by its type. */
export const elements: Readonly<Record<string, Check>> = {
  button: object({
    ...base,
    ...confirmable,
    text: need(plainText(75)),
    value: may(string(0, 2000)),
    url: may(string(1, 3000)),
    style,
    accessibility_label: may(string(1, 75)),
  }),
  workflow_button: object({
    ...base,
    ...confirmable,
    text: need(plainText(75)),
    workflow: need(anything()),
    style,
    accessibility_label: may(string(1, 75)),
  }),
  icon_button: object({
    ...base,
    ...confirmable,
    icon: need(oneOf('trash')),
    text: need(plainText(75)),
    accessibility_label: may(string(1, 75)),
    value: may(string(0, 2000)),
    visible_to_user_ids: may(ids),
  }),
  feedback_buttons: object({ ...base, positive_button: need(feedback), negative_button: need(feedback) }),
  image: imageElement,
  checkboxes: object(
    {
      ...base,
      ...confirmable,
      ...focusable,
      options: need(array(choice, 1, 10)),
      initial_options: may(array(choice, 1, 10)),
    },
    initialIsAnOption,
  ),
  radio_buttons: object(
    {
      ...base,
      ...confirmable,
      ...focusable,
      options: need(array(choice, 1, 10)),
      initial_option: may(choice),
    },
    initialIsAnOption,
  ),
  overflow: object({
    ...base,
    ...confirmable,
    options: need(array(option({ text: plainText, url: true }), 1, 5)),
  }),
  datepicker: object({ ...picker, initial_date: may(date) }),
  timepicker: object({ ...picker, initial_time: may(time), timezone: may(string(1, 100)) }),
  datetimepicker: object({
    ...base,
    ...confirmable,
    ...focusable,
    initial_date_time: may(integer(1_000_000_000, 9_999_999_999)),
  }),
  static_select: object(
    { ...picker, ...listed, initial_option: may(option()) },
    eitherOptionsOrGroups,
    initialIsAnOption,
  ),
  multi_static_select: object(
    { ...picker, ...listed, ...many, initial_options: may(array(option(), 1, 100)) },
    eitherOptionsOrGroups,
    initialIsAnOption,
  ),
  external_select: object({
    ...picker,
    initial_option: may(option()),
    min_query_length: may(integer(0, 3000)),
  }),
  multi_external_select: object({
    ...picker,
    ...many,
    initial_options: may(array(option(), 1, 100)),
    min_query_length: may(integer(0, 3000)),
  }),
  users_select: object({ ...picker, initial_user: may(id) }),
  multi_users_select: object({ ...picker, ...many, initial_users: may(ids) }),
  conversations_select: object({ ...conversations, ...responds, initial_conversation: may(id) }),
  multi_conversations_select: object({ ...conversations, ...many, initial_conversations: may(ids) }),
  channels_select: object({ ...picker, ...responds, initial_channel: may(id) }),
  multi_channels_select: object({ ...picker, ...many, initial_channels: may(ids) }),
  plain_text_input: object(
    {
      ...typed,
      initial_value: may(string(0, 3000)),
      multiline: may(boolean()),
      min_length: may(integer(0, 3000)),
      max_length: may(integer(1, 3000)),
    },
    lengthsAgree,
  ),
  number_input: object(
    {
      ...typed,
      is_decimal_allowed: need(boolean()),
      initial_value: may(decimal),
      min_value: may(decimal),
      max_value: may(decimal),
    },
    numbersAgree,
  ),
  email_text_input: object({ ...typed, initial_value: may(string(0, 3000)) }),
  url_text_input: object({ ...typed, initial_value: may(string(0, 3000)) }),
  rich_text_input: object({
    ...typed,
    initial_value: may(richText),
    min_lines: may(integer(1, 100)),
    max_lines: may(integer(1, 100)),
  }),
  file_input: object({
    ...base,
    filetypes: may(array(string(1, 32), 1, 100)),
    max_files: may(integer(1, 10)),
  }),
};

const selects = [
  'static_select',
  'external_select',
  'users_select',
  'conversations_select',
  'channels_select',
].flatMap((name) => [name, `multi_${name}`]);
const choices = [...selects, 'checkboxes', 'radio_buttons', 'datepicker', 'timepicker'];
const typing = ['plain_text_input', 'number_input', 'email_text_input', 'url_text_input', 'rich_text_input'];

export const actionsElement = byType(
  pick(elements, [...choices, 'button', 'workflow_button', 'overflow', 'datetimepicker', 'rich_text_input']),
);
export const accessory = byType(
  pick(elements, [...choices, 'button', 'workflow_button', 'overflow', 'image']),
);
export const contextAction = byType(pick(elements, ['feedback_buttons', 'icon_button']));

/** What an input block may hold: no buttons, no overflow, and no `confirm` on anything. */
export const inputElement: Check = (value, at) => {
  byType(pick(elements, [...choices, ...typing, 'datetimepicker', 'file_input']))(value, at);
  if (!isJson(value)) return;
  if (value['confirm'] !== undefined) refuse(at, 'confirm is not allowed in an input block');
  if (value['type'] === 'file_input' && at.surface !== 'modal') refuse(at, 'unsupported type: file_input');
};
