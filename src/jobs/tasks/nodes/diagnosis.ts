import type { NodeAnswer, NodeCommand } from './ask-nodes.ts';

/** What to do about a node that runs alone. */
export const ALONE_HINT =
  'Look at /var/log/ams-join.log on it; release the instance in the ECS console and Auto Scaling starts a fresh one (removed in Auto Scaling itself, it would lower the desired number); then press Retry.';

/** Asks a node that did not join for the last words of its script. */
export function diagnosisQuestion(instanceId: string): NodeCommand {
  return { instanceId, command: 'tail -n 3 /var/log/ams-join.log 2>/dev/null' };
}

/** What it says about itself: a clause for people, or nothing. */
export function diagnosisWords(answer: NodeAnswer): string {
  if (!answer)
    return ' It does not answer Cloud Assistant either: look at its console, it may not have booted.';
  const last = answer.output
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/\/\/[^@/\s]+@/g, '//***@')
    .slice(0, 200);
  return last === undefined || last === '' ? '' : ` Its log says: ${last}`;
}
