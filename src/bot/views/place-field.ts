import type { InputBlock } from '@slack/types';

/** Block id of the field that says where an operation's message goes. */
export const PLACE_FIELD = 'channel';

/** Asks for the channel, where a form was opened outside of one. */
export function placeField(initial: string | undefined): InputBlock {
  return {
    type: 'input',
    block_id: PLACE_FIELD,
    label: { type: 'plain_text', text: 'Channel' },
    hint: {
      type: 'plain_text',
      text: 'Where the plan is shown, approvers are called and progress is told.',
    },
    element: {
      type: 'conversations_select',
      action_id: 'value',
      filter: { include: ['public', 'private'], exclude_bot_users: true },
      ...(initial === undefined ? {} : { initial_conversation: initial }),
    },
  };
}
