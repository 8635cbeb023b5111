import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { createSecureContext, rootCertificates, TLSSocket } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { randomBytes } from 'node:crypto';
import type { ConnectTo } from '../../../cloud/connect-to.ts';
import { converse } from '../../../cloud/websocket-frames.ts';
import type { CertificateLife } from '../../../cluster/certificate.ts';
import type { Settings } from '../../../cluster/settings.ts';
import { readSecretPlace } from '../../secret-place.ts';
import { connectionWords } from './connection-words.ts';

export type Reply =
  | {
      readonly reached: true;
      readonly status: number;
      readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
      /** At most 256 KiB of it. */
      readonly body: string;
      /** Undefined on plain ports. */
      readonly certificate?: CertificateLife;
    }
  | { readonly reached: false; readonly why: string };

/** The cluster's front door as a browser meets it: names of the domain, connections to the load balancer. */
export interface Door {
  readonly domain: string;
  readonly dnsName: string;
  now(): number;
  /** GET; https on 443 and 5443, http on 80 and 5080. Never throws. */
  get(port: number, path: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** Any method with a JSON body, over https. Never throws. */
  request(port: number, method: 'POST' | 'PUT', path: string, json: unknown): Promise<Reply>;
  /** Opens a WebSocket, sends a text and waits for any answer. Never throws. */
  socket(
    port: number,
    path: string,
    text: string,
  ): Promise<{ readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string }>;
}

const TIMEOUT_MS = 15_000;
const MOST_BYTES = 256 * 1024;

export interface DoorPlace {
  readonly domain: string;
  /** The load balancer's own name: connections go there, so that a CNAME not set yet is no obstacle. */
  readonly dnsName: string;
  readonly connect: ConnectTo;
  readonly settings: Pick<Settings, 'trustedRoots'>;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** How long a port may keep silent; 15 s unless told. */
  readonly patienceMs?: number;
}

/** Few connections to a port serve all its requests, as a browser's do: a TLS handshake costs more than what is asked. */
const KEPT = { keepAlive: true, maxSockets: 2 };

/**
 * Works at the door. TLS is verified strictly against the system's roots and those of `trustedRoots`. What a port lets
 * wait in vain is not asked again: its next requests end with the same words.
 * @throws AmsError when the file of extra roots cannot be read
 */
export async function atDoor<Result>(
  place: DoorPlace,
  work: (door: Door) => Promise<Result>,
): Promise<Result> {
  const context = await contextFor(place.settings);
  const agents = { plain: new HttpAgent(KEPT), safe: new HttpsAgent(KEPT) };
  try {
    return await work(openDoor(place, context, agents));
  } finally {
    agents.plain.destroy();
    agents.safe.destroy();
  }
}

/**
 * Somebody will work at a door before long: reads all the world's roots now, while nobody waits for it. Never throws;
 * what is wrong with the file of extra roots is told at the door.
 */
export function expectDoor(settings: DoorPlace['settings']): void {
  contextFor(settings).catch(() => undefined);
}

interface Agents {
  readonly plain: HttpAgent;
  readonly safe: HttpsAgent;
}

function openDoor(place: DoorPlace, secureContext: SecureContext, agents: Agents): Door {
  const { domain, dnsName, signal, patienceMs = TIMEOUT_MS } = place;
  const silent = new Map<number, Error>();
  const certificates = new Map<number, CertificateLife | undefined>();

  function start(
    port: number,
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
  ): ClientRequest {
    const way = wayTo(place, port);
    const common = {
      host: way.host,
      port: way.port,
      method,
      path,
      headers: { host: port === 80 || port === 443 ? domain : `${domain}:${port}`, ...headers },
      timeout: patienceMs,
      signal,
    };
    if (port !== 443 && port !== 5443) return httpRequest({ ...common, agent: agents.plain });
    const trusted = { ...common, agent: agents.safe, secureContext };
    return httpsRequest({ ...trusted, ...(isIP(domain) ? {} : { servername: domain }) });
  }

  function end(outgoing: ClientRequest, port: number): void {
    const error = timedOut();
    silent.set(port, error);
    outgoing.destroy(error);
  }

  function send(
    port: number,
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Reply> {
    return new Promise<Reply>((resolve) => {
      const failed = (error: Error) => resolve({ reached: false, why: connectionWords(error, domain, port) });
      const known = silent.get(port);
      if (known) return failed(known);
      let outgoing: ClientRequest;
      try {
        outgoing = start(port, method, path, headers);
      } catch (error) {
        return failed(error as Error);
      }
      outgoing.on('timeout', () => end(outgoing, port));
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // Closed by the other side right before: nothing of this request was heard (Node's `reusedSocket`).
        const isStale = outgoing.reusedSocket && method === 'GET' && error.code === 'ECONNRESET';
        if (isStale) resolve(send(port, method, path, headers));
        else failed(error);
      });
      outgoing.on('response', (incoming) => void replyOf(incoming, port).then(resolve, failed));
      outgoing.end(body);
    });
  }

