import type { OperationView } from '../../cluster/answers.ts';
import { STEP_NOTE, isRefusedAfterApproval } from '../../cluster/operation.ts';
import type { Operation } from '../../cluster/operation.ts';
import { criticalPathSeconds } from '../../cluster/plan.ts';
import { lateWords, nothingDiffers, outcomeLines, problemLines } from './ended.ts';
import { headline, sentence } from './headline.ts';
import { waysOn, whatExists } from './stopped.ts';
import { about, escape, lines, people, person, quoted, section, view, when } from './text.ts';
import type { View } from './text.ts';

/** A reply in the operation's thread; nothing when the state no longer calls for it. */
export function noteView({ operation, steps }: OperationView, part: string): View | undefined {
  const { state, run } = operation;
  if (part === 'ask') return state === 'awaiting-approval' ? askNote(operation) : undefined;
  if (part === 'remind') return state === 'awaiting-approval' ? remindNote(operation) : undefined;
  if (part === 'started') return startedNote(operation);
  if (part === 'succeeded')
    return state === 'succeeded'
      ? say(`:white_check_mark: Done: ${escape(headline(operation))}.`, outcomeLines(operation.outcome))
      : undefined;
  if (part === `failed-${run}`)
    return state === 'failed' ? say(':x: It failed.', problemLines(operation.problems)) : undefined;
  if (part === `cancelled-${run}`)
    return state === 'cancelled'
      ? say(':octagonal_sign: Stopped: nothing new begins.', [
          ...whatExists({ operation, steps }),
          waysOn(operation),
        ])
      : undefined;
  if (part === 'refused') return isRefusedAfterApproval(operation) ? refusedNote(operation) : undefined;
  return stepNote({ operation, steps }, part);
}

/** Each note of a step is told once, in a reply of its own: what it says may call for somebody. */
function stepNote({ operation, steps }: OperationView, part: string): View | undefined {
  const [, id = '', nth = '1'] = STEP_NOTE.exec(part) ?? [];
  const note = steps[id]?.notes?.[Number(nth) - 1];
  const title = operation.plan?.steps.find((step) => step.id === id)?.title ?? id;
  return note === undefined ? undefined : say(`:information_source: *${escape(title)}*`, [escape(note)]);
}

/** Changing a message notifies nobody, so the approvers are called by a reply. */
function askNote(operation: Operation): View | undefined {
  const { approvers } = operation.policy;
  if (approvers.length === 0) return undefined;
  const until = operation.expiresAt === undefined ? '' : ` before ${when(operation.expiresAt)}`;
  return say(`:raised_hand: ${people(approvers)}: please look at the plan above and decide${until}.`, []);
}

/** Once, before it is too late; those who decided already are left in peace. */
function remindNote(operation: Operation): View | undefined {
  const { policy, decisions, expiresAt, remindedAt } = operation;
  if (remindedAt === undefined || expiresAt === undefined) return undefined;
  const missing = policy.approvers.filter((id) => !decisions.some((one) => one.user === id));
  if (missing.length === 0) return undefined;
  return say(
    `:hourglass: ${people(missing)}: the plan above still waits for a decision. It expires ${when(expiresAt)}; after that it must be asked for again.`,
    [],
  );
}

function startedNote(operation: Operation): View | undefined {
  if (operation.startedAt === undefined) return undefined;
  const approvers = operation.decisions.filter((one) => one.verdict === 'approve').map((one) => one.user);
  const by = approvers.length === 0 ? '' : `, approved by ${people(approvers)}`;
  const plan = operation.plan
    ? `  It usually takes ${about(criticalPathSeconds(operation.plan.steps) * 1_000)}.`
    : '';
  return say(`:rocket: Started ${when(operation.startedAt)}${by}.${plan}`, []);
}

/** Whoever approved it was told that it starts. */
function refusedNote(operation: Operation): View {
  const calm = nothingDiffers(operation);
  if (calm !== undefined) return say(`:white_check_mark: Nothing was left to do. ${escape(calm)}`, []);
  return say(
    ':x: It did not start: the last look before the start found this. Nothing was touched.',
    problemLines(operation.problems),
  );
}

/** The private word to the requester at the end. */
export function endView(operation: Operation, part: string): View | undefined {
  const { state, run, id } = operation;
  if (part !== `${state}-${run}`) return undefined;
  const what = `*${escape(sentence(operation))}* (${id})`;
  // Where its message is, is not said: the channel may not take it.
  const asked = `${what}, asked for in <#${operation.requester.channel}>,`;
  if (state === 'succeeded')
    return say(`:white_check_mark: ${asked} is done.`, outcomeLines(operation.outcome));
  if (state === 'failed') return say(`:x: ${asked} failed.`, problemLines(operation.problems));
  if (isRefusedAfterApproval(operation)) {
    const calm = nothingDiffers(operation);
    if (calm !== undefined)
      return say(`:white_check_mark: ${what}: nothing was left to do. ${escape(calm)}`, []);
    return say(
      `:x: ${asked} was approved and did not start. Nothing was touched.`,
      problemLines(operation.problems),
    );
  }
  if (state === 'expired')
    return say(`:alarm_clock: ${what} expired: ${lateWords(operation)}. Nothing was touched.`, []);
  if (state === 'cancelled')
    return say(
      `:octagonal_sign: ${asked} was cancelled by ${person(operation.cancelledBy ?? operation.requester.user)}.`,
      operation.startedAt === undefined ? ['Nothing was touched.'] : [waysOn(operation)],
    );
  if (state !== 'rejected') return undefined;
  const last = operation.decisions.findLast((one) => one.verdict === 'reject');
  const by = last ? ` by ${person(last.user)}` : '';
  return say(
    `:no_entry: ${what} was rejected${by}. Nothing was touched.`,
    last?.reason === undefined ? [] : [quoted(last.reason)],
  );
}

function say(first: string, more: readonly string[]): View {
  const blocks = lines([first, ...more], 6);
  return view([first, ...more].join('\n'), blocks.length === 0 ? [section(first)] : blocks);
}
