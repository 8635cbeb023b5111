import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands before a Slack API address, hands every call through and notes its method. */
export interface SlackRecorder {
  readonly apiUrl: string;
  readonly methods: ReadonlySet<string>;
  close(): Promise<void>;
}

/** @param apiUrl ends with `/api/`, as SLACK_API_URL does */
export async function recordSlack(apiUrl: string): Promise<SlackRecorder> {
  const methods = new Set<string>();
  const target = new URL(apiUrl);
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '/';
    const method = /\/api\/([A-Za-z.]+)/.exec(path)?.[1];
    if (method !== undefined) methods.add(method);
    const onward = request(
      {
        host: target.hostname,
        port: target.port,
        path,
        method: incoming.method,
        headers: incoming.headers,
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}${target.pathname}`,
    methods,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
