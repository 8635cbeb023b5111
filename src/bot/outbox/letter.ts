import type { Answer, Asked, DriftRecord, ExpiryRecord, OperationView } from '../../cluster/answers.ts';
import { BUSY_STATES, isRefusedAfterApproval, stepNotesOf } from '../../cluster/operation.ts';
import type { Operation, OperationState } from '../../cluster/operation.ts';
import type { Desk, MessageKey } from '../../jobs/desk.ts';
import { chartOf } from '../chart/chart.ts';
import { answerView } from '../views/answers.ts';
import { driftView, expiryView } from '../views/drift.ts';
import { endView, noteView } from '../views/note.ts';
import { operationView } from '../views/operation.ts';
import { adminOfferView } from '../views/password.ts';
import type { View } from '../views/text.ts';
import type { Urgency } from './pace.ts';
import type { Place } from './places.ts';

/** What the key of the answer to a question begins with. */
const QUESTION = 'ask:';
/** Keys of what scheduled looks have found. */
const UNASKED = /^(?:drift|expiry):/;
/** What the key of the picture of an answer begins with. */
export const PICTURE = 'picture:';

/** A message as it should be now. */
export interface Letter {
  readonly view: View;
  /** The same in plain blocks, for workspaces that refuse newer ones. */
  readonly plainView?: View;
  readonly to:
    | { readonly kind: 'channel'; readonly channel: string }
    | { readonly kind: 'person'; readonly user: string }
    | { readonly kind: 'thread'; readonly parent: MessageKey }
    /** Seen by one person in the channel. */
    | { readonly kind: 'whisper'; readonly channel: string; readonly user: string };
  /** Gets it when the channel does not take it. */
  readonly requester: string;
  /** When what it tells of began: it cannot have been sent before. Milliseconds since 1970. */
  readonly since: number;
  /** Sent once and never changed. */
  readonly once: boolean;
  /** The operation that it shows as not over yet: without its record, nothing would ever change this message again. */
  readonly unfinished?: Operation | undefined;
  /** Messages of the same thread that come before it: whoever sends the last of them has this one sent. */
  readonly after?: readonly MessageKey[];
  /** Messages that should exist as well, once this one is sent. */
  readonly next: readonly MessageKey[];
}

export interface LetterReader {
  operation(id: string): Promise<OperationView | undefined>;
  asked(id: string): Promise<Asked | undefined>;
  drift(cluster: string): ReturnType<Desk['drift']>;
  wasShown(operationId: string): Promise<boolean>;
  /** Whether requesters are told of the end of their operations in private. */
  readonly tellRequester: boolean;
  readonly now: () => number;
  readonly timeScale: number;
}

/** In which an operation's message asks for more to come: a failed one, whether it shall be carried on. */
export const UNFINISHED: ReadonlySet<OperationState> = new Set([...BUSY_STATES, 'failed']);

/** In which it waits for what a person decides. */
const CALLING: ReadonlySet<OperationState> = new Set(['awaiting-approval', 'failed']);

/** Renders a message from the state as it is now; nothing when the state calls for no such message. */
export async function readLetter(key: MessageKey, reader: LetterReader): Promise<Letter | undefined> {
  const [kind, id = '', part = ''] = key.split(':');
  if (kind === 'ask') return askLetter(await reader.asked(id));
  if (kind === 'drift') return lookLetter((await reader.drift(id))?.told, Number(part), driftView);
  if (kind === 'expiry')
    return lookLetter((await reader.drift(id))?.certificate?.told, Number(part), expiryView);
  const all = await reader.operation(id);
  if (!all) return undefined;
  const { operation } = all;
  const requester = operation.requester.user;
  const since = operation.createdAt;
  if (kind === 'op') return operationLetter(all, reader);
  if (kind === 'note') {
    const view = noteView(all, part);
    const to = { kind: 'thread', parent: `op:${id}` } as const;
    const { after, next } = notesAround(key, all);
    return view && { view, to, requester, since, once: true, after, next };
  }
  const to = { kind: 'person', user: requester } as const;
  if (kind === 'end') {
    const view = endView(operation, part);
    return view && { view, to, requester, since, once: true, next: [] };
  }
  if (kind !== 'admin' || operation.outcome?.adminSecret === undefined) return undefined;
  const view = adminOfferView(operation, await reader.wasShown(id));
  return { view, to, requester, since, once: false, next: [] };
}

/** Who waits for it. */
export function urgencyOf(key: MessageKey, { to }: Letter): Urgency {
  if (key.startsWith(QUESTION)) return 'answer';
  // Of hundreds of clusters that share a certificate each has its own message on the same day, and nobody waits for it.
  if (UNASKED.test(key)) return 'repeat';
  // What is told in threads repeats what the message itself shows.
  return to.kind === 'thread' ? 'repeat' : 'news';
}

/** Who waits for a change of it. */
export function urgencyOfChange({ unfinished }: Letter, { hash }: Pick<Place, 'hash'>): Urgency {
  if (unfinished === undefined) return 'news';
  // Whether a plan that asks still stands is made sure of all the time: nobody waits for that.
  return hash !== undefined && CALLING.has(unfinished.state) ? 'news' : 'repeat';
}

