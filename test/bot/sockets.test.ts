import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App } from '@slack/bolt';
import { afterEach, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { boltLog } from '../../src/bot/bolt-log.ts';
import { Sockets } from '../../src/bot/sockets.ts';
import { silentLog } from '../support/silent-log.ts';

const closers: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** Slack's end of Socket Mode: opens connections, or refuses to. */
async function startSlackEnd() {
  const live: WebSocket[] = [];
  const acks: string[] = [];
  const tokens: string[] = [];
  let refuse: string | undefined;
  let fewest = Infinity;
  const http = createServer((request, response) => {
    tokens.push(String(request.headers.authorization));
    const { port } = http.address() as AddressInfo;
    response.setHeader('content-type', 'application/json');
    const open =
      refuse === undefined ? { ok: true, url: `ws://127.0.0.1:${port}/link` } : { ok: false, error: refuse };
    response.end(
      JSON.stringify(
        request.url?.includes('auth.test') === true ? { ok: true, user_id: 'U1', bot_id: 'B1' } : open,
      ),
    );
  });
  const sockets = new WebSocketServer({ server: http });
  sockets.on('connection', (socket) => {
    live.push(socket);
    socket.on('close', () => {
      live.splice(live.indexOf(socket), 1);
      fewest = Math.min(fewest, live.length);
    });
    socket.on('message', (data: Buffer) =>
      acks.push((JSON.parse(data.toString()) as { envelope_id: string }).envelope_id),
    );
    socket.send(JSON.stringify({ type: 'hello' }));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of live) socket.terminate();
    sockets.close();
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  });
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/`,
    live,
    acks,
    tokens,
    /** How many connections were left when one of them had closed. */
    fewest: () => fewest,
    refuseWith(error: string | undefined) {
      refuse = error;
    },
  };
}

async function startApp(url: string) {
  const heard: string[] = [];
  const logger = boltLog(silentLog);
  const sockets = new Sockets({ appToken: 'xapp-1-test', apiUrl: url, logger, log: silentLog });
  const app = new App({
    token: 'xoxb-test',
    receiver: sockets,
    logger,
    deferInitialization: true,
    clientOptions: { slackApiUrl: url, retryConfig: { retries: 0 } },
  });
  app.command('/ams', async ({ ack, command }) => {
    await ack();
    heard.push(command.text);
  });
  await app.init();
  await app.start();
  return { app, heard };
}

function say(socket: WebSocket | undefined, id: string): void {
  socket?.send(
    JSON.stringify({
      envelope_id: id,
      type: 'slash_commands',
      accepts_response_payload: true,
      payload: { command: '/ams', text: id, team_id: 'T1', user_id: 'U2', channel_id: 'C1' },
    }),
  );
}

it('listens on a second connection while the first is renewed', async () => {
  const slack = await startSlackEnd();
  const { app, heard } = await startApp(slack.url);
  closers.push(() => app.stop());
  expect(slack.live).toHaveLength(2);
  expect(slack.tokens.slice(1).every((token) => token === 'Bearer xapp-1-test')).toBe(true);

  // Else the new one may be there before anybody has looked.
  slack.refuseWith('internal_error');
  slack.live[0]?.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }));
  await vi.waitFor(() => expect(slack.live).toHaveLength(1), { timeout: 4_000 });
  say(slack.live[0], 'during');

  await vi.waitFor(() => expect(heard).toEqual(['during']), { timeout: 1_000 });
  await vi.waitFor(() => expect(slack.acks).toEqual(['during']));
  slack.refuseWith(undefined);
  await vi.waitFor(() => expect(slack.live).toHaveLength(2), { timeout: 9_000 });
}, 60_000);

it('renews one after the other when Slack asks for both at once, so that one always listens', async () => {
  const slack = await startSlackEnd();
  const { app } = await startApp(slack.url);
  closers.push(() => app.stop());
  const before = [...slack.live];
  expect(before).toHaveLength(2);

  for (const socket of before)
    socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }));

  await vi.waitFor(
    () => {
      expect(before.some((one) => slack.live.includes(one))).toBe(false);
      expect(slack.live).toHaveLength(2);
    },
    { timeout: 9_000 },
  );
  expect(slack.fewest()).toBe(1);
}, 60_000);

it('tries on when Slack refuses to renew a connection, and stops without a sound', async () => {
  const slack = await startSlackEnd();
  const { app } = await startApp(slack.url);
  const unhandled: unknown[] = [];
  const listen = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', listen);
  closers.push(() => void process.off('unhandledRejection', listen));

  slack.refuseWith('invalid_auth');
  slack.live.forEach((socket) => socket.terminate());
  await vi.waitFor(() => expect(slack.tokens.length).toBeGreaterThan(5), { timeout: 9_000 });
  slack.refuseWith(undefined);
  await vi.waitFor(() => expect(slack.live).toHaveLength(2), { timeout: 9_000 });
  await app.stop();

  await vi.waitFor(() => expect(slack.live).toHaveLength(0), { timeout: 4_000 });
  expect(unhandled).toEqual([]);
}, 120_000);

it('refuses to start with a bad app token', async () => {
  const slack = await startSlackEnd();
  slack.refuseWith('invalid_auth');

  await expect(startApp(slack.url)).rejects.toThrow('invalid_auth');
});
