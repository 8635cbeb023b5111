/** Carries requests and WebSockets of one listener to the nodes behind it. */
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Action, Listener, Server } from '../alibaba/alb/state.ts';
import { type Balancer, type Node, serverMark } from './balance.ts';
import { actionFor, type Asked, redirectOf } from './rules.ts';
import type { PlaneWorld } from './world.ts';

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
};

/** The way a request goes: to a node, or straight back with an answer. */
type Way =
  | { readonly node: Node; readonly cookie: string | undefined }
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

export interface ForwardOptions {
  readonly world: PlaneWorld;
  readonly balancer: Balancer;
  readonly listener: Listener;
  /** Real milliseconds per second of a configured time-out, default 1000. */
  readonly msPerSecond: number;
}

/** Answers a request: forwarded to a node, redirected, or refused with 502, 503 or 504. */
export function forwardRequest(
  options: ForwardOptions,
  incoming: IncomingMessage,
  answer: ServerResponse,
): void {
  const way = wayOf(options, incoming);
  if (!('node' in way)) return sendAnswer(answer, way.status, way.headers, way.body);

  const done = options.balancer.begin(way.node);
  const outgoing = toNode(options, way.node, incoming);
  answer.once('close', () => {
    done();
    outgoing.destroy();
  });
  outgoing.setTimeout(options.listener.requestTimeout * options.msPerSecond, () => {
    if (!answer.headersSent) sendAnswer(answer, 504);
    outgoing.destroy();
  });
  outgoing.once('error', () => {
    if (answer.headersSent) answer.destroy();
    else sendAnswer(answer, 502);
  });
  outgoing.once('response', (response) => {
    const headers = { ...response.headers };
    delete headers.connection;
    delete headers['keep-alive'];
    if (way.cookie !== undefined) headers['set-cookie'] = [...(headers['set-cookie'] ?? []), way.cookie];
    answer.writeHead(response.statusCode ?? 502, response.statusMessage, headers);
    response.once('error', () => answer.destroy());
    response.pipe(answer);
  });
  incoming.pipe(outgoing);
}

/** Carries a WebSocket: both directions until one side ends or nothing moved for the idle time-out. */
export function forwardUpgrade(
  options: ForwardOptions,
  incoming: IncomingMessage,
  client: Duplex,
  head: Buffer,
): void {
  client.once('error', () => client.destroy());
  const way = wayOf(options, incoming);
  if (!('node' in way)) {
    client.end(rawAnswer(way.status, way.headers, way.body));
    return;
  }
  const done = options.balancer.begin(way.node);
  client.once('close', done);
  const outgoing = toNode(options, way.node, incoming, true);
  outgoing.setTimeout(options.listener.requestTimeout * options.msPerSecond, () => {
    client.end(rawAnswer(504));
    outgoing.destroy();
  });
  outgoing.once('error', () => {
    if (client.writable) client.end(rawAnswer(502));
  });
  outgoing.once('response', (response) => {
    // The node refused the upgrade; its answer goes back as it is.
    client.write(rawHead(response));
    response.pipe(client);
  });
  outgoing.once('upgrade', (response, node: Socket, rest) => {
    client.write(rawHead(response, way.cookie));
    if (rest.length > 0) client.write(rest);
    if (head.length > 0) node.write(head);
    join(client, node, options.listener.idleTimeout * options.msPerSecond);
  });
  outgoing.end();
}

function join(client: Duplex, node: Socket, idleMs: number): void {
  const end = () => {
    clearTimeout(timer);
    client.destroy();
    node.destroy();
  };
  const timer = setTimeout(end, idleMs);
  for (const side of [client, node]) {
    side.on('data', () => timer.refresh());
    side.once('close', end);
    side.once('error', end);
  }
  node.setTimeout(0);
  client.pipe(node);
  node.pipe(client);
}

function wayOf(options: ForwardOptions, incoming: IncomingMessage): Way {
  const { world, listener, balancer } = options;
  const asked = askedOf(incoming);
  const action = actionFor(listener, world.alb.rules.bearing(listener.id), asked);
  if (action === undefined) return { status: 503 };
  if (action.Type === 'Redirect') return redirectWay(action, asked, listener);
  if (action.Type === 'FixedResponse') {
    const config = action.FixedResponseConfig ?? {};
    return {
      status: Number(config['HttpCode'] ?? 200),
      headers: { 'content-type': config['ContentType'] ?? 'text/plain' },
      body: config['Content'] ?? '',
    };
  }
  const group = balancer.groupFor(action);
  if (group === undefined) return { status: 503 };
  const reaches = (server: Server) => isReachable(world, listener, server);
  const visit = { clientIp: asked.sourceIp, url: asked.url, cookies: asked.cookies };
  const node = balancer.choose(group, visit, reaches);
  if (typeof node === 'number') return { status: node };
  if (!reaches(node.server)) return { status: 504 };
  return { node, cookie: cookieFor(node, asked) };
}

