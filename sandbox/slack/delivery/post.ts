import { createHmac } from 'node:crypto';
import { parseJson, wordOf } from '../json.ts';
import type { Ack, Delivery } from '../types.ts';

/** One signed request, ready to be sent, once or again. */
export interface SignedRequest {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Signs a delivery: `v0=` and the hex HMAC-SHA256 of `v0:{timestamp}:{body}`.
 * Source: docs.slack.dev/authentication/verifying-requests-from-slack.
 */
export function sign(delivery: Delivery, secret: string): SignedRequest {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const body = bodyOf(delivery);
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return {
    body,
    headers: {
      'content-type':
        delivery.kind === 'events_api' ? 'application/json' : 'application/x-www-form-urlencoded',
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
    },
  };
}

function bodyOf(delivery: Delivery): string {
  if (delivery.kind === 'events_api') return JSON.stringify(delivery.payload);
  if (delivery.kind === 'interactive') {
    return new URLSearchParams({ payload: JSON.stringify(delivery.payload) }).toString();
  }
  return new URLSearchParams(
    Object.entries(delivery.payload).map(([key, value]): [string, string] => [key, wordOf(value)]),
  ).toString();
}

/** Sends it; anything but a 2xx within the time is a failure. */
export async function post(
  url: string,
  request: SignedRequest,
  timeoutMs: number,
  more: Record<string, string> = {},
): Promise<Ack> {
  const started = performance.now();
  const spent = (): number => performance.now() - started;
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: request.body,
      headers: { ...request.headers, ...more },
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'manual',
    });
    const text = await response.text();
    const noRetry = response.headers.get('x-slack-no-retry') === '1';
    if (!response.ok) return { acked: false, ms: spent(), error: 'http_error', noRetry };
    const parsed = parseJson(text);
    return { acked: true, ms: spent(), noRetry, ...(text === '' ? {} : { response: parsed ?? text }) };
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError';
    return { acked: false, ms: spent(), error: late ? 'operation_timeout' : 'dispatch_failed' };
  }
}
