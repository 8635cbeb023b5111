import type { ModalView } from '@slack/types';
import type { Operation } from '../../cluster/operation.ts';
import { planBlocks, planView } from './plan.ts';

/** All of a plan again, in a window of its own. */
export function planForm(operation: Operation): ModalView {
  return {
    type: 'modal',
    title: { type: 'plain_text', text: 'Plan' },
    close: { type: 'plain_text', text: 'Close' },
    blocks: operation.plan ? planBlocks(operation, operation.plan) : planView(operation).blocks,
  };
}
