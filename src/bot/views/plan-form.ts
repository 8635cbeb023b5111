import type { ModalView } from '@slack/types';
import type { Operation } from '../../cluster/operation.ts';
import { planView } from './plan.ts';

/** The approved plan again, in a window of its own. */
export function planForm(operation: Operation): ModalView {
  const { blocks } = planView(operation, { maxStepBlocks: 30 });
  return {
    type: 'modal',
    title: { type: 'plain_text', text: 'Plan' },
    close: { type: 'plain_text', text: 'Close' },
    blocks: blocks.filter((block) => block.type !== 'actions'),
  };
}