function redirectWay(action: Action, asked: Asked, listener: Listener): Way {
  const { status, location } = redirectOf(action.RedirectConfig ?? {}, asked, listener);
  return { status, headers: { location } };
}

/** Traffic comes from the balancer's address in one of its vSwitches; security groups have their say. */
function isReachable(world: PlaneWorld, listener: Listener, { serverId, port }: Server): boolean {
  const zones = world.alb.loadBalancers.get(listener.loadBalancerId)?.zones ?? [];
  return zones.some((zone) => world.network.allows(zone.address, serverId, 'tcp', port));
}

function cookieFor(node: Node, asked: Asked): string | undefined {
  const { StickySessionEnabled, StickySessionType, CookieTimeout } = node.group.sticky;
  if (!StickySessionEnabled || StickySessionType === 'Server') return undefined;
  const mark = serverMark(node);
  if (asked.cookies['SERVERID']?.split('|')[0] === mark) return undefined;
  const seconds = Math.floor(Date.now() / 1000);
  return `SERVERID=${mark}|${seconds}|${seconds};Path=/;Max-Age=${CookieTimeout}`;
}

function toNode(options: ForwardOptions, node: Node, incoming: IncomingMessage, upgrade = false) {
  const { listener } = options;
  const client = clientIp(incoming);
  const headers: Record<string, string | string[] | undefined> = { ...incoming.headers };
  if (!upgrade) {
    delete headers['connection'];
    delete headers['keep-alive'];
  }
  if (listener.xForwardedFor['XForwardedForEnabled'] !== false) {
    const before = headers['x-forwarded-for'];
    headers['x-forwarded-for'] = before === undefined ? client : `${String(before)}, ${client}`;
  }
  if (listener.xForwardedFor['XForwardedForProtoEnabled'] !== false) {
    headers['x-forwarded-proto'] = listener.protocol.toLowerCase();
  }
  if (listener.xForwardedFor['XForwardedForSLBPortEnabled'] === true) {
    headers['x-forwarded-port'] = String(listener.port);
  }
  return request({
    host: '127.0.0.1',
    port: node.port,
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers,
    setHost: false,
    agent: false,
  });
}

function askedOf(incoming: IncomingMessage): Asked {
  const cookies: Record<string, string> = {};
  for (const part of (incoming.headers.cookie ?? '').split(';')) {
    const cut = part.indexOf('=');
    if (cut > 0) cookies[part.slice(0, cut).trim()] = part.slice(cut + 1).trim();
  }
  return {
    host: hostOf(incoming),
    method: incoming.method ?? 'GET',
    url: incoming.url ?? '/',
    sourceIp: clientIp(incoming),
    headers: incoming.headers,
    cookies,
  };
}

/** The host a request is for, without its port, in lower case; empty when it names none. */
export function hostOf(incoming: IncomingMessage): string {
  return (incoming.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
}

function clientIp(incoming: IncomingMessage): string {
  const address = (incoming.socket as Socket | TLSSocket).remoteAddress ?? '127.0.0.1';
  return address.replace(/^::ffff:/, '');
}

function page(status: number): string {
  const reason = `${status} ${REASONS[status] ?? ''}`.trim();
  return `<html>\r\n<head><title>${reason}</title></head>\r\n<body>\r\n<center><h1>${reason}</h1></center>\r\n</body>\r\n</html>\r\n`;
}

/** Sends an answer of the balancer itself. */
export function sendAnswer(
  answer: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body = page(status),
): void {
  answer.writeHead(status, {
    'content-type': 'text/html',
    ...headers,
    'content-length': Buffer.byteLength(body),
  });
  answer.end(body);
}

function rawAnswer(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body = page(status),
): string {
  const all = { 'content-type': 'text/html', ...headers, connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${REASONS[status] ?? 'Answer'}\r\n${lines.join('')}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function rawHead(response: IncomingMessage, cookie?: string): string {
  let head = `HTTP/1.1 ${response.statusCode ?? 502} ${response.statusMessage ?? ''}\r\n`;
  for (let index = 0; index + 1 < response.rawHeaders.length; index += 2) {
    head += `${response.rawHeaders[index]}: ${response.rawHeaders[index + 1]}\r\n`;
  }
  return `${head}${cookie === undefined ? '' : `Set-Cookie: ${cookie}\r\n`}\r\n`;
}
