import { describe, expect, test } from 'vitest';
import { refuseBlocks, refuseView } from '../../sandbox/slack/block-kit/validate.ts';

const text = (value: string) => ({ type: 'plain_text', text: value });
const section = (value: string) => ({ type: 'section', text: { type: 'mrkdwn', text: value } });
const button = (more: object = {}) => ({ type: 'button', action_id: 'go', text: text('Go'), ...more });
const input = (element: object) => ({ type: 'input', block_id: 'i', label: text('Label'), element });
const modal = (blocks: unknown[], more: object = {}) => ({
  type: 'modal',
  title: text('Title'),
  submit: text('Send'),
  blocks,
  ...more,
});

describe('blocks of a message', () => {
  test.each([
    [
      'a section over 3,000 characters',
      [section('x'.repeat(3001))],
      'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
    ],
    ['an empty text', [section('')], 'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
    [
      'a misspelt key',
      [{ type: 'divider', blockid: 'x' }],
      'invalid additional property: blockid [json-pointer:/blocks/0]',
    ],
    ['an unknown block', [{ type: 'sektion' }], 'unsupported type: sektion [json-pointer:/blocks/0]'],
    [
      'the style default',
      [{ type: 'actions', elements: [button({ style: 'default' })] }],
      'valid enum value',
    ],
    [
      'a header in mrkdwn',
      [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }],
      '[json-pointer:/blocks/0/text]',
    ],
    [
      'eleven fields',
      [{ type: 'section', fields: Array.from({ length: 11 }, () => text('x')) }],
      'no more than 10 items',
    ],
    [
      '26 buttons',
      [{ type: 'actions', elements: Array.from({ length: 26 }, (_, i) => button({ action_id: `a${i}` })) }],
      'no more than 25',
    ],
    [
      '51 blocks',
      Array.from({ length: 51 }, () => ({ type: 'divider' })),
      'no more than 50 items allowed [json-pointer:/blocks]',
    ],
    [
      'a block_id used twice',
      [
        { type: 'divider', block_id: 'a' },
        { type: 'divider', block_id: 'a' },
      ],
      'already exists',
    ],
    ['an action_id used twice', [{ type: 'actions', elements: [button(), button()] }], 'already exists'],
    [
      'emoji on mrkdwn',
      [{ type: 'section', text: { type: 'mrkdwn', text: 'x', emoji: true } }],
      'additional property: emoji',
    ],
    [
      'a task without status',
      [{ type: 'task_card', task_id: 't', title: 'x' }],
      'missing required field: status',
    ],
    [
      'two tables',
      [0, 1].map(() => ({ type: 'table', rows: [[{ type: 'raw_text', text: 'x' }]] })),
      'only_one_table_allowed',
    ],
    [
      'an initial option that is none',
      [
        {
          type: 'actions',
          elements: [
            {
              type: 'static_select',
              options: [{ text: text('a'), value: 'a' }],
              initial_option: { text: text('b'), value: 'b' },
            },
          ],
        },
      ],
      'initial option',
    ],
  ])('%s is refused', (_name, blocks, says) => {
    const refusal = refuseBlocks(blocks);

    expect(refusal?.error).toBe('invalid_blocks');
    expect(refusal?.messages.join('\n')).toContain(says);
  });

  test('the newer blocks are taken', () => {
    const rich = {
      type: 'rich_text',
      elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'x' }] }],
    };
    const task = { type: 'task_card', task_id: 't', title: 'x', status: 'complete', details: rich };

    expect(
      refuseBlocks([{ type: 'plan', title: 'p', tasks: [task] }, task, { type: 'markdown', text: '# x' }]),
    ).toBeUndefined();
  });

  test('what is no array, and too much of everything, have their own codes', () => {
    const markdown = { type: 'markdown', text: 'x'.repeat(7000) };

    expect(refuseBlocks({})?.error).toBe('invalid_blocks_format');
    expect(refuseBlocks([markdown, markdown])?.error).toBe('msg_blocks_too_long');
    const long = section('x'.repeat(2_900));
    expect(refuseBlocks([long, long, long, long])).toBeUndefined();
    expect(refuseBlocks([long, long, long, long, long])?.error).toBe('msg_blocks_too_long');
  });
});

describe('views', () => {
  test.each([
    [
      'a title over 24 characters',
      modal([section('x')], { title: text('x'.repeat(25)) }),
      '[json-pointer:/view/title/text]',
    ],
    [
      'inputs without submit',
      modal([input({ type: 'plain_text_input' })], { submit: undefined }),
      'missing required field: submit',
    ],
    [
      'a markdown block',
      modal([{ type: 'markdown', text: 'x' }]),
      'unsupported type: markdown [json-pointer:/view/blocks/0]',
    ],
    ['a button in an input', modal([input(button())]), 'unsupported type: button'],
    [
      'a number as a number',
      modal([input({ type: 'number_input', is_decimal_allowed: false, initial_value: 3 })]),
      'must be a string',
    ],
    [
      'metadata over 3,000',
      modal([section('x')], { private_metadata: 'x'.repeat(3001) }),
      '[json-pointer:/view/private_metadata]',
    ],
    [
      'a home with a title',
      { type: 'home', title: text('x'), blocks: [section('x')] },
      'invalid additional property: title',
    ],
  ])('%s is refused', (_name, view, says) => {
    expect(refuseView(view, ['modal', 'home']).join('\n')).toContain(says);
  });

  test('a plain form is taken', () => {
    const number = {
      type: 'number_input',
      action_id: 'n',
      is_decimal_allowed: false,
      min_value: '1',
      initial_value: '2',
    };

    expect(refuseView(modal([input(number)]), ['modal'])).toEqual([]);
  });
});
