import { isJson } from '../json.ts';
import { anything, array, boolean, byType, may, need, object, oneOf, refuse, string } from './schema.ts';
import type { Check, Rule } from './schema.ts';

/**
 * Composition objects and their limits.
 * Source: docs.slack.dev/reference/block-kit/composition-objects, and the types of `@slack/types` 3.2.0.
 */

export function plainText(max: number): Check {
  return byType({ plain_text: plain(max) });
}

export function mrkdwn(max: number): Check {
  return byType({ mrkdwn: marked(max) });
}

export function anyText(max: number): Check {
  return byType({ plain_text: plain(max), mrkdwn: marked(max) });
}

function plain(max: number): Check {
  return object({ type: need(anything()), text: need(string(1, max)), emoji: may(boolean()) });
}

function marked(max: number): Check {
  return object({ type: need(anything()), text: need(string(1, max)), verbatim: may(boolean()) });
}

/** `confirm`: title 100, text 300, both buttons 30 characters. */
export const confirm: Check = object({
  title: may(plainText(100)),
  text: need(anyText(300)),
  confirm: may(plainText(30)),
  deny: may(plainText(30)),
  style: may(oneOf('primary', 'danger')),
});

interface OptionKind {
  readonly text: (max: number) => Check;
  readonly url: boolean;
}

/** An option: text 75, value 150, description 75 characters. `url` is for overflow menus only. */
export function option(kind: OptionKind = { text: plainText, url: false }): Check {
  return object({
    text: need(kind.text(75)),
    value: need(string(1, 150)),
    description: may(kind.text(75)),
    ...(kind.url ? { url: may(string(1, 3000)) } : {}),
  });
}

export const optionGroup: Check = object({
  label: need(plainText(75)),
  options: need(array(option(), 1, 100)),
});

/** An image by public address or by Slack file, exactly one of the two. */
export const imageFields = {
  image_url: may(string(1, 3000)),
  slack_file: may(object({ id: may(string(1, 255)), url: may(string(1, 3000)) })),
  alt_text: need(string(1, 2000)),
};

export const oneImageSource: Rule = (value, at) => {
  const given = [value['image_url'], value['slack_file']].filter((one) => one !== undefined);
  if (given.length !== 1) refuse(at, 'must provide either image_url or slack_file');
};

export const imageElement: Check = object({ type: need(anything()), ...imageFields }, oneImageSource);

/** `initial_option` must be one of the options, letter for letter. */
export const initialIsAnOption: Rule = (value, at) => {
  const groups = Array.isArray(value['option_groups']) ? value['option_groups'] : [];
  const all = [
    ...(Array.isArray(value['options']) ? value['options'] : []),
    ...groups.flatMap((group: unknown) =>
      isJson(group) && Array.isArray(group['options']) ? group['options'] : [],
    ),
  ].map(essence);
  const initial =
    value['initial_options'] ?? (value['initial_option'] === undefined ? [] : [value['initial_option']]);
  if (!Array.isArray(initial)) return;
  for (const one of initial) {
    if (!all.includes(essence(one))) refuse(at, 'initial option must match one of the options');
  }
};

function essence(one: unknown): string {
  if (!isJson(one)) return '';
  const text = isJson(one['text']) ? one['text']['text'] : undefined;
  const description = isJson(one['description']) ? one['description']['text'] : undefined;
  return JSON.stringify([text, one['value'], description]);
}
