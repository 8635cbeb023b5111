import { createServer, request as requestHttp } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { WebSocket, WebSocketServer } from 'ws';

/** A way to Slack on which each acknowledgement is seen: Slack itself hears only the first for a delivery. */
export interface SlackWay {
  /** For `SLACK_API_URL`. */
  readonly apiUrl: string;
  close(): Promise<void>;
}

/**
 * Opens a way to a Slack that delivers by Socket Mode.
 * @param slackUrl its API
 * @param onAck told of the envelope of each acknowledgement, before Slack is
 */
export async function openSlackWay(slackUrl: string, onAck: (envelopeId: string) => void): Promise<SlackWay> {
  const slack = new URL(slackUrl);
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer(forward);

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = '/' } = request;
    const headers = { ...request.headers, host: slack.host };
    const onward = requestHttp({ host: slack.hostname, port: slack.port, method, path: url, headers });
    onward.on('error', () => response.destroy());
    onward.on('response', (answer) => {
      if (!url.endsWith('/apps.connections.open')) {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        return;
      }
      // It names the address of a socket: the app shall come this way with that, too.
      const { host } = request.headers;
      readText(answer).then(
        (body) => {
          response.writeHead(answer.statusCode ?? 502, { 'content-type': 'application/json' });
          response.end(body.replaceAll(slack.host, host ?? slack.host));
        },
        () => response.destroy(),
      );
    });
    request.pipe(onward);
  }

  function join(app: WebSocket, path: string): void {
    const there = new WebSocket(`ws://${slack.host}${path}`);
    app.on('message', (data) => {
      const said = String(data);
      const { envelope_id: envelopeId } = JSON.parse(said) as { readonly envelope_id?: string };
      if (envelopeId !== undefined) onAck(envelopeId);
      there.send(said);
    });
    there.on('message', (data) => app.send(String(data)));
    there.on('ping', (data) => app.ping(data));
    for (const [one, other] of [
      [app, there],
      [there, app],
    ] as const) {
      one.on('error', () => one.terminate());
      one.on('close', () => other.terminate());
    }
  }

  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (app) => join(app, request.url ?? '/'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}${slack.pathname}`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
