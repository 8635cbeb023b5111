import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  readonly method: string;
  readonly body: Record<string, string>;
  readonly at: number;
}

export interface Posted {
  readonly ts: string;
  readonly channel: string;
  text: string;
  blocks: string;
  readonly metadata: unknown;
  readonly thread: string | undefined;
}

/** How the next call is answered instead: before it is carried out, or after; a promise holds the answer back. */
export type Fault = (call: Call) => Answer | Promise<Answer>;

type Answer =
  /** A text is sent as it is. */
  | { status: number; headers?: Record<string, string>; body?: object | string; after?: boolean }
  | 'cut-after'
  | undefined;

/** The few Web API methods that sending messages needs, with faults at will. */
export async function startWebApi() {
  const calls: Call[] = [];
  const messages: Posted[] = [];
  let fault: Fault = () => undefined;
  let next = 1;

  function carryOut({ method, body }: Call): object {
    const { channel = '', ts } = body;
    if (method === 'chat.postMessage') {
      const message = {
        ts: `${Math.floor(Date.now() / 1000)}.${String(next++).padStart(6, '0')}`,
        channel,
        text: body['text'] ?? '',
        blocks: body['blocks'] ?? '',
        metadata: JSON.parse(body['metadata'] ?? '{}') as unknown,
        thread: body['thread_ts'],
      };
      messages.push(message);
      return { ok: true, ts: message.ts, channel };
    }
    if (method === 'chat.update') {
      const message = messages.find((one) => one.ts === ts && one.channel === channel);
      if (!message) return { ok: false, error: 'message_not_found' };
      Object.assign(message, { text: body['text'], blocks: body['blocks'] });
      return { ok: true, ts, channel };
    }
    if (method === 'chat.postEphemeral') return { ok: true, message_ts: '1.1' };
    if (method === 'conversations.open') return { ok: true, channel: { id: `D${body['users'] ?? ''}` } };
    if (method === 'conversations.history' || method === 'conversations.replies') {
      const isHistory = method === 'conversations.history';
      const found = messages.filter(
        (one) => one.channel === channel && (isHistory || one.thread === ts) && isWithin(one, body),
      );
      const [from, limit] = [Number(body['cursor'] ?? 0), Number(body['limit'] ?? 100)];
      const page = (isHistory ? found.toReversed() : found).slice(from, from + limit);
      return {
        ok: true,
        messages: page.map(({ ts: at, metadata }) => ({ ts: at, metadata })),
        ...(from + limit < found.length ? { response_metadata: { next_cursor: String(from + limit) } } : {}),
      };
    }
    if (method === 'auth.test')
      return { ok: true, user_id: 'U0AMSBOT01', bot_id: 'B0AMSBOT01', team_id: 'T1' };
    if (method === 'views.open' || method === 'views.update') return { ok: true, view: { id: 'V1' } };
    if (method === 'usergroups.users.list') return { ok: true, users: ['U0CAROL001'] };
    return { ok: false, error: 'unknown_method' };
  }

  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => void answer(request, response, text));
  });

  async function answer(request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
    const call = {
      method: (request.url ?? '').replace('/api/', ''),
      body: bodyOf(text),
      at: Date.now(),
    };
    calls.push(call);
    const instead = await fault(call);
    if (instead === 'cut-after') {
      carryOut(call);
      request.socket.destroy();
      return;
    }
    if (instead) {
      response.writeHead(instead.status, { 'content-type': 'application/json', ...instead.headers });
      response.end(typeof instead.body === 'string' ? instead.body : JSON.stringify(instead.body ?? {}));
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(carryOut(call)));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/`,
    calls,
    messages,
    failWith(how: Fault) {
      fault = how;
    },
    /** What people have written in a channel at that moment. */
    chat(channel: string, count: number, atMs: number) {
      const seconds = Math.floor(atMs / 1_000);
      for (let at = 0; at < count; at += 1)
        messages.push({
          ts: `${seconds}.${String(next++).padStart(6, '0')}`,
          channel,
          text: 'so',
          blocks: '',
          metadata: {},
          thread: undefined,
        });
    },
    remove(message: Posted) {
      messages.splice(messages.indexOf(message), 1);
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function isWithin({ ts }: Posted, { oldest = '0', latest = '9999999999' }: Record<string, string>): boolean {
  return Number(ts) > Number(oldest) && Number(ts) < Number(latest);
}

/** Web API calls are forms, answers to a response_url are JSON. */
function bodyOf(text: string): Record<string, string> {
  if (!text.startsWith('{')) return Object.fromEntries(new URLSearchParams(text));
  const json = JSON.parse(text) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}
