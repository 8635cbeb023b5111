import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { readAll, readUpload } from './body.ts';
import { createCourier } from './delivery/deliver.ts';
import { createSockets } from './delivery/sockets.ts';
import { SlackRefusal } from './errors.ts';
import { createFaultBook } from './faults.ts';
import type { Faults } from './faults.ts';
import { parseJson } from './json.ts';
import { createRateLimiter } from './limits.ts';
import { receiveFile } from './methods/files.ts';
import { createPerson } from './person/person.ts';
import type { Person } from './person/person.ts';
import { renderChannel, renderMessage, renderView } from './render/transcript.ts';
import type { TranscriptOptions } from './render/transcript.ts';
import { respond } from './response-url.ts';
import { settle } from './settings.ts';
import type { Settings } from './settings.ts';
import type { Ack, Delivery, Message, SlackEvent, SlackOptions, View } from './types.ts';
import { waitForMessage } from './watch.ts';
import type { WaitOptions } from './watch.ts';
import { answerCall, send } from './web-api.ts';
import { Workspace } from './workspace.ts';
import type { Channel } from './workspace.ts';

/** A running workspace. Channels may be named by id or name. */
export interface SlackServer {
  /** For `SLACK_API_URL`; ends in `/api/`. */
  readonly apiUrl: string;
  /** The options with their defaults: tokens, secret, ids. */
  readonly settings: Settings;
  readonly faults: Faults;
  /** The keyboard of one person. @throws Error when there is no such user */
  as(userId: string): Person;
  /** Conversations this person is in, oldest first. */
  conversations(
    userId: string,
  ): { readonly id: string; readonly name: string; readonly kind: Channel['kind'] }[];
  /** Everything in a channel, threads included, oldest first. Copies. */
  messages(channel: string): Message[];
  /** A parent and its replies. */
  thread(channel: string, ts: string): Message[];
  /** What one person alone sees in a channel. */
  ephemerals(userId: string, channel: string): Message[];
  /** The direct conversation of a person with the bot. */
  dms(userId: string): Message[];
  /** Ids of all files that somebody uploaded completely, oldest first. */
  files(): string[];
  /** What was uploaded under this id. */
  file(id: string): { readonly name: string; readonly bytes: Buffer } | undefined;
  waitForMessage(predicate: (message: Message) => boolean, options?: WaitOptions): Promise<Message>;
  /** Resolves when as many Socket Mode connections are open, at once when they are. */
  waitForSockets(count: number, timeoutMs?: number): Promise<void>;
  /** Hears everything that happens. Returns the way to stop. */
  onEvent(listener: (event: SlackEvent) => void): () => void;
  transcript(channel: string, options?: TranscriptOptions): string;
  /** One message or view as text, as in the transcript. */
  render(what: Message | View, options?: TranscriptOptions): string;
  /** Sends the very same command, click, submission or event again. */
  redeliver(delivered: { delivery: Delivery } | Delivery): Promise<Ack>;
  /** Connects HTTP delivery to an address that is known only now; needs `requestUrl` in the options. */
  setRequestUrl(url: string): void;
  /** As on the first day. Connections and listeners stay. */
  reset(): void;
  close(): Promise<void>;
}

