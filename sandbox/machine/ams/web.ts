import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

import type { Machine } from '../machine.ts';
import { answerApp } from './app.ts';
import { answerPanel, createPanelState, type PanelState } from './panel.ts';
import type { Ams } from './service.ts';
import { answerFile, type Answer, type Asked } from './http.ts';
import { serveWebSocket } from './websocket.ts';

/** The web server of a node on a loopback port. */
export interface Web {
  readonly port: number;
  close(): Promise<void>;
}

/** Opens the node's 5080 on a free loopback port. */
export async function openWeb(machine: Machine, ams: Ams): Promise<Web> {
  const panel = createPanelState();
  const server = createServer((request, response) => {
    void respond(machine, ams, panel, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const app = /^\/([\w-]+)\/websocket(?:[/?]|$)/.exec(request.url ?? '')?.[1];
    if (app === undefined || !ams.apps().includes(app)) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => serveWebSocket(machine, ams, app, client));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const client of sockets.clients) client.terminate();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function respond(
  machine: Machine,
  ams: Ams,
  panel: PanelState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://node');
  const forwarded = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')[0]
    ?.trim();
  const direct = request.headers['x-simulated-peer'];
  const asked: Asked = {
    method: request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET'),
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers: request.headers,
    body: await readBody(request),
    peer: typeof direct === 'string' ? direct : forwarded === '' ? undefined : forwarded,
  };
  const answer = route(machine, ams, panel, asked);
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, {
    'content-type': answer.type ?? 'text/html;charset=UTF-8',
    'content-length': body.length,
    'access-control-allow-origin': '*',
    ...answer.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function route(machine: Machine, ams: Ams, panel: PanelState, asked: Asked): Answer {
  const app = /^\/([\w-]+)(\/.*)?$/.exec(asked.path);
  const name = app?.[1] ?? '';
  if (asked.path.startsWith('/rest/v2/')) return answerPanel(machine, ams, panel, asked);
  if (ams.apps().includes(name)) {
    if (app?.[2] === undefined) return { status: 302, body: '', headers: { location: `/${name}/` } };
    return answerApp(machine, ams, name, app[2], asked);
  }
  return answerFile(machine, `/root${asked.path === '/' ? '/index.html' : asked.path}`);
}
