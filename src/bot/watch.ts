import type { App, ReceiverEvent } from '@slack/bolt';
import type { JobTrace } from '../jobs/trace.ts';

/** Told of what goes to Slack and comes from it, for metrics. Must cost next to nothing and never throw. */
export interface SlackWatch {
  slackCalled(method: string, outcome: string, ms: number): void;
  slackDelivered(type: string, lagMs: number): void;
  slackAcknowledged(type: string, ms: number): void;
  messageSent(lagMs: number): void;
}

type Fetch = typeof globalThis.fetch;

/** Slack's methods; whatever else an address ends with may be a secret (response_url) and is not told. */
const METHOD = /\/([a-z]+(?:\.[A-Za-z]+)+)$/;
const TYPES: ReadonlySet<string> = new Set([
  'block_actions',
  'view_submission',
  'view_closed',
  'shortcut',
  'message_action',
  'block_suggestion',
  'event_callback',
]);

/** A `fetch` that tells of each call; the answer is not delayed by it. */
export function watchedFetch(watch: SlackWatch): Fetch {
  return async (input, init) => {
    const startedAt = performance.now();
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const method = METHOD.exec(pathname)?.[1] ?? 'response_url';
    const tell = (outcome: string): void => watch.slackCalled(method, outcome, performance.now() - startedAt);
    try {
      const answer = await fetch(input, init);
      if (!answer.ok) tell(`http_${answer.status}`);
      else if (method === 'response_url') tell('ok');
      else
        void answer
          .clone()
          .json()
          .then(errorIn, () => 'no_json')
          .then(tell);
      return answer;
    } catch (error) {
      tell('no_answer');
      throw error;
    }
  };
}

function errorIn(body: unknown): string {
  const { ok, error } = body as { readonly ok?: unknown; readonly error?: unknown };
  if (ok === true) return 'ok';
  return typeof error === 'string' ? error : 'no_json';
}

/** Has every delivery to the app timed: how old it was, and how long its acknowledgement took. */
export function watchDeliveries(app: App, watch: SlackWatch): void {
  const handle = app.processEvent.bind(app);
  app.processEvent = (event: ReceiverEvent) => {
    const startedAt = performance.now();
    const type = typeOf(event.body);
    const happenedAt = happenedAtMs(event.body);
    if (happenedAt !== undefined) watch.slackDelivered(type, Date.now() - happenedAt);
    return handle({
      ...event,
      ack: async (response) => {
        await event.ack(response);
        watch.slackAcknowledged(type, performance.now() - startedAt);
      },
    });
  };
}

/** Lets what a delivery leads to begin, in traces, with its arrival. */
export function traceDeliveries(app: App, trace: JobTrace): void {
  const handle = app.processEvent.bind(app);
  app.processEvent = (event: ReceiverEvent) => trace.arrival(typeOf(event.body), () => handle(event));
}

function typeOf(body: Readonly<Record<string, unknown>>): string {
  if (typeof body['command'] === 'string') return 'command';
  const { type } = body;
  return typeof type === 'string' && TYPES.has(type) ? type : 'other';
}

/** When it happened by Slack's clock: clicks and events say so, commands and forms do not. */
function happenedAtMs(body: Readonly<Record<string, unknown>>): number | undefined {
  const actions = body['actions'];
  const first: unknown = Array.isArray(actions) ? actions[0] : undefined;
  const event = body['event'];
  const seconds = Number(field(first, 'action_ts') ?? field(event, 'event_ts') ?? body['action_ts']);
  // Anything else than a time of these years is no time.
  return seconds > 1e9 && seconds < 1e10 ? seconds * 1_000 : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
