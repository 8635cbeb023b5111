import { InputError } from '../../cluster/errors.ts';
import { printable } from '../../cluster/names.ts';
import { BUSY_STATES } from '../../cluster/operation.ts';
import type { OperationState } from '../../cluster/operation.ts';
import { OFFERED } from './cluster.ts';
import type { CommandContext } from './command.ts';

const ID = /^op-[a-z0-9]{4,40}$/;
/** So many of the newest are looked through for those that may be meant: fewer cost as much. */
const NEWEST = 100;

/** In which states a command has something to do. */
const FITTING = {
  approve: ['awaiting-approval'],
  reject: ['awaiting-approval'],
  cancel: BUSY_STATES,
  retry: ['failed', 'cancelled'],
  rollback: ['failed', 'cancelled'],
} as const satisfies Readonly<Record<string, readonly OperationState[]>>;

/**
 * Checks the id of an operation.
 * @throws InputError; when there is no id, with those that may be meant
 */
export async function readOperationId(
  ctx: Pick<CommandContext, 'desk'>,
  text: string | undefined,
  command: keyof typeof FITTING,
): Promise<string> {
  if (text === undefined) {
    const states: readonly OperationState[] = FITTING[command];
    // A plan may wait behind any number of newer ones that are over.
    const live = states.every((state) => BUSY_STATES.includes(state)) ? { live: true } : {};
    const newest = await ctx.desk.operations({ ...live, limit: NEWEST });
    const fitting = newest.filter((one) => states.includes(one.state));
    throw new InputError(
      `Which operation? \`/ams ${command}\` needs its id.`,
      fitting.length === 0
        ? `There is none to ${command === 'rollback' ? 'roll back' : command} now; \`/ams ops\` lists all.`
        : `Type \`/ams ${command} op-…\`; \`/ams ops\` lists them.`,
      { append: fitting.slice(0, OFFERED).map((one) => one.id) },
    );
  }
  if (!ID.test(text)) {
    throw new InputError(
      `"${printable(text)}" is not the id of an operation.`,
      'Ids look like op-7k3m9q2x; `/ams ops --live` lists them.',
      ID.test(text.toLowerCase()) ? { replace: text, by: text.toLowerCase() } : undefined,
    );
  }
  return text;
}
