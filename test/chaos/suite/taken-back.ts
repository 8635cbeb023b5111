import type { OperationView } from '../../../src/cluster/answers.ts';
import type { Store } from '../../../src/jobs/store/store.ts';
import type { Message, Town } from '../../support/town.ts';
import { follow } from './follow.ts';
import { compare, holdings, inWords, partOf } from './inventory.ts';
import type { Holding } from './inventory.ts';
import { judge, look, settled } from './judge.ts';
import type { OperationName } from './points.ts';

/** Refusals of a roll back where the operation was stopped before it changed anything that could be taken back. */
const NOTHING_TO_UNDO = ['nothing_made', 'nothing_to_undo'];

/** An operation that is stopped, and its message. */
interface Stopped {
  readonly town: Town;
  readonly view: OperationView;
  readonly message: Message;
}

/** Presses Retry. @returns what is not as a clean run leaves it, in words */
export async function carryOn(
  { town, message }: Stopped,
  name: OperationName,
  expected: readonly Holding[],
): Promise<string[]> {
  await town.dana.click(message, 'Retry');
  const end = await town.until(message, /^(Done|Failed)/);
  return inWords(await judge(town, name, { message: end }, expected, { stopped: true }));
}

/** Presses Roll back and approves it. @returns what is not as it was before the operation, in words */
export async function rollBack(
  { town, view, message }: Stopped,
  store: Store,
  before: readonly Holding[],
): Promise<string[]> {
  const wanted =
    view.operation.wish.kind === 'repair' ? withSettings(before, view, holdings(town.world)) : before;
  const { operation } = await follow(town, store, () => town.dana.click(message, 'Roll back'));
  const { state, problems } = operation;
  const isNeedless = state === 'refused' && problems.every(({ code }) => NOTHING_TO_UNDO.includes(code));
  const differences = await settled(() =>
    wanted.length === 0 ? look(town, 'destroy', []) : compare(wanted, holdings(town.world)),
  );
  return [
    ...(state === 'succeeded' || isNeedless
      ? []
      : [`the roll back is ${state}: ${JSON.stringify(problems)}`]),
    ...inWords(differences),
  ];
}

/** Settings that a repair has begun to change stay as they are when it is rolled back; the rest is as before. */
function withSettings(
  before: readonly Holding[],
  { operation, steps }: OperationView,
  now: readonly Holding[],
): readonly Holding[] {
  const begun = (operation.plan?.steps ?? [])
    .filter((step) => step.action === 'update' && steps[step.id]?.startedAt !== undefined)
    .map((step) => step.part);
  return before.map((was) =>
    begun.includes(partOf(was.what) ?? '') ? (now.find((one) => one.what === was.what) ?? was) : was,
  );
}
