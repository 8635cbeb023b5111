import { anything, array, boolean, byType, integer, may, need, object, oneOf, string } from './schema.ts';

/** `rich_text` and its parts. Source: docs.slack.dev/reference/block-kit/blocks/rich-text-block. */

const style = may(
  object({
    bold: may(boolean()),
    italic: may(boolean()),
    strike: may(boolean()),
    code: may(boolean()),
    underline: may(boolean()),
    highlight: may(boolean()),
    client_highlight: may(boolean()),
    unlink: may(boolean()),
  }),
);
const type = need(anything());
const id = need(string(1, 255));

const span = byType({
  text: object({ type, text: need(string(1, 40_000)), style }),
  link: object({
    type,
    url: need(string(1, 3000)),
    text: may(string(1, 40_000)),
    unsafe: may(boolean()),
    style,
  }),
  user: object({ type, user_id: id, style }),
  usergroup: object({ type, usergroup_id: id, style }),
  channel: object({ type, channel_id: id, style }),
  team: object({ type, team_id: id, style }),
  color: object({ type, value: need(string(1, 32)), style }),
  broadcast: object({ type, range: need(oneOf('here', 'channel', 'everyone')), style }),
  emoji: object({ type, name: id, unicode: may(string(1, 255)), url: may(string(1, 3000)), style }),
  date: object({
    type,
    timestamp: need(integer(0, 99_999_999_999)),
    format: need(string(1, 255)),
    url: may(string(1, 3000)),
    fallback: may(string(1, 255)),
    style,
  }),
});

const spans = need(array(span, 0, 1000));
const border = may(oneOf(0, 1));
const section = object({ type, elements: spans });

export const richText = object({
  type,
  block_id: may(string(1, 255)),
  elements: need(
    array(
      byType({
        rich_text_section: section,
        rich_text_quote: object({ type, elements: spans, border }),
        rich_text_preformatted: object({ type, elements: spans, border, language: may(string(1, 64)) }),
        rich_text_list: object({
          type,
          style: need(oneOf('bullet', 'ordered')),
          elements: need(array(byType({ rich_text_section: section }), 1, 1000)),
          indent: may(integer(0, 8)),
          offset: may(integer(0, 100_000)),
          border,
        }),
      }),
      0,
      1000,
    ),
  ),
});
