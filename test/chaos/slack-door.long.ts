import { createServer, request as requestHttp } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { CREATE, ENDED, expectOneOfEach, expectRightEnd, writesReach } from './right-end.ts';
import { isMessageOf, operationIn, recordOf } from './suite/record.ts';
import { openTown } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';

const LONG = 240_000;
/** A stop of the bot waits 12 s at most for messages under way. */
const STOP_MS = 15_000;

/** A way to Slack's API on which one channel can be closed and one method be limited. */
interface Door {
  readonly apiUrl: string;
  /** From now on this channel is archived. */
  archive(channel: string): void;
  restore(): void;
  /** From the next call of that method on, all of them are refused with 429 for so long. */
  limit(method: string, seconds: number): void;
  /** Calls that were refused so. */
  readonly limited: number;
  close(): Promise<void>;
}

async function openDoor(slackUrl: string): Promise<Door> {
  const slack = new URL(slackUrl);
  let archived: string | undefined;
  let limit: { readonly method: string; readonly seconds: number; until?: number } | undefined;
  let limited = 0;

  function channelOf(request: IncomingMessage, body: string): string | undefined {
    if (!(request.headers['content-type'] ?? '').startsWith('application/json'))
      return new URLSearchParams(body).get('channel') ?? undefined;
    return (JSON.parse(body) as { readonly channel?: string }).channel;
  }

  function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const method = (request.url ?? '').split('/').at(-1) ?? '';
    if (limit?.method === method) {
      limit.until ??= Date.now() + limit.seconds * 1_000;
      const left = Math.ceil((limit.until - Date.now()) / 1_000);
      if (left > 0) {
        limited += 1;
        response.writeHead(429, { 'content-type': 'application/json', 'retry-after': String(left) });
        return void response.end('{"ok":false,"error":"ratelimited"}');
      }
    }
    if (archived !== undefined && method.startsWith('chat.') && channelOf(request, body) === archived) {
      response.writeHead(200, { 'content-type': 'application/json' });
      return void response.end('{"ok":false,"error":"is_archived"}');
    }
    const { 'transfer-encoding': _whole, ...given } = request.headers;
    const headers = { ...given, host: slack.host, 'content-length': Buffer.byteLength(body) };
    const place = { host: slack.hostname, port: slack.port, path: request.url, method: request.method };
    const onward = requestHttp({ ...place, headers }, (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(response);
    });
    onward.on('error', () => response.destroy());
    onward.end(body);
  }

  const server = createServer((request, response) => {
    readText(request).then(
      (body) => answer(request, response, body),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}${slack.pathname}`,
    archive: (channel) => void (archived = channel),
    restore: () => void (archived = undefined),
    limit: (method, seconds) => void (limit = { method, seconds }),
    get limited() {
      return limited;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A town whose bot reaches Slack through a door; nothing runs yet. */
async function openTownWithDoor(denied: string[] = []): Promise<{ town: Town; door: Door }> {
  const town = await openTown({
    idle: true,
    alibaba: { accessKeys: [{ id: 'sandbox-key-id', secret: 'sandbox-key-secret', deny: denied }] },
  });
  const door = await openDoor(town.world.slack.apiUrl);
  onTestFinished(async () => {
    await town.close();
    await door.close();
  });
  town.env['SLACK_API_URL'] = door.apiUrl;
  return { town, door };
}

async function isApproved(town: Town, plan: Message): Promise<void> {
  await vi.waitFor(
    async () => expect((await recordOf(town, plan)).audit.map((entry) => entry.event)).toContain('approved'),
    { timeout: 20_000, interval: 5 },
  );
}

it(
  'a channel archived in the middle: all goes on in a direct message, with its buttons, and comes back',
  async () => {
    const denied: string[] = [];
    const { town, door } = await openTownWithDoor(denied);
    await Promise.all([town.start('bot'), town.start('worker')]);
    const plan = await town.plan(CREATE);
    denied.push('ess:CreateScalingRule');
    await town.alex.click(plan, 'Approve');
    await writesReach(town, 6);
    door.archive(town.channel);

    const direct = (): Message[] =>
      town.world.slack.dms(town.dana.id).filter((one) => isMessageOf(one, operationIn(plan)));
    const shows = (begins: RegExp): Promise<Message> =>
      vi.waitFor(
        () => {
          const found = direct().find((one) => begins.test(one.text));
          if (found) return found;
          throw new Error(`Dana reads:\n${town.world.slack.render(direct().at(-1) ?? plan)}`);
        },
        { timeout: 150_000, interval: 50 },
      );
    const failed = await shows(/^Failed/);
    denied.length = 0;
    await town.dana.click(failed, 'Retry');
    await shows(/^Done/);

    expectOneOfEach(town);
    expect(direct()).toHaveLength(1);
    door.restore();
    await town.dana.command('status live', { channel: town.channel });
    await town.next((message) => message.channel === town.channel && message.text.startsWith('live is '));
  },
  LONG,
);

it(
  'a long Retry-After is heeded by the bot that was told, and by the one that comes after it',
  async () => {
    const { town, door } = await openTownWithDoor();
    const [bot] = await Promise.all([town.start('bot'), town.start('worker')]);
    const plan = await town.plan(CREATE);
    await town.alex.click(plan, 'Approve');
    await isApproved(town, plan);
    door.limit('chat.update', 20);
    await vi.waitFor(() => expect(door.limited).toBeGreaterThan(0), { timeout: 30_000, interval: 5 });

    const began = performance.now();
    expect(await bot.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(STOP_MS);
    await town.start('bot');

    await expectRightEnd(town, await town.until(plan, ENDED));
    // Such as were on their way when the first was refused.
    expect(door.limited).toBeLessThan(4);
  },
  LONG,
);

it(
  'Slack away, and the bot killed and started again meanwhile: one message, replies once and in order',
  async () => {
    const town = await openTown({ idle: true });
    onTestFinished(() => town.close());
    const bot = await town.start('bot');
    const worker = await town.start('worker');
    const { faults } = town.world.slack;
    const plan = await town.plan(CREATE);
    await town.alex.click(plan, 'Approve');
    await isApproved(town, plan);
    faults.down();
    await writesReach(town, 8);
    await bot.kill();
    const starting = town.start('bot');
    starting.catch(() => undefined);
    await vi.waitFor(
      () => expect(worker.output.some((line) => line.includes('operation succeeded'))).toBe(true),
      { timeout: 120_000, interval: 50 },
    );

    faults.up();
    await starting;

    const end = await town.until(plan, ENDED);
    await expectRightEnd(town, end);
    const replies = (): string[] =>
      town.world.slack
        .thread(town.channel, end.ts)
        .slice(1)
        .map((one) => one.text);
    await vi.waitFor(() => expect(replies().join()).toContain(':white_check_mark: Done'), 60_000);
    expect(replies().toSorted()).toEqual([...new Set(replies())].toSorted());
    const at = (words: string): number => replies().findIndex((one) => one.includes(words));
    expect(at(':rocket: Started')).toBeGreaterThanOrEqual(0);
    expect(at(':rocket: Started')).toBeLessThan(at(':white_check_mark: Done'));
  },
  LONG,
);