function operationLetter(all: OperationView, reader: LetterReader): Letter {
  const { operation } = all;
  const options = { now: reader.now(), timeScale: reader.timeScale };
  const { user, channel } = operation.requester;
  return {
    view: operationView(all, { ...options, planBlock: true }),
    plainView: operationView(all, { ...options, planBlock: false }),
    to: concernsAll(operation) ? { kind: 'channel', channel } : { kind: 'whisper', channel, user },
    requester: user,
    since: operation.createdAt,
    once: false,
    unfinished: UNFINISHED.has(operation.state) ? operation : undefined,
    next: [...notesOf(all), ...privateOf(all, reader.tellRequester)],
  };
}

/** Until there is a plan to decide on, and if there never is one, only who asked has something to read. */
function concernsAll({ plan, replaces }: Operation): boolean {
  return plan !== undefined || replaces !== undefined;
}

/** Replies in the operation's thread that its state calls for. */
function notesOf({ operation, steps }: OperationView): MessageKey[] {
  const { id, state, run } = operation;
  return [
    ...(state === 'awaiting-approval' ? [`note:${id}:ask`] : []),
    ...(state === 'awaiting-approval' && operation.remindedAt !== undefined ? [`note:${id}:remind`] : []),
    ...(operation.startedAt === undefined ? [] : [`note:${id}:started`]),
    ...stepNotesOf(steps).map((part) => `note:${id}:${part}`),
    ...(state === 'failed' ? [`note:${id}:failed-${run}`] : []),
    ...(state === 'cancelled' && operation.startedAt !== undefined ? [`note:${id}:cancelled-${run}`] : []),
    ...(state === 'succeeded' ? [`note:${id}:succeeded`] : []),
    ...(isRefusedAfterApproval(operation) ? [`note:${id}:refused`] : []),
  ];
}

/** Those of an operation's notes that are told before this one, and the one that is told next. */
function notesAround(
  key: MessageKey,
  all: OperationView,
): { readonly after: MessageKey[]; readonly next: MessageKey[] } {
  const notes = notesOf(all).filter(
    (note) => note === key || noteView(all, note.split(':')[2] ?? '') !== undefined,
  );
  const at = notes.indexOf(key);
  return at < 0 ? { after: [], next: [] } : { after: notes.slice(0, at), next: notes.slice(at + 1, at + 2) };
}

/** Messages to the requester alone. In a direct message with the bot the operation's own message is enough. */
function privateOf({ operation, steps }: OperationView, tellRequester: boolean): MessageKey[] {
  const { id, state, run, requester, outcome, cancelledBy, retriedAt = 0 } = operation;
  // What stopped after it had made the administrator may end well by a repair, and nobody else has the password.
  const isOver = ['succeeded', 'failed', 'cancelled'].includes(state);
  const offer: MessageKey[] = isOver && outcome?.adminSecret !== undefined ? [`admin:${id}`] : [];
  // That one tells of a good end, too, unless it was sent when the operation had stopped.
  const wasOffered = (steps['admin']?.endedAt ?? Infinity) < retriedAt;
  if (state === 'succeeded' && offer.length > 0 && !wasOffered) return offer;
  if (!tellRequester || requester.channel.startsWith('D') || operation.planOnly === true) return offer;
  const end: MessageKey = `end:${id}:${state}-${run}`;
  // Whoever cancelled their own knows.
  if (state === 'cancelled')
    return cancelledBy === undefined || cancelledBy === requester.user ? offer : [...offer, end];
  const isTold =
    ['succeeded', 'failed', 'rejected', 'expired'].includes(state) || isRefusedAfterApproval(operation);
  return isTold ? [...offer, end] : offer;
}

/** The answer to a question; a status with a past is followed by its picture. */
export function askLetter(asked: Asked | undefined): Letter | undefined {
  if (!asked?.answer) return undefined;
  const { user, channel } = asked.requester;
  const problem = asked.answer.kind === 'problem';
  return {
    view: answerView(asked.answer, asked.question),
    // In a direct message nobody else reads along.
    to:
      problem && !channel.startsWith('D') ? { kind: 'whisper', channel, user } : { kind: 'channel', channel },
    requester: user,
    since: asked.askedAt,
    once: true,
    next: hasPicture(asked.answer) ? [`${PICTURE}${asked.id}`] : [],
  };
}

function hasPicture(answer: Answer): boolean {
  return answer.kind === 'status' && chartOf(answer.status) !== undefined;
}

/** Only the newest is true: one that was overtaken before it could be sent is not sent any more. */
function lookLetter<Told extends DriftRecord | ExpiryRecord>(
  told: Told | undefined,
  number: number,
  viewOf: (told: Told) => View,
): Letter | undefined {
  if (told === undefined || told.number !== number) return undefined;
  const to = { kind: 'channel', channel: told.channel } as const;
  return { view: viewOf(told), to, requester: told.user, since: told.at, once: true, next: [] };
}