  async function replyOf(incoming: IncomingMessage, port: number): Promise<Reply> {
    const { socket } = incoming;
    // Every connection to a port shows the same one, and reading it takes longer than the answer.
    if (socket instanceof TLSSocket && !certificates.has(port)) certificates.set(port, lifeOf(socket));
    const body = await read(incoming);
    const certificate = certificates.get(port);
    return {
      reached: true,
      status: incoming.statusCode ?? 0,
      headers: incoming.headers,
      body,
      ...(certificate === undefined ? {} : { certificate }),
    };
  }

  return {
    domain,
    dnsName,
    now: place.now,
    get: (port, path, headers = {}) => send(port, 'GET', path, headers),
    request(port, method, path, json) {
      const body = JSON.stringify(json);
      const headers = {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
      };
      return send(port, method, path, headers, body);
    },
    socket: (port, path, text) =>
      new Promise((resolve) => {
        const headers = {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': randomBytes(16).toString('base64'),
          origin: `https://${domain}`,
        };
        const fail = (why: string) => resolve({ ok: false, why });
        const known = silent.get(port);
        if (known) return fail(connectionWords(known, domain, port));
        const outgoing = start(port, 'GET', path, headers);
        outgoing.on('timeout', () => end(outgoing, port));
        outgoing.on('error', (error) => fail(connectionWords(error, domain, port)));
        outgoing.on('response', (incoming) => {
          incoming.resume();
          fail(
            `the connection is not upgraded (status ${incoming.statusCode ?? 0}); check that the application is deployed and the listener takes WebSockets`,
          );
        });
        outgoing.on('upgrade', (_incoming, socket, head) => {
          converse(socket, head, text, AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])).then(
            (answer) => resolve({ ok: true, text: answer ?? '' }),
            (error: Error) => fail(connectionWords(error, domain, port)),
          );
        });
        outgoing.end();
      }),
  };
}

/** The context made last: reading all the world's roots takes longer than everything else of a request. */
let last: { readonly extra: string | undefined; readonly context: SecureContext } | undefined;

/** Whom connections trust: the system's roots and further ones. */
async function contextFor({ trustedRoots }: DoorPlace['settings']): Promise<SecureContext> {
  const extra = trustedRoots === undefined ? undefined : await readSecretPlace(trustedRoots);
  if (last?.extra === extra && last) return last.context;
  const ca = extra === undefined ? [...rootCertificates] : [...rootCertificates, extra];
  last = { extra, context: createSecureContext({ ca }) };
  return last.context;
}

function wayTo(place: DoorPlace, port: number): { readonly host: string; readonly port: number } {
  // A mapping of the domain wins over one of the load balancer's name: somebody wrote it down on purpose.
  const byDomain = place.connect(place.domain, port);
  if (byDomain.host !== place.domain || byDomain.port !== port) return byDomain;
  return place.connect(place.dnsName, port);
}

async function read(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    chunks.push(bytes);
    if (size > MOST_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function timedOut(): Error {
  return Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' });
}

function lifeOf(socket: TLSSocket): CertificateLife | undefined {
  const seen = socket.getPeerX509Certificate();
  return seen && { from: Date.parse(seen.validFrom), to: Date.parse(seen.validTo) };
}
