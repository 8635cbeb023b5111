import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect } from 'vitest';
import { createCloud } from '../../src/cloud/cloud.ts';
import type { Cloud, CloudOptions } from '../../src/cloud/cloud.ts';
import { CloudError } from '../../src/cloud/errors.ts';

/** One call as it came over the wire. */
export interface Seen {
  readonly action: string;
  readonly version: string;
  readonly url: string;
  readonly query: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
}

export type Reply = (seen: Seen, response: ServerResponse) => void;

/** A loopback server that notes what the SDKs send and answers as it is told. */
export async function wireServer(reply: Reply): Promise<{
  readonly cloud: (options?: Partial<CloudOptions>) => Cloud;
  readonly seen: readonly Seen[];
  readonly close: () => Promise<void>;
}> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const call: Seen = {
        action: String(request.headers['x-acs-action']),
        version: String(request.headers['x-acs-version']),
        url: request.url ?? '',
        query: Object.fromEntries(new URL(request.url ?? '/', 'http://x').searchParams),
        form: Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString())),
        headers: request.headers,
      };
      seen.push(call);
      reply(call, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    seen,
    cloud: (options = {}) =>
      createCloud({
        endpoint: `http://127.0.0.1:${port}`,
        credentials: { accessKeyId: 'LTAItest', accessKeySecret: 'secret' },
        readTimeoutMs: 5_000,
        connectTimeoutMs: 5_000,
        ...options,
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Opens such servers for the tests of a file; each is closed at the end of its test. */
export function wireServers(): typeof wireServer {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()));
  });
  return async (reply) => {
    const server = await wireServer(reply);
    open.push(server);
    return server;
  };
}

/** Answers with JSON. */
export function json(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Answers with an error as the gateways do. */
export function refuse(response: ServerResponse, status: number, code: string, extra = {}): void {
  json(response, status, {
    Code: code,
    Message: `words about ${code}`,
    RequestId: '0A1B2C3D-0000-0000-0000-00000000ABCD',
    HostId: 'ecs.aliyuncs.com',
    ...extra,
  });
}

/** The error of a call that must fail. */
export async function failure(call: Promise<unknown>): Promise<CloudError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CloudError);
  return error as CloudError;
}
