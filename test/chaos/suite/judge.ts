import { setTimeout as sleep } from 'node:timers/promises';
import { inventory } from '../../support/holdings.ts';
import type { Message, Town } from '../../support/town.ts';
import { compare, holdings } from './inventory.ts';
import type { Differences, Holding } from './inventory.ts';
import type { End } from './life.ts';
import type { OperationName } from './points.ts';
import { findRecord, isMessageOf, operationIn } from './record.ts';

/** What a clean run left after each operation. */
export type Expected = Readonly<Record<OperationName, readonly Holding[]>>;

/** What products drop a little later than they say, and health checks, take this long at most. */
const SETTLING_MS = 30_000;

export interface JudgeOptions {
  /** The operation stopped on its way, and somebody pressed on. */
  readonly stopped: boolean;
  /** What is not right by then is wrong, real milliseconds. */
  readonly settlingMs?: number | undefined;
  /** Redis was emptied or cut meanwhile, perhaps right after the end was shown: then the record may be gone, or go on. */
  readonly forgetful?: boolean;
}

/** The cloud, the audit log and the channel after an operation that ended well. Nothing found means: the right end. */
export async function judge(
  town: Town,
  operation: OperationName,
  { message, stands = false, stops = [] }: Pick<End, 'message' | 'stands'> & Partial<Pick<End, 'stops'>>,
  expected: readonly Holding[],
  options: JudgeOptions,
): Promise<Differences> {
  const differences = await settled(() => look(town, operation, expected), options.settlingMs);
  const { lost, duplicated, orphaned } = differences;
  // Of what was lost with Redis there is no record, and its message says so.
  if (stands) {
    const isForgotten = options.forgetful === true || stops.some((one) => one.startsWith('Lost'));
    return isForgotten ? differences : { ...differences, duplicated: [...duplicated, 'it began anew'] };
  }
  const onRecord = () => wrongRecord(town, message, options);
  const record = options.forgetful === true ? await settled(onRecord, options.settlingMs) : await onRecord();
  const told = wrongChannel(town, message);
  return {
    lost: [...lost, ...record.lost, ...told.lost],
    duplicated: [...duplicated, ...record.duplicated, ...told.duplicated],
    orphaned,
  };
}

/** What differs still when whatever is on its way has come, or is late. */
export async function settled(
  look: () => Differences | Promise<Differences>,
  settlingMs = SETTLING_MS,
): Promise<Differences> {
  const until = performance.now() + settlingMs;
  let differences = await look();
  while (count(differences) > 0 && performance.now() < until) {
    await sleep(100);
    differences = await look();
  }
  return differences;
}

export function count(differences: Differences): number {
  return differences.lost.length + differences.duplicated.length + differences.orphaned.length;
}

/** The account against what an operation is to leave; after a removal: nothing. */
export function look(town: Town, operation: OperationName, expected: readonly Holding[]): Differences {
  if (operation !== 'destroy') return compare(expected, holdings(town.world));
  return { lost: [], duplicated: [], orphaned: inventory(town.world) };
}

/** Asked, planned, approved, started, every step of the plan done once, succeeded. */
async function wrongRecord(
  town: Town,
  end: Message,
  { stopped, forgetful = false }: JudgeOptions,
): Promise<Differences> {
  const lost: string[] = [];
  const duplicated: string[] = [];
  const found = await findRecord(town, end);
  if (found === undefined) {
    if (!forgetful) lost.push(`there is no record of ${operationIn(end)}`);
    return { lost, duplicated, orphaned: [] };
  }
  const { view, audit } = found;
  const events = audit.map((entry) => entry.event);
  const steps = view.operation.plan?.steps.map((step) => step.id) ?? [];
  if (view.operation.state !== 'succeeded') lost.push(`the operation is ${view.operation.state}`);
  if (events.slice(0, 4).join() !== 'requested,planned,approved,started')
    lost.push(`the audit log begins with ${events.slice(0, 4).join()}`);
  if (events.at(-1) !== 'succeeded') lost.push(`the audit log ends with ${events.at(-1)}`);
  const done = audit.filter((entry) => entry.event === 'step done').map((entry) => entry.detail);
  for (const step of steps) {
    const times = done.filter((one) => one === step).length;
    if (times === 0) lost.push(`the audit log lacks the end of step ${step}`);
    if (times > 1) duplicated.push(`the audit log has step ${step} done ${times} times`);
  }
  const usual = new Set(['requested', 'planned', 'approved', 'started', 'step done', 'succeeded']);
  const besides = events.filter((event) => !usual.has(event));
  if (!stopped && besides.length > 0) duplicated.push(`the audit log says besides: ${besides.join()}`);
  for (const once of ['requested', 'planned', 'approved', 'succeeded'])
    if (events.filter((event) => event === once).length > 1)
      duplicated.push(`the audit log says ${once} twice`);
  return { lost, duplicated, orphaned: [] };
}

/** One message about the operation, showing its end. */
function wrongChannel(town: Town, end: Message): Omit<Differences, 'orphaned'> {
  const id = operationIn(end);
  const about = town.world.slack.messages(town.channel).filter((one) => isMessageOf(one, id));
  return {
    lost: about.some((one) => one.text.startsWith('Done')) ? [] : ['no message of the channel shows the end'],
    duplicated: about.length > 1 ? [`the channel has ${about.length} messages about ${id}`] : [],
  };
}
