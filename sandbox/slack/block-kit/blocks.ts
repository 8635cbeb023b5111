import { accessory, actionsElement, contextAction, elements, inputElement } from './elements.ts';
import { anyText, imageFields, mrkdwn, oneImageSource, plainText } from './objects.ts';
import { richText } from './rich-text.ts';
import {
  anything,
  array,
  boolean,
  byType,
  integer,
  may,
  need,
  number,
  object,
  oneOf,
  pick,
  refuse,
  string,
} from './schema.ts';
import type { Check, Rule, Surface } from './schema.ts';

/** Blocks and their limits. Source: docs.slack.dev/reference/block-kit/blocks, `@slack/types` 3.2.0. */

const base = { type: need(anything()), block_id: may(string(1, 255)) };
const image = elements['image'] ?? anything();
const button = byType(pick(elements, ['button']));

const textOrFields: Rule = (value, at) => {
  if (value['text'] === undefined && value['fields'] === undefined)
    refuse(at, 'missing required field: text or fields');
};

const somethingToShow: Rule = (value, at) => {
  const shown = ['hero_image', 'title', 'actions', 'body'].some((key) => value[key] !== undefined);
  if (!shown) refuse(at, 'must provide at least one of hero_image, title, actions, body');
};

const titled: Rule = (value, at) => {
  if (value['title'] === undefined && value['rich_text_title'] === undefined)
    refuse(at, 'missing required field: title');
};

const cell = byType({
  raw_text: object({ type: need(anything()), text: need(string(1, 10_000)) }),
  raw_number: object({ type: need(anything()), value: need(number()), text: need(string(1, 255)) }),
  rich_text: richText,
});

const taskCard = object({
  ...base,
  task_id: need(string(1, 255)),
  title: need(string(1, 255)),
  status: need(oneOf('pending', 'in_progress', 'complete', 'error')),
  details: may(byType({ rich_text: richText })),
  output: may(byType({ rich_text: richText })),
  sources: may(
    array(
      byType({
        url: object({ type: need(anything()), url: need(string(1, 3000)), text: need(string(1, 255)) }),
      }),
      0,
      50,
    ),
  ),
});

const card = object(
  {
    ...base,
    hero_image: may(image),
    icon: may(image),
    title: may(mrkdwn(150)),
    subtitle: may(mrkdwn(150)),
    body: may(mrkdwn(200)),
    actions: may(array(button, 1, 5)),
  },
  somethingToShow,
);

const simple: Record<string, Check> = {
  actions: object({ ...base, elements: need(array(actionsElement, 1, 25)) }),
  context: object({ ...base, elements: need(array(contextElement, 1, 10)) }),
  divider: object(base),
  header: object({ ...base, text: need(plainText(150)), level: may(integer(1, 4)) }),
  image: object({ ...base, ...imageFields, title: may(plainText(2000)) }, oneImageSource),
  input: object({
    ...base,
    label: need(plainText(2000)),
    hint: may(plainText(2000)),
    optional: may(boolean()),
    dispatch_action: may(boolean()),
    element: need(inputElement),
  }),
  rich_text: richText,
  section: object(
    {
      ...base,
      text: may(anyText(3000)),
      fields: may(array(anyText(2000), 1, 10)),
      accessory: may(accessory),
      expand: may(boolean()),
    },
    textOrFields,
  ),
  table: object({
    ...base,
    rows: need(array(array(cell, 1, 20), 1, 100)),
    column_settings: may(
      array(object({ align: may(oneOf('left', 'center', 'right')), is_wrapped: may(boolean()) }), 0, 20),
    ),
  }),
  video: object({
    ...base,
    video_url: need(string(1, 3000)),
    thumbnail_url: need(string(1, 3000)),
    alt_text: need(string(1, 2000)),
    title: need(plainText(199)),
    title_url: may(string(1, 3000)),
    author_name: may(string(1, 49)),
    provider_name: may(string(1, 255)),
    provider_icon_url: may(string(1, 3000)),
    description: may(plainText(2000)),
  }),
};

function contextElement(value: unknown, at: Parameters<Check>[1]): void {
  byType({ image, plain_text: anyText(2000), mrkdwn: anyText(2000) })(value, at);
}

const all: Readonly<Record<string, Check>> = {
  ...simple,
  alert: object({
    ...base,
    text: need(anyText(3000)),
    level: may(oneOf('default', 'info', 'warning', 'error', 'success')),
  }),
  card,
  carousel: object({ ...base, elements: need(array(byType({ card }), 1, 10)) }),
  container: object(
    {
      ...base,
      title: may(plainText(150)),
      rich_text_title: may(byType({ rich_text: richText })),
      subtitle: may(anyText(150)),
      child_blocks: need(array(byType(simple), 1, 10)),
      width: may(oneOf('narrow', 'standard', 'wide', 'full')),
      icon: may(image),
      is_collapsible: may(boolean()),
      default_collapsed: may(boolean()),
      has_header_divider: may(boolean()),
    },
    titled,
  ),
  context_actions: object({ ...base, elements: need(array(contextAction, 1, 5)) }),
  data_table: object({
    ...base,
    rows: need(array(array(cell, 1, 20), 1, 100)),
    caption: need(string(1, 255)),
    page_size: may(integer(1, 100)),
    row_header_column_index: may(integer(0, 19)),
  }),
  markdown: object({ ...base, text: need(string(1, 12_000)) }),
  task_card: taskCard,
  plan: object({
    ...base,
    title: need(string(1, 255)),
    tasks: may(array(byType({ task_card: taskCard }), 0, 50)),
  }),
};

const everywhere = [
  'actions',
  'context',
  'divider',
  'header',
  'image',
  'input',
  'rich_text',
  'section',
  'video',
  'alert',
];

const bySurface: Readonly<Record<Surface, Check>> = {
  message: byType(all),
  modal: byType(pick(all, everywhere)),
  home: byType(pick(all, everywhere)),
};

/** One block, as its surface takes it. */
export const block: Check = (value, at) => bySurface[at.surface](value, at);

/** How many blocks a surface holds. */
export const blockLimits: Readonly<Record<Surface, number>> = { message: 50, modal: 100, home: 100 };
