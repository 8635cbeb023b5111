/** The operations that every fault is tried in, in the order in which a cluster lives through them. */
export const OPERATIONS = ['create', 'scale', 'repair', 'destroy'] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** What befalls one call of the cloud's API. */
export const CALL_BLOWS = ['cut', '503', 'throttled'] as const;
type CallBlow = (typeof CALL_BLOWS)[number];
/** Processes that die by SIGKILL. */
export const KILLS = ['kill-worker', 'kill-bot', 'kill-both'] as const;
/** Processes that are told to go by SIGTERM while others come up already: what a rolling deployment does. */
export const STOPS = ['stop-worker', 'stop-bot', 'stop-both'] as const;
/** What else goes wrong around an operation. */
export const TROUBLES = [
  'frozen-worker',
  'redis-killed',
  'slack-down',
  'ssh-cut',
  'handed-out-twice',
  'second-worker',
  'host-reboot',
  'redis-cut',
  'redis-emptied',
] as const;
/** Somebody cancels the operation and then has it rolled back, or carried on. */
export const CANCELS = ['cancel-and-roll-back', 'cancel-and-retry'] as const;
/** After these a person may have to type again: nothing else is tried in the same operation. */
export const LOSSES: readonly Blow[] = ['redis-cut', 'redis-emptied'];
/** Everything that can happen to an operation that is to reach its end. */
export const BLOWS = [...CALL_BLOWS, ...KILLS, ...STOPS, ...TROUBLES];
export type Blow =
  | CallBlow
  | (typeof KILLS)[number]
  | (typeof STOPS)[number]
  | (typeof TROUBLES)[number]
  | (typeof CANCELS)[number];
/** Calls of the cloud that change nothing. */
export const READS = /^(Describe|List|Get|Query|CheckProductOpen)/;

/** When it happens: at a call (its arrival, or its answer), at the end of the n-th step, or after so many real ms. */
export type Moment =
  | {
      readonly at: 'call';
      readonly when: 'before' | 'after';
      readonly product: string;
      readonly action: string;
      /** The how many-th call of that action in this operation, from 1. */
      readonly nth: number;
    }
  | { readonly at: 'step'; readonly nth: number }
  | { readonly at: 'ms'; readonly ms: number };

/** One fault at one moment of one operation. Its id says all of it and can be typed again. */
export interface FaultPoint {
  readonly id: string;
  readonly operation: OperationName;
  readonly moment: Moment;
  readonly blow: Blow;
  /** Of the looks at the cloud before anything changes, which are all repeated when one of them fails. */
  readonly early?: boolean;
}

export function faultPoint(operation: OperationName, moment: Moment, blow: Blow, early = false): FaultPoint {
  return { id: `${operation}/${momentText(moment)}/${blow}`, operation, moment, blow, early };
}

function momentText(moment: Moment): string {
  if (moment.at === 'step') return `step.${moment.nth}`;
  if (moment.at === 'ms') return `ms.${moment.ms}`;
  return `${moment.when}.${moment.product}.${moment.action}.${moment.nth}`;
}

/** Reads an id back. @throws Error saying how an id reads */
export function parsePoint(id: string): FaultPoint {
  const [operation, moment, blow, ...rest] = id.split('/');
  const name = OPERATIONS.find((one) => one === operation);
  const known = [...BLOWS, ...CANCELS].find((one) => one === blow);
  const parsed = parseMoment(moment ?? '');
  if (name === undefined || known === undefined || parsed === undefined || rest.length > 0)
    throw new Error(
      `"${id}" is no fault: it reads <operation>/<moment>/<blow>, as create/after.ALB.CreateListener.2/cut, ` +
        `scale/step.1/cancel-and-retry or destroy/ms.500/kill-both.`,
    );
  return faultPoint(name, parsed, known);
}

function parseMoment(text: string): Moment | undefined {
  const [at, first = '', second = '', third = ''] = text.split('.');
  if (at === 'step' && /^\d+$/.test(first)) return { at, nth: Number(first) };
  if (at === 'ms' && /^\d+$/.test(first)) return { at, ms: Number(first) };
  if ((at !== 'before' && at !== 'after') || second === '' || !/^\d+$/.test(third)) return undefined;
  return { at: 'call', when: at, product: first, action: second, nth: Number(third) };
}

/** The line of the table that a blow belongs to. */
export function rowOf(point: FaultPoint): string {
  const { blow, moment } = point;
  if (blow === 'cut')
    return moment.at === 'call' && moment.when === 'after' ? 'call cut after its work' : 'call cut before it';
  const words: Partial<Record<Blow, string>> = {
    '503': 'call answered 503',
    throttled: 'call throttled 3 times',
  };
  return words[blow] ?? blow.replaceAll('-', ' ');
}
