import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { text as readText } from 'node:stream/consumers';
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

/** Connections stay open, as Slack's do. Of Node itself: `fetch` takes longer than a bot needs to acknowledge. */
const agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) };

/** Sends it; anything but a 2xx within the time is a failure. Redirections are not followed. */
export async function post(
  url: string,
  request: SignedRequest,
  timeoutMs: number,
  more: Record<string, string> = {},
): Promise<Ack> {
  const started = performance.now();
  const spent = (): number => performance.now() - started;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const { status, noRetry, text } = await exchange(url, request, signal, more);
    if (status < 200 || status > 299) return { acked: false, ms: spent(), error: 'http_error', noRetry };
    const parsed = parseJson(text);
    return { acked: true, ms: spent(), noRetry, ...(text === '' ? {} : { response: parsed ?? text }) };
  } catch {
    return { acked: false, ms: spent(), error: signal.aborted ? 'operation_timeout' : 'dispatch_failed' };
  }
}

async function exchange(
  url: string,
  { body, headers }: SignedRequest,
  signal: AbortSignal,
  more: Record<string, string>,
): Promise<{ readonly status: number; readonly noRetry: boolean; readonly text: string }> {
  const { protocol } = new URL(url);
  const isSafe = protocol === 'https:';
  const sent = (isSafe ? requestHttps : requestHttp)(url, {
    method: 'POST',
    agent: isSafe ? agents['https:'] : agents['http:'],
    headers: { ...headers, ...more, 'content-length': Buffer.byteLength(body) },
    signal,
  });
  // Broken off after the answer began: reading that tells.
  sent.on('error', () => undefined);
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const text = await readText(answer);
  return { status: answer.statusCode ?? 0, noRetry: answer.headers['x-slack-no-retry'] === '1', text };
}
