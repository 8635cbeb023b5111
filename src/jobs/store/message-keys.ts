import type { OperationView } from '../../cluster/answers.ts';
import { stepNotesOf } from '../../cluster/operation.ts';
import type { MessageKey } from '../desk.ts';

/** How operations end, for the messages that tell their end. */
const ENDS = ['succeeded', 'failed', 'cancelled', 'rejected', 'expired', 'refused'] as const;

/** Every message that an operation may ever have had in Slack, so that nothing of it remains. */
export function allMessagesOf({ operation, steps }: OperationView): readonly MessageKey[] {
  const { id, run } = operation;
  const planned = (operation.plan?.steps ?? []).map((step) => step.id);
  const runs = Array.from({ length: run + 1 }, (_, number) => number);
  const notes = [
    'ask',
    'remind',
    'started',
    'succeeded',
    'refused',
    ...new Set([...planned.map((step) => `step-${step}`), ...stepNotesOf(steps)]),
    ...runs.flatMap((number) => [`failed-${number}`, `cancelled-${number}`]),
  ];
  return [
    `op:${id}`,
    `admin:${id}`,
    ...notes.map((note) => `note:${id}:${note}`),
    ...runs.flatMap((number) => ENDS.map((end) => `end:${id}:${end}-${number}`)),
  ];
}
