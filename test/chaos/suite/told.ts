import type { OperationView } from '../../../src/cluster/answers.ts';
import type { PlanStep } from '../../../src/cluster/plan.ts';
import { offers } from '../../support/town.ts';
import type { Message, Town } from '../../support/town.ts';
import { holdings, partOf } from './inventory.ts';
import type { Holding } from './inventory.ts';
import { isMessageOf } from './record.ts';

/** `• exists: Listener HTTP 80 to the origin group`; the answer to a cancel has words of its own for the last. */
const TOLD = /^• (exists|changed|gone|begun|under way,? (?:and )?may still come true): (.*)$/gm;
const FINISHED = ['exists', 'changed', 'gone'];

/** The message of the channel that shows an operation. */
export function messageOf(town: Town, id: string): Message {
  const found = town.world.slack.messages(town.channel).find((one) => isMessageOf(one, id));
  if (found === undefined) throw new Error(`no message shows ${id}`);
  return found;
}

/** Steps of the operation that a message tells of as under way. */
export function toldUnderWay(message: Message, { operation }: OperationView): readonly PlanStep[] {
  const told = readTold(message);
  return (operation.plan?.steps ?? []).filter(({ title }) => told.get(title)?.startsWith('under way'));
}

/** What is wrong with what the channel tells of a cancelled operation, in words. */
export function toldWrongly(town: Town, view: OperationView, before: readonly Holding[]): string[] {
  const message = messageOf(town, view.operation.id);
  const note = town.world.slack
    .messages(town.channel)
    .find((one) => one.thread_ts === message.ts && one.text.includes('Stopped: nothing new begins'));
  if (!message.text.endsWith('cancelled.')) return [`the message reads "${message.text}"`];
  if (note === undefined) return ['no reply in the thread says what exists'];
  const now = holdings(town.world);
  return [
    ...untrue(message, view, before, now).map((one) => `the message: ${one}`),
    ...untrue(note, view, before, now).map((one) => `the thread: ${one}`),
    ...toldUnderWay(message, view).map(({ title }) => `the message: ${title} is under way for ever`),
    ...['Retry', 'Roll back'].filter((way) => !offers(message, way)).map((way) => `there is no ${way}`),
  ];
}

/** Where what is told is not what became of the account. What was under way when it was told may be either. */
function untrue(
  message: Message,
  { operation }: OperationView,
  before: readonly Holding[],
  now: readonly Holding[],
): string[] {
  const told = readTold(message);
  return (operation.plan?.steps ?? []).flatMap(({ action, part, title }) => {
    if (action === 'check') return [];
    const word = told.get(title);
    const differs = ofPart(before, part) !== ofPart(now, part);
    if (word === undefined && differs) return [`nothing of ${part}, which is "${ofPart(now, part)}"`];
    if (FINISHED.includes(word ?? '') && !differs) return [`"${word}" of ${part}, which is as before`];
    return [];
  });
}

/** Each title that a message tells of, with the word for what became of it. */
function readTold(message: Message): ReadonlyMap<string, string> {
  const texts = (message.blocks ?? []).map((block) => {
    const { text } = block as { readonly text?: { readonly text?: string } };
    return text?.text ?? '';
  });
  return new Map(
    [...texts.join('\n').matchAll(TOLD)].map(([, word = '', title = '']) => [unescape(title), word] as const),
  );
}

/** As `escape` of the views has it. */
function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function ofPart(all: readonly Holding[], part: string): string {
  return all
    .filter(({ what }) => partOf(what) === part)
    .map(({ what, how }) => `${what} ${how}`)
    .toSorted()
    .join('; ');
}
