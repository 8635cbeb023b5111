import { jsonOf, listOf, objectsOf, textOf } from '../json.ts';
import type { Json } from '../json.ts';
import type { View } from '../types.ts';
import { isBlank } from './state.ts';

/**
 * What Slack's own window refuses before it sends anything: blank required fields, lengths, numbers, addresses.
 * By block_id; empty when it may be sent.
 */
export function refuseForm(view: View): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const block of view.blocks.filter((one) => one['type'] === 'input')) {
    const blockId = textOf(block['block_id']) ?? '';
    const element = jsonOf(block['element']);
    const value = view.state.values[blockId]?.[textOf(element['action_id']) ?? ''];
    const says = isBlank(value)
      ? block['optional'] === true
        ? undefined
        : 'Please complete this required field.'
      : refuseValue(element, jsonOf(value));
    if (says !== undefined) errors[blockId] = says;
  }
  return errors;
}

function refuseValue(element: Json, value: Json): string | undefined {
  const typed = textOf(value['value']) ?? '';
  const bound = (key: string): number | undefined =>
    element[key] === undefined ? undefined : Number(element[key]);
  if (element['type'] === 'plain_text_input') {
    const [min, max] = [bound('min_length'), bound('max_length') ?? 3000];
    if (min !== undefined && typed.length < min) return `Please use at least ${min} characters.`;
    if (typed.length > max) return `Please use at most ${max} characters.`;
  }
  if (element['type'] === 'number_input') {
    const [min, max, given] = [bound('min_value'), bound('max_value'), Number(typed)];
    if (!Number.isFinite(given)) return 'Please enter a number.';
    if (element['is_decimal_allowed'] !== true && !Number.isInteger(given))
      return 'Please enter a whole number.';
    if (min !== undefined && given < min) return `Please enter a number of at least ${min}.`;
    if (max !== undefined && given > max) return `Please enter a number of at most ${max}.`;
  }
  if (element['type'] === 'email_text_input' && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(typed)) {
    return 'Please enter a valid email address.';
  }
  if (element['type'] === 'url_text_input' && !URL.canParse(typed)) return 'Please enter a valid URL.';
  const most = bound('max_selected_items');
  const chosen = Object.entries(value).flatMap(([key, one]) =>
    key.startsWith('selected_') ? listOf(one) : [],
  );
  if (most !== undefined && chosen.length > most) return `Please choose at most ${most}.`;
  return undefined;
}

/** True when an app's `errors` name input blocks of the view only; otherwise people see "trouble connecting". */
export function errorsFit(view: View, errors: Json): boolean {
  const inputs = objectsOf(view.blocks).filter((one) => one['type'] === 'input');
  const names = Object.keys(errors);
  return names.length > 0 && names.every((name) => inputs.some((one) => one['block_id'] === name));
}
