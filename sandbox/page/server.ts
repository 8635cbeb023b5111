import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import type { World } from '../world.ts';
import { createControls } from './controls.ts';
import type { Crew } from './crew.ts';
import { openNewsroom } from './news.ts';
import { grant } from './grant.ts';
import type { Answer } from './wire.ts';
import { readWish } from './wish.ts';

/** The built page; `node scripts/setup.mjs` makes it. */
const BUILT = resolve('dist/page');
const MOST_BODY_BYTES = 200_000;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.gif': 'image/gif',
};

/** A Slack-like page over a world, on loopback. */
export interface Page {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the page on a free port. Without a crew (the product runs elsewhere) its worker cannot be killed and its pace
 * stays.
 */
export async function startPage(world: World, crew?: Crew, port = 0): Promise<Page> {
  const desk = createControls(world, crew);
  const newsroom = openNewsroom(world, desk);
  const hosts = new Set<string>();

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 400, refusal(error));
    });
  });
  await listen(server, port);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the page has no TCP address');
  for (const name of ['127.0.0.1', 'localhost']) hosts.add(`${name}:${address.port}`);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host = '', origin } = request.headers;
    // Pages of other origins, by whatever name they reach this port, have no business here.
    if (!hosts.has(host) || (origin !== undefined && !hosts.has(origin.replace(/^http:\/\//, ''))))
      return sendJson(response, 403, { ok: false, error: 'This page answers to its own address alone.' });
    const { pathname, searchParams } = new URL(request.url ?? '/', `http://${host}`);
    if (request.method === 'POST' && pathname === '/do') {
      if (!(request.headers['content-type'] ?? '').startsWith('application/json'))
        return sendJson(response, 415, { ok: false, error: 'The body must be JSON.' });
      const wish = readWish(await readBody(request));
      // A success for the browser, whose console complains of others; the page tells what went wrong itself.
      return sendJson(response, 200, await grant(world, desk, wish).catch(refusal));
    }
    if (request.method !== 'GET') return sendJson(response, 405, { ok: false, error: 'GET, or POST /do.' });
    if (pathname === '/news') {
      const userId = searchParams.get('as') ?? '';
      if (!world.slack.settings.users.some((one) => one.id === userId))
        return sendJson(response, 404, { ok: false, error: `There is nobody called ${userId} here.` });
      return newsroom.tell(userId, response);
    }
    const upload = /^\/file\/([A-Z0-9]+)$/.exec(pathname)?.[1];
    if (upload !== undefined) return sendUpload(response, world, upload);
    return sendFile(response, pathname);
  }

  return {
    url: `http://127.0.0.1:${address.port}/`,
    async close() {
      newsroom.close();
      desk.close();
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** @throws Error when another program has the port, so that nothing else is started for a page that cannot be */
export async function checkFree(port: number): Promise<void> {
  const server = createServer();
  await listen(server, port);
  await new Promise((done) => server.close(done));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code === 'EADDRINUSE')
        failed(new Error(`Port ${port} is taken by another program; choose another, or leave --port out.`));
      else failed(new Error(`The page cannot be served on port ${port}: ${message}.`));
    });
    server.listen(port, '127.0.0.1', done);
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > MOST_BODY_BYTES) throw new Error(`The body is larger than ${MOST_BODY_BYTES} bytes.`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refusal(error: unknown): Answer {
  return { ok: false, error: error instanceof Error ? error.message : String(error) };
}

function sendJson(response: ServerResponse, status: number, body: Answer): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(body));
}

/** A file that the bot uploaded. Nothing in it runs. */
function sendUpload(response: ServerResponse, world: World, id: string): void {
  const file = world.slack.file(id);
  if (file === undefined) return sendJson(response, 404, { ok: false, error: 'There is no such file.' });
  response.writeHead(200, {
    'content-type': TYPES[extname(file.name)] ?? 'application/octet-stream',
    'x-content-type-options': 'nosniff',
    'content-security-policy': 'sandbox',
  });
  response.end(file.bytes);
}

async function sendFile(response: ServerResponse, pathname: string): Promise<void> {
  const path = join(BUILT, pathname === '/' ? 'index.html' : decodeURIComponent(pathname));
  const bytes = path.startsWith(BUILT + sep) ? await readFile(path).catch(() => undefined) : undefined;
  if (bytes === undefined) {
    const why =
      pathname === '/' ? 'The page is not built: run "node scripts/setup.mjs".' : 'There is no such file.';
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
    return void response.end(`${why}\n`);
  }
  response.writeHead(200, {
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'content-security-policy':
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
  });
  response.end(bytes);
}
