import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { newSecret } from '../ids.ts';
import { isJson, parseJson } from '../json.ts';
import type { Json } from '../json.ts';
import type { Ack, Delivery } from '../types.ts';

/** Socket Mode, seen from Slack's side. Source: docs.slack.dev/apis/events-api/using-socket-mode. */
export interface Sockets {
  /** A fresh ticket address, good for one connection within 30 seconds. */
  newUrl(host: string): string;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Sends one envelope to one of the open connections and waits for its acknowledgement. */
  send(delivery: Delivery, timeoutMs: number, retry?: { attempt: number; reason: string }): Promise<Ack>;
  drop(): void;
  refresh(reason: string): void;
  count(): number;
  close(): void;
}

/** At most this many connections of one app at a time. */
const maxConnections = 10;
/** Clients take a connection for dead after 30 s without a ping. */
const pingEveryMs = 5000;
/** After `disconnect` a client that does not leave by itself is cut. */
const refreshGraceMs = 10_000;

export function createSockets(appId: string): Sockets {
  const tickets = new Map<string, number>();
  const open = new Set<WebSocket>();
  const leaving = new Set<WebSocket>();
  const waiting = new Map<string, (answer: unknown) => void>();
  const server = new WebSocketServer({ noServer: true });
  let turn = 0;

  function welcome(socket: WebSocket): void {
    const others = open.size;
    if (others >= maxConnections) {
      socket.send(JSON.stringify({ type: 'disconnect', reason: 'too_many_websockets', debug_info: {} }));
      return socket.close();
    }
    open.add(socket);
    // Each delivery under way listens for its end, and there may be many.
    socket.setMaxListeners(0);
    const pings = setInterval(() => socket.ping('ping'), pingEveryMs);
    pings.unref();
    socket.on('message', (text) => {
      const frame = parseJson(String(text));
      if (!isJson(frame) || typeof frame['envelope_id'] !== 'string') return;
      waiting.get(frame['envelope_id'])?.(frame['payload']);
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearInterval(pings);
      open.delete(socket);
      leaving.delete(socket);
    });
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: open.size,
        connection_info: { app_id: appId },
        debug_info: { host: 'applink', approximate_connection_time: 18_060 },
      }),
    );
  }

  return {
    newUrl(host) {
      const ticket = newSecret();
      tickets.set(ticket, Date.now());
      return `ws://${host}/link/?ticket=${ticket}&app_id=${appId}`;
    },
    upgrade(request, socket, head) {
      const ticket = new URL(request.url ?? '/', 'http://localhost').searchParams.get('ticket') ?? '';
      const issued = tickets.get(ticket);
      tickets.delete(ticket);
      if (issued === undefined || Date.now() - issued > 30_000) {
        socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, welcome);
    },
    send(delivery, timeoutMs, retry) {
      const ready = [...open].filter((socket) => !leaving.has(socket));
      const socket = ready[turn++ % Math.max(1, ready.length)];
      if (socket === undefined) return Promise.resolve({ acked: false, ms: 0, error: 'dispatch_failed' });
      const started = performance.now();
      return new Promise((resolve) => {
        const end = (ack: Omit<Ack, 'ms'>): void => {
          clearTimeout(timer);
          socket.off('close', lost);
          if (waiting.get(delivery.envelopeId) === got) waiting.delete(delivery.envelopeId);
          resolve({ ...ack, ms: performance.now() - started });
        };
        const lost = (): void => end({ acked: false, error: 'operation_timeout' });
        const timer = setTimeout(() => end({ acked: false, error: 'operation_timeout' }), timeoutMs);
        const got = (response: unknown): void => end({ acked: true, response });
        socket.on('close', lost);
        waiting.set(delivery.envelopeId, got);
        socket.send(JSON.stringify(envelope(delivery, retry)));
      });
    },
    drop() {
      for (const socket of open) socket.terminate();
    },
    refresh(reason) {
      for (const socket of open) {
        leaving.add(socket);
        socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink' } }));
        setTimeout(() => socket.terminate(), refreshGraceMs).unref();
      }
    },
    count: () => open.size,
    close() {
      for (const socket of open) socket.terminate();
      server.close();
    },
  };
}

function envelope(delivery: Delivery, retry: { attempt: number; reason: string } | undefined): Json {
  const events = delivery.kind === 'events_api';
  const command = delivery.kind === 'slash_commands';
  const type = delivery.payload['type'];
  return {
    envelope_id: delivery.envelopeId,
    type: delivery.kind,
    payload: delivery.payload,
    accepts_response_payload: command || type === 'view_submission' || type === 'block_suggestion',
    ...(events ? { retry_attempt: retry?.attempt ?? 0, retry_reason: retry?.reason ?? '' } : {}),
  };
}
