import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, createGateway, type Gateway } from './gateway.ts';
import type { Cloud } from './cloud.ts';
import { createCloud } from './cloud.ts';
import { createNetwork } from './ecs/network.ts';
import type { AlibabaOptions } from './options.ts';
import { PRODUCTS } from './products.ts';

/** The simulated Alibaba Cloud, listening. */
export interface AlibabaServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The account now; a reset makes a new one. */
  readonly cloud: Cloud;
  /** Stops all machines and forgets everything but the options. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const MOST_BODY_BYTES = 4_000_000;

/** Starts the API server on loopback: the RPC style of the API, signatures checked, all products on one port. */
export async function startAlibaba(options: AlibabaOptions): Promise<AlibabaServer> {
  const products = options.products ?? PRODUCTS;
  let cloud: Cloud;
  let gateway: Gateway;

  function begin(): void {
    cloud = createCloud(options);
    for (const product of products) product.setUp?.(cloud);
    gateway = createGateway(cloud, products);
  }
  begin();
  options.rooms.attach(createNetwork(() => cloud));

  const server = createServer((request, response) => {
    void respond(request, response, gateway);
  });
  // As gateways do. A short one would close connections under a caller that is busy for a moment.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  async function end(): Promise<void> {
    const ended = cloud;
    const guests = gateway.guests();
    ended.close();
    await Promise.all(guests.map((guest) => guest.stop()));
  }

  return {
    url: `http://127.0.0.1:${port}`,
    get cloud() {
      return cloud;
    },
    async reset() {
      await end();
      begin();
    },
    async close() {
      await end();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function respond(request: IncomingMessage, response: ServerResponse, gateway: Gateway): Promise<void> {
  let answer: Answer | 'cut';
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request) {
      const bytes = Buffer.from(chunk as Uint8Array);
      size += bytes.length;
      if (size > MOST_BODY_BYTES) throw new RangeError('body too large');
      chunks.push(bytes);
    }
    answer = await gateway.answer({
      method: request.method ?? 'POST',
      url: request.url ?? '/',
      headers: request.headers,
      body: Buffer.concat(chunks),
    });
  } catch {
    answer = 'cut';
  }
  if (answer === 'cut') {
    request.socket.destroy();
    return;
  }
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
}
