import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ALICE, CAROL, DIGEST, openBotBench } from '../support/bot-bench.ts';
import type { BotBench } from '../support/bot-bench.ts';

/** Slack waits no longer for an acknowledgement. */
const SLACK_WAITS_MS = 3_000;

let bench: BotBench;

beforeAll(async () => {
  bench = await openBotBench();
});

afterAll(() => bench.close());

it('finishes a click that it has acknowledged before it stops', async () => {
  const { id } = await bench.waiting('stopping');
  const [other, ...idle] = [bench.openBot(), bench.openBot(), bench.openBot()];
  await Promise.all([other, ...idle].map((bot) => bot.start()));
  let answer = (): void => undefined;
  const held = new Promise<undefined>((resolve) => (answer = () => resolve(undefined)));
  bench.slack.failWith((call) => (call.method === 'usergroups.users.list' ? held : undefined));
  const from = bench.slack.calls.length;
  const { status } = await bench.click(CAROL, 'ams_approve', `${id} ${DIGEST}`, other);
  await vi.waitFor(() =>
    expect(bench.slack.calls.slice(from).map((one) => one.method)).toContain('usergroups.users.list'),
  );

  const order: string[] = [];
  const stopped = other.stop().then(() => order.push('it stopped'));
  // A stop that waits for nothing is over by then.
  for (const bot of idle) await bot.stop();
  order.push('the click went on');
  answer();
  await stopped;
  bench.slack.failWith(() => undefined);

  expect(status).toBe(200);
  expect(order).toEqual(['the click went on', 'it stopped']);
  expect((await bench.store.read(id))?.state).toBe('approved');
  expect(bench.told(CAROL, from)).toContain('You approved');
});

it('says within a second or two that its queue is away, and starts nothing', async () => {
  await bench.server.kill();
  // On a busy machine the end of a process is known before the end of its connections.
  await vi.waitFor(() => expect(bench.redis.status).not.toBe('ready'), { interval: 5, timeout: 5_000 });
  const from = bench.slack.calls.length;

  const { status, ms } = await bench.command(ALICE, 'create-cluster ten --edge 2');

  expect(status).toBe(200);
  expect(ms).toBeLessThan(SLACK_WAITS_MS);
  await bench.expectTold(ALICE, 'I cannot reach my queue; nothing was started.', from);
  await bench.server.start();
  await vi.waitFor(() => expect(bench.redis.status).toBe('ready'), { timeout: 8_000 });
  await bench.command(ALICE, 'create-cluster eleven --edge 2');
  await vi.waitFor(
    async () => expect(await bench.desk.operations({ cluster: 'eleven', limit: 1 })).toHaveLength(1),
    { timeout: 8_000 },
  );
  expect(await bench.desk.operations({ cluster: 'ten', limit: 1 })).toEqual([]);
}, 120_000);

it('says nothing more to whoever reads their password when its queue goes away at that moment', async () => {
  const own = await openBotBench();
  const { id } = await own.waiting('read');
  await own.secrets.put('read', 'admin', 'S3cret-Pass');
  await own.store.update(id, undefined, (one) => ({
    ...one,
    state: 'succeeded',
    outcome: { adminSecret: 'admin', adminEmail: 'a@b.c', notes: [] },
  }));
  const isAway = () =>
    vi.waitFor(() => expect(own.redis.status).not.toBe('ready'), { interval: 5, timeout: 5_000 });
  own.slack.failWith(async ({ method, body }) => {
    if (method !== 'views.update' || body['view']?.includes('S3cret-Pass') !== true) return undefined;
    await own.server.kill();
    await isAway();
    return undefined;
  });

  await own.click(ALICE, 'ams_reveal_admin', id);
  await isAway();
  // Which lets the click end first.
  await own.bot.stop();

  expect(own.told(ALICE)).toBe('');
  await own.close();
}, 60_000);

it('stops within its grace time although Redis is away and a connection is open on which nothing is asked', async () => {
  const silent = connect(bench.bot.port() ?? 0, '127.0.0.1');
  await new Promise((resolve) => silent.once('connect', resolve));
  silent.on('error', () => undefined);
  await bench.server.kill();
  await vi.waitFor(() => expect(bench.patient.status).toBe('reconnecting'), { interval: 5, timeout: 5_000 });
  const began = performance.now();

  await bench.bot.stop();

  expect(performance.now() - began).toBeLessThan(20_000);
  silent.destroy();
}, 60_000);
