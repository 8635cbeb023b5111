import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import type { World } from '../../sandbox/world.ts';

/** What a visitor of a cluster got. */
export interface Visit {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** `TLSv1.2` and such; undefined over plain HTTP. */
  readonly tls: string | undefined;
}

export interface VisitOptions {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The newest version of TLS that the visitor speaks. */
  readonly maxVersion?: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
}

/** Fetches an address as a browser does that trusts the world's root certificate: the chain and the name are checked. */
export function visit(world: World, address: string, options: VisitOptions = {}): Promise<Visit> {
  const url = new URL(address);
  const secure = url.protocol === 'https:';
  const { method = 'GET', body, headers = {}, maxVersion } = options;
  return new Promise((resolve, reject) => {
    const request = (secure ? tlsRequest : plainRequest)(
      {
        ...placeOf(world, url),
        method,
        path: `${url.pathname}${url.search}`,
        agent: false,
        headers: { host: url.host, 'content-type': 'application/json', ...headers },
        ...(secure ? { servername: url.hostname, ca: world.certificate.caPem } : {}),
        ...(maxVersion === undefined ? {} : { maxVersion, minVersion: 'TLSv1' as const }),
      },
      (answer) => {
        const tls = secure ? ((answer.socket as TLSSocket).getProtocol() ?? undefined) : undefined;
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks).toString('utf8'),
            tls,
          }),
        );
      },
    );
    request.once('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Opens a WebSocket through the load balancer, e.g. `wss://live.example.com/WebRTCAppEE/websocket`. */
export async function openSocket(world: World, address: string): Promise<WebSocket> {
  const url = new URL(address);
  const { host, port } = placeOf(world, url);
  const socket = new WebSocket(`${url.protocol}//${host}:${port}${url.pathname}`, {
    headers: { host: url.host },
    ca: world.certificate.caPem,
    // Over TLS the name decides who answers; the types know it as an option of the connection only.
    ...({ servername: url.hostname } satisfies ConnectionOptions),
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  return socket;
}

/** Says something over a WebSocket and returns the next thing that is said back. */
export function converse(socket: WebSocket, message: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new Error('the WebSocket was closed'));
    socket.once('close', gone);
    socket.once('message', (bytes: Buffer) => {
      socket.off('close', gone);
      resolve(JSON.parse(bytes.toString('utf8')));
    });
    socket.send(JSON.stringify(message));
  });
}

function placeOf(world: World, url: URL): { readonly host: string; readonly port: number } {
  const usual = { 'http:': 80, 'https:': 443, 'ws:': 80, 'wss:': 443 }[url.protocol];
  const port = world.plane.portFor(url.port === '' ? (usual ?? 80) : Number(url.port));
  if (port === undefined) throw new Error(`nothing listens for ${url.host}`);
  return { host: '127.0.0.1', port };
}
