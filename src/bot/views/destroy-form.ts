import type { ModalView } from '@slack/types';
import type { Requester } from '../../cluster/operation.ts';
import { FORM } from './action-ids.ts';

export interface DestroyMeta {
  readonly cluster: string;
  readonly requester: Requester;
}

/** The name must be typed again before a removal is even planned. */
export function destroyForm(cluster: string, requester: Requester): ModalView {
  const meta: DestroyMeta = { cluster, requester };
  return {
    type: 'modal',
    callback_id: FORM.destroy,
    private_metadata: JSON.stringify(meta),
    title: { type: 'plain_text', text: 'Remove a cluster' },
    submit: { type: 'plain_text', text: 'Plan the removal' },
    close: { type: 'plain_text', text: 'Keep it' },
    blocks: [
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          text: `:warning: Everything of *${cluster}* will be removed: nodes, load balancer, database with its data. It is planned first, and an approver must agree.`,
        },
      },
      {
        type: 'input',
        block_id: 'name',
        label: { type: 'plain_text', text: `Type ${cluster} to go on` },
        element: { type: 'plain_text_input', action_id: 'value', max_length: 60, focus_on_load: true },
      },
    ],
  };
}
