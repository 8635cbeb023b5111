import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { afterEach, describe, expect, it } from 'vitest';
import { parseConnectTo } from '../../src/cloud/connect-to.ts';
import { probeHttp, probeHttps, probeWebSocket } from '../../src/cloud/http-probe.ts';
import { textFrame } from '../../src/cloud/websocket-frames.ts';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => (server.close(), server.closeAllConnections())));

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('a probe', () => {
  it('keeps the name of the page while it connects elsewhere, and bounds the body', async () => {
    const port = await listen(
      createServer((request, response) => response.end(`${request.headers.host}${'x'.repeat(100_000)}`)),
    );

    const answer = await probeHttp({
      url: 'http://live.example.com:5080/LiveApp/',
      connect: parseConnectTo(`alb.example:5080:127.0.0.1:${port}`),
      address: 'alb.example',
      timeoutMs: 5_000,
    });

    expect(answer.status).toBe(200);
    expect(answer.body.startsWith('live.example.com:5080xxx')).toBe(true);
    expect(answer.body).toHaveLength(64 * 1024);
  });

  it('opens a WebSocket, sends a text and gives back the first message', async () => {
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket) => socket.on('message', (text) => socket.send(`got ${String(text)}`)));
    const port = await listen(server);

    const answer = await probeWebSocket({
      url: 'ws://live.example.com/LiveApp/websocket',
      connect: parseConnectTo(`::127.0.0.1:${port}`),
      timeoutMs: 5_000,
      send: 'y'.repeat(300),
    });

    expect(answer).toMatchObject({ opened: true, message: `got ${'y'.repeat(300)}` });
  });

  it('says with which status a WebSocket was refused, and that nobody listens', async () => {
    const port = await listen(createServer((_request, response) => response.writeHead(404).end()));
    const connect = parseConnectTo(`a.example:80:127.0.0.1:${port},b.example::127.0.0.1:1`);

    await expect(
      probeWebSocket({ url: 'ws://a.example/x', connect, timeoutMs: 5_000 }),
    ).rejects.toMatchObject({ kind: 'refused-upgrade', status: 404 });
    await expect(probeHttps({ url: 'https://b.example/', connect, timeoutMs: 5_000 })).rejects.toMatchObject({
      kind: 'refused',
    });
  });

  it('gives up when nobody answers in time', async () => {
    const port = await listen(createServer(() => undefined));
    const connect = parseConnectTo(`::127.0.0.1:${port}`);

    await expect(probeHttp({ url: 'http://a.example/', connect, timeoutMs: 150 })).rejects.toMatchObject({
      kind: 'timeout',
    });
  });

  it('masks what it sends', () => {
    const frame = textFrame('hello');

    expect(frame[0]).toBe(0x81);
    expect(frame[1]).toBe(0x85);
    expect(frame).toHaveLength(11);
  });
});