/** Starts a workspace on a free port of 127.0.0.1. Any number may run at once. */
export async function startSlack(options: SlackOptions = {}): Promise<SlackServer> {
  const settings = settle(options);
  const workspace = new Workspace(settings);
  const limiter = createRateLimiter(settings.limits);
  const book = createFaultBook();
  const sockets = createSockets(settings.bot.appId);
  const connections = new Set<Socket>();
  const people = new Map<string, Person>();
  let isDown = false;
  const courier = createCourier(settings, sockets, () => isDown);

  const server = createServer((request, response) => {
    if (isDown) {
      request.socket.destroy();
      return;
    }
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) request.socket.destroy();
      else send(response, 500, { ok: false, error: 'internal_error', detail: String(error) });
    });
  });
  server.on('connection', (socket) => {
    if (isDown) {
      socket.destroy();
      return;
    }
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    if (isDown) socket.destroy();
    else sockets.upgrade(request, socket, head);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the workspace has no TCP address');
  const host = `127.0.0.1:${address.port}`;
  const origin = `http://${host}`;
  workspace.origin = origin;
  const call = { workspace, origin, newSocketUrl: () => sockets.newUrl(host) };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', origin);
    const [, room = '', second = '', third = '', fourth = ''] = pathname.split('/');
    if (room === 'api') return answerCall({ call, limiter, faults: book }, second, request, response);
    if (room === 'response') return answerResponseUrl(third, request, response);
    if (room === 'upload') {
      const isTaken = receiveFile(workspace, third, fourth, await readUpload(request));
      response.writeHead(isTaken ? 200 : 400, { 'content-type': 'text/plain' });
      return void response.end(isTaken ? 'OK' : 'upload refused');
    }
    return send(response, 404, { ok: false, error: 'not_found' });
  }

  async function answerResponseUrl(
    key: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const body = parseJson((await readAll(request)).toString('utf8'));
    const fault = book.take('response_url');
    if (fault?.kind === 'error')
      return send(response, fault.status ?? 500, { ok: false, error: 'internal_error' });
    if (fault !== undefined) return void request.socket.destroy();
    try {
      respond(workspace, key, body);
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.end('ok');
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      const isGone = error.code === 'used_url' || error.code === 'expired_url';
      send(response, isGone ? 404 : 400, { ok: false, error: error.code, ...error.extra });
    }
  }

  function channelNamed(name: string): Channel {
    const bare = name.replace(/^#/, '');
    const found = [...workspace.channels.values()].find((one) => one.id === name || one.name === bare);
    if (found === undefined) throw new Error(`there is no channel ${name} in this workspace`);
    return found;
  }

  const faults: Faults = {
    set: book.set,
    clear() {
      book.clear();
      courier.duplicateNext(0);
      isDown = false;
    },
    down() {
      isDown = true;
      sockets.drop();
      for (const socket of connections) socket.destroy();
    },
    up() {
      isDown = false;
    },
    dropSockets: () => sockets.drop(),
    refreshSockets: (reason = 'refresh_requested') => sockets.refresh(reason),
    duplicateDeliveries: (times = 1) => courier.duplicateNext(times),
  };

  return {
    apiUrl: `${origin}/api/`,
    settings,
    faults,
    as(userId) {
      const person = people.get(userId) ?? createPerson(workspace, courier, userId);
      people.set(userId, person);
      return person;
    },
    conversations: (userId) =>
      [...workspace.channels.values()]
        .filter((one) => one.members.has(userId) && !one.archived)
        .map(({ id, name, kind }) => ({ id, name, kind })),
    messages: (channel) => structuredClone(channelNamed(channel).messages),
    thread: (channel, ts) =>
      structuredClone(channelNamed(channel).messages.filter((one) => one.ts === ts || one.thread_ts === ts)),
    ephemerals: (userId, channel) =>
      structuredClone(channelNamed(channel).ephemerals.filter((one) => one.visible_to === userId)),
    dms: (userId) => structuredClone(workspace.directChannel([userId]).messages),
    files: () =>
      [...workspace.files.values()].filter((one) => one.completedAt !== undefined).map((one) => one.id),
    file(id) {
      const file = workspace.files.get(id);
      return file?.content && { name: file.name, bytes: file.content };
    },
    waitForMessage: (predicate, wait) => waitForMessage(workspace, predicate, wait),
    async waitForSockets(count, timeoutMs = 10_000) {
      const until = performance.now() + timeoutMs;
      while (sockets.count() !== count) {
        if (performance.now() > until)
          throw new Error(`${sockets.count()} sockets are open after ${timeoutMs} ms, not ${count}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    onEvent: (listener) => workspace.listen(listener),
    transcript: (channel, layout) => renderChannel(workspace, channelNamed(channel), layout),
    render: (what, layout) =>
      what.type === 'message'
        ? renderMessage(workspace, what, layout).join('\n')
        : renderView(workspace, what, layout),
    redeliver: (delivered) => courier.redeliver('delivery' in delivered ? delivered.delivery : delivered),
    setRequestUrl(url) {
      if (settings.requestUrl === undefined)
        throw new Error('this workspace delivers by Socket Mode; give requestUrl to start');
      settings.requestUrl = url;
    },
    reset() {
      workspace.reset();
      people.clear();
      limiter.reset();
      courier.reset();
      faults.clear();
    },
    async close() {
      courier.reset();
      sockets.close();
      for (const socket of connections) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
