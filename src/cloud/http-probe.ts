import { request as requestHttp } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ConnectTo } from './connect-to.ts';
import { ProbeError, probeErrorOf } from './probe-error.ts';
import { tlsFacts } from './tls-facts.ts';
import type { TlsFacts } from './tls-facts.ts';
import { converse } from './websocket-frames.ts';
import { randomBytes } from 'node:crypto';

export { ProbeError } from './probe-error.ts';
export type { TlsFacts } from './tls-facts.ts';

export interface ProbeInput {
  /** `https://live.example.com:5443/path`; its host is what Host header and SNI say. */
  readonly url: string;
  readonly connect: ConnectTo;
  /** Where to connect when `connect` says nothing: the load balancer's own name while there is no CNAME. */
  readonly address?: string | undefined;
  /** SNI, if not the URL's host. */
  readonly servername?: string | undefined;
  /** For the whole of it. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Roots to trust, PEM, instead of the system's. */
  readonly ca?: readonly string[] | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The first 64 KiB. */
  readonly body: string;
  readonly ms: number;
}

export interface HttpsAnswer extends HttpAnswer {
  readonly tls: TlsFacts;
}

export interface WebSocketAnswer {
  readonly opened: true;
  /** The first message; undefined when none came after `send`, or nothing was to be sent. */
  readonly message: string | undefined;
  readonly tls: TlsFacts | undefined;
  readonly ms: number;
}

const MOST_BYTES = 64 * 1024;

/**
 * Fetches a page over HTTPS. A certificate that is not trusted does not end it: `tls` tells.
 * @throws ProbeError when nobody answers
 */
export async function probeHttps(input: ProbeInput): Promise<HttpsAnswer> {
  const { answer, tls } = await fetchPage(input);
  if (!tls) throw new ProbeError('protocol', input.url);
  return { ...answer, tls };
}

/** Fetches a page over plain HTTP. @throws ProbeError when nobody answers */
export async function probeHttp(input: ProbeInput): Promise<HttpAnswer> {
  return (await fetchPage(input)).answer;
}

/**
 * Opens a WebSocket (`ws:`, `wss:`), sends a text if there is one and waits for the first message.
 * @throws ProbeError `refused-upgrade` with the status when it is not opened
 */
export function probeWebSocket(
  input: ProbeInput & { readonly send?: string | undefined },
): Promise<WebSocketAnswer> {
  const startedAt = performance.now();
  return withDeadline(
    input,
    (signal) =>
      new Promise<WebSocketAnswer>((resolve, reject) => {
        const outgoing = start(input, signal, {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': randomBytes(16).toString('base64'),
        });
        outgoing.on('error', reject);
        outgoing.on('response', (incoming) => {
          incoming.resume();
          outgoing.destroy();
          reject(new ProbeError('refused-upgrade', input.url, incoming.statusCode));
        });
        outgoing.on('upgrade', (_incoming, socket, head) => {
          const tls = socket instanceof TLSSocket ? tlsFacts(socket) : undefined;
          converse(socket, head, input.send, signal)
            .then((message) =>
              resolve({ opened: true, message, tls, ms: Math.round(performance.now() - startedAt) }),
            )
            .catch(reject);
        });
        outgoing.end();
      }),
  );
}

function fetchPage(
  input: ProbeInput,
): Promise<{ readonly answer: HttpAnswer; readonly tls: TlsFacts | undefined }> {
  const startedAt = performance.now();
  return withDeadline(
    input,
    (signal) =>
      new Promise((resolve, reject) => {
        const outgoing = start(input, signal, {});
        outgoing.on('error', reject);
        outgoing.on('response', (incoming) => {
          // Taken now: the certificate is gone once the socket is.
          const tls = incoming.socket instanceof TLSSocket ? tlsFacts(incoming.socket) : undefined;
          readBody(incoming)
            .then((body) =>
              resolve({
                tls,
                answer: {
                  status: incoming.statusCode ?? 0,
                  headers: plainHeaders(incoming),
                  body,
                  ms: Math.round(performance.now() - startedAt),
                },
              }),
            )
            .catch(reject);
        });
        outgoing.end();
      }),
  );
}

function start(input: ProbeInput, signal: AbortSignal, headers: Readonly<Record<string, string>>) {
  const url = new URL(input.url);
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const way = wayTo(input, name, port);
  const servername = input.servername ?? name;
  const options: RequestOptions = {
    host: way.host,
    port: way.port,
    method: 'GET',
    path: `${url.pathname}${url.search}`,
    headers: { host: url.host, accept: '*/*', 'user-agent': 'ams-chatops', ...headers },
    agent: false,
    signal,
  };
  if (!secure) return requestHttp(options);
  return requestHttps({
    ...options,
    rejectUnauthorized: false,
    ...(isIP(servername) === 0 ? { servername } : {}),
    ...(input.ca === undefined ? {} : { ca: [...input.ca] }),
  });
}

/** A mapping of the domain wins; else the fallback address, to which a mapping of its own may apply. */
function wayTo(input: ProbeInput, name: string, port: number) {
  const byName = input.connect(name, port);
  if (input.address === undefined || byName.host !== name || byName.port !== port) return byName;
  return input.connect(input.address, port);
}

/** One limit for connecting, handshake and answer together. */
async function withDeadline<Value>(
  input: ProbeInput,
  run: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const late = AbortSignal.timeout(input.timeoutMs);
  try {
    return await run(input.signal ? AbortSignal.any([late, input.signal]) : late);
  } catch (error) {
    throw late.aborted ? new ProbeError('timeout', input.url) : probeErrorOf(error, input.url);
  }
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= MOST_BYTES) break;
  }
  incoming.destroy();
  return Buffer.concat(chunks).subarray(0, MOST_BYTES).toString('utf8');
}

function plainHeaders(incoming: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
