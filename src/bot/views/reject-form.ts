import type { ModalView } from '@slack/types';
import { FORM } from './action-ids.ts';

export interface RejectMeta {
  readonly id: string;
  readonly digest?: string;
  readonly channel: string;
}

/** Asks why. The reason is required: the requester should not have to guess. */
export function rejectForm(what: { id: string; digest: string | undefined }, channel: string): ModalView {
  const meta: RejectMeta = {
    id: what.id,
    channel,
    ...(what.digest === undefined ? {} : { digest: what.digest }),
  };
  return {
    type: 'modal',
    callback_id: FORM.reject,
    private_metadata: JSON.stringify(meta),
    title: { type: 'plain_text', text: 'Reject the plan' },
    submit: { type: 'plain_text', text: 'Reject' },
    close: { type: 'plain_text', text: 'Back' },
    blocks: [
      {
        type: 'input',
        block_id: 'reason',
        label: { type: 'plain_text', text: `Why should ${what.id} not be done?` },
        hint: { type: 'plain_text', text: 'Shown to everybody in the channel and kept in the history.' },
        element: {
          type: 'plain_text_input',
          action_id: 'value',
          multiline: true,
          min_length: 3,
          max_length: 1_000,
          focus_on_load: true,
        },
      },
    ],
  };
}
