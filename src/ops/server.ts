import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AmsError } from '../cluster/errors.ts';

/** What the server shows. */
export interface Pages {
  /** Everything that keeps the process from its work; `mayGo`: parts that may be away once they have worked. */
  reasons(mayGo: readonly string[]): Promise<readonly string[]>;
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
  /** The page of queues, when there is one; sees the address without `/queues`. */
  readonly queues: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
}

export interface OpsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What the system says of an address that is none of this machine, as those of IPv6 are where that is switched off. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EINVAL',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** The port cannot be had. */
class HealthPortRefused extends AmsError {
  readonly code = 'health_port_refused';

  constructor(place: string, why: string) {
    super(`AMS_HEALTH_PORT: ${place} cannot be listened on (${why}).`, {
      hint: ELSEWHERE.has(why)
        ? 'Let AMS_HEALTH_HOST be an address or a name of this machine, without brackets, or leave it empty.'
        : 'Give each process on this machine a port of its own, above 1023, and look who has this one.',
    });
  }
}

export const QUEUES = '/queues';

/**
 * Serves `/healthz`, `/readyz`, `/metrics` and `/queues` over plain HTTP.
 * @param place host (undefined: every address of the machine) and port (0: a free one)
 * @throws HealthPortRefused
 */
export async function startOpsServer(
  place: { readonly host: string | undefined; readonly port: number },
  pages: Pages,
): Promise<OpsServer> {
  const server = createServer((request, response) => {
    answer(request, response, pages).catch(() => {
      if (!response.headersSent) plain(response, 500, 'This page could not be made.');
      else response.destroy();
    });
  });
  // Small requests only, and nobody may hold a connection open by saying nothing.
  server.requestTimeout = 10_000;
  server.headersTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    // Stays: a later one (no more file descriptors) must not end the process.
    server.on('error', (error: NodeJS.ErrnoException) =>
      reject(new HealthPortRefused(`${place.host ?? ''}:${place.port}`, error.code ?? error.message)),
    );
    server.listen({ port: place.port, ...(place.host === undefined ? {} : { host: place.host }) }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, pages: Pages): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return plain(response, 405, 'Everything here is only to look at.');
  }
  if (path === '/healthz') return plain(response, 200, 'This process lives.');
  if (path === '/readyz') {
    const { searchParams } = new URL(request.url ?? path, 'http://localhost');
    const reasons = await pages.reasons(searchParams.getAll('exclude'));
    return reasons.length === 0 ? plain(response, 200, 'Ready.') : plain(response, 503, reasons.join('\n'));
  }
  if (path === '/metrics') {
    const { type, text } = await pages.metrics();
    response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' });
    response.end(text);
    return;
  }
  if (pages.queues && (path === QUEUES || path.startsWith(`${QUEUES}/`))) {
    request.url = (request.url ?? '').slice(QUEUES.length) || '/';
    if (request.url.startsWith('?')) request.url = `/${request.url}`;
    return pages.queues(request, response);
  }
  plain(response, 404, 'There is /healthz, /readyz and /metrics, and /queues where it is configured.');
}

/** One line or more of words. */
export function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(`${text}\n`);
}
