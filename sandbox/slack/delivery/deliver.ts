import { randomUUID } from 'node:crypto';
import type { Json } from '../json.ts';
import type { Settings } from '../settings.ts';
import type { Ack, Delivery } from '../types.ts';
import { post, sign } from './post.ts';
import type { SignedRequest } from './post.ts';
import type { Sockets } from './sockets.ts';

/** Brings payloads to the app, by whichever way it listens. */
export interface Courier {
  /** Sends a command or interaction and waits for its acknowledgement. These are never retried. */
  send(kind: 'slash_commands' | 'interactive', payload: Json): Promise<{ ack: Ack; delivery: Delivery }>;
  /** Sends an event; without an acknowledgement up to three times more. Resolves after the first. */
  event(payload: Json): Promise<{ ack: Ack; delivery: Delivery }>;
  /** The very same again: same envelope, same body, same signature. */
  redeliver(delivery: Delivery): Promise<Ack>;
  duplicateNext(times: number): void;
  reset(): void;
}

const retryReasons: Readonly<Record<string, string>> = {
  operation_timeout: 'http_timeout',
  http_error: 'http_error',
  dispatch_failed: 'connection_failed',
};

export function createCourier(settings: Settings, sockets: Sockets, isDown: () => boolean): Courier {
  const signed = new WeakMap<Delivery, SignedRequest>();
  const timers = new Set<NodeJS.Timeout>();
  let duplicates = 0;

  function once(delivery: Delivery, retry?: { attempt: number; reason: string }): Promise<Ack> {
    if (isDown()) return Promise.resolve({ acked: false, ms: 0, error: 'dispatch_failed' });
    if (settings.requestUrl === undefined) return sockets.send(delivery, settings.ackTimeoutMs, retry);
    const request = signed.get(delivery) ?? sign(delivery, settings.signingSecret);
    signed.set(delivery, request);
    const headers = retry && {
      'x-slack-retry-num': String(retry.attempt),
      'x-slack-retry-reason': retry.reason,
    };
    return post(settings.requestUrl, request, settings.ackTimeoutMs, headers);
  }

  async function first(kind: Delivery['kind'], payload: Json): Promise<{ ack: Ack; delivery: Delivery }> {
    const delivery: Delivery = { kind, payload, envelopeId: randomUUID() };
    const twice = duplicates > 0;
    if (twice) duplicates -= 1;
    const sent = once(delivery);
    // A double is the same payload once more; its own envelope keeps the two acknowledgements apart.
    if (twice)
      void once(settings.requestUrl === undefined ? { ...delivery, envelopeId: randomUUID() } : delivery);
    return { ack: await sent, delivery };
  }

  function retryLater(delivery: Delivery, ack: Ack, attempt: number): void {
    const wait = settings.eventRetryDelaysMs[attempt - 1];
    if (ack.acked || ack.noRetry === true || wait === undefined) return;
    const reason = retryReasons[ack.error ?? ''] ?? 'unknown_error';
    const timer = setTimeout(() => {
      timers.delete(timer);
      void once(delivery, { attempt, reason }).then((next) => retryLater(delivery, next, attempt + 1));
    }, wait);
    timer.unref();
    timers.add(timer);
  }

  return {
    send: first,
    async event(payload) {
      const sent = await first('events_api', payload);
      retryLater(sent.delivery, sent.ack, 1);
      return sent;
    },
    redeliver: (delivery) => once(delivery),
    duplicateNext(times) {
      duplicates = times;
    },
    reset() {
      duplicates = 0;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
