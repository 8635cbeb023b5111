import { createHmac, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startRedis } from '../../sandbox/redis.ts';
import type { RedisServer } from '../../sandbox/redis.ts';
import { createBot } from '../../src/bot/app.ts';
import type { Bot } from '../../src/bot/app.ts';
import type { Operation } from '../../src/cluster/operation.ts';
import { Settings } from '../../src/cluster/settings.ts';
import { createDesk } from '../../src/jobs/create-desk.ts';
import type { Desk } from '../../src/jobs/desk.ts';
import { Engine } from '../../src/jobs/engine.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import type { Log } from '../../src/jobs/log.ts';
import { Outbox } from '../../src/jobs/outbox.ts';
import { Queues } from '../../src/jobs/queues.ts';
import { Secrets } from '../../src/jobs/store/secrets.ts';
import { Store } from '../../src/jobs/store/store.ts';
import { patientRedis, promptRedis } from '../../src/redis/connect.ts';
import type { RedisClient } from '../../src/redis/connect.ts';
import { placeAt } from '../support/redis-place.ts';
import { samplePlan } from './samples.ts';
import { startWebApi } from './slack-web-api.ts';

const SECRET = 'signing';
const ALICE = 'U0ALICE001';
const BOB = 'U0BOB00001';
const CAROL = 'U0CAROL001';
const DIGEST = 'd'.repeat(64);
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
const keys = new Keys('app-test');
const settings = Settings.parse({
  domain: '{cluster}.example.com',
  approval: { approvers: [BOB, 'S0ADMINS01'] },
  certificates: { default: { chain: 'env:A', key: 'env:B' } },
});
let server: RedisServer;
let redis: RedisClient;
let patient: RedisClient;
let slack: Awaited<ReturnType<typeof startWebApi>>;
let store: Store;
let desk: Desk;
let bot: Bot;
let queues: Queues;
let outbox: Outbox;

beforeAll(async () => {
  server = await startRedis();
  slack = await startWebApi();
  redis = promptRedis(placeAt(server.url));
  patient = patientRedis(placeAt(server.url));
  for (const client of [redis, patient]) client.on('error', () => undefined);
  await new Promise((resolve) => redis.once('ready', resolve));
  queues = new Queues(redis, keys, () => undefined);
  outbox = new Outbox({ connection: redis, keys, onError: () => undefined });
  await queues.asks.waitUntilReady();
  store = new Store(redis, keys);
  const engine = new Engine({ store, queues, outbox, log: quiet, timeScale: 1, now: Date.now });
  const secrets = new Secrets(redis, keys, 'a key for tests only');
  desk = createDesk({ store, queues, engine, secrets, redis, keys, now: Date.now });
  bot = openBot();
  await bot.start();
});

function openBot(): Bot {
  return createBot({
    slack: { botToken: 'xoxb-test', signingSecret: SECRET, port: 0, apiUrl: slack.url },
    desk,
    settings,
    redis,
    connection: patient,
    keys,
    log: quiet,
    timeScale: 1,
    now: Date.now,
  });
}

afterAll(async () => {
  await Promise.all([queues.close(), outbox.close()]);
  redis.disconnect();
  patient.disconnect();
  await slack.close();
  await server.close();
});

/** Delivers as Slack does, signed. */
async function deliver(
  form: Record<string, string>,
  to = bot,
): Promise<{ status: number; text: string; ms: number }> {
  const body = new URLSearchParams(form).toString();
  const time = String(Math.floor(Date.now() / 1_000));
  const signature = `v0=${createHmac('sha256', SECRET).update(`v0:${time}:${body}`).digest('hex')}`;
  const began = Date.now();
  const response = await fetch(`http://127.0.0.1:${to.port()}/slack/events`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': time,
      'x-slack-signature': signature,
    },
  });
  return { status: response.status, text: await response.text(), ms: Date.now() - began };
}

function command(user: string, text: string, trigger: string = randomUUID(), channel = 'C0OPS00001') {
  return deliver({
    command: '/ams',
    text,
    user_id: user,
    channel_id: channel,
    team_id: 'T1',
    trigger_id: trigger,
    response_url: `${slack.url}respond.${user}`,
  });
}

function payload(user: string, more: object, to = bot) {
  const body = {
    user: { id: user, team_id: 'T1' },
    team: { id: 'T1' },
    trigger_id: randomUUID(),
    response_url: `${slack.url}respond.${user}`,
    channel: { id: 'C0OPS00001' },
    ...more,
  };
  return deliver({ payload: JSON.stringify(body) }, to);
}

function click(user: string, actionId: string, value: string, to = bot) {
  const actions = [{ type: 'button', action_id: actionId, block_id: 'b', value }];
  return payload(user, { type: 'block_actions', actions }, to);
}

/** What the person was told in private since `from`. */
function told(user: string, from = 0): string {
  return slack.calls
    .slice(from)
    .filter((call) => call.method === `respond.${user}`)
    .map((call) => call.body['text'] ?? '')
    .join('\n');
}

async function expectTold(user: string, words: string, from: number): Promise<void> {
  await vi.waitFor(() => expect(told(user, from)).toContain(words), { timeout: 4_000, interval: 20 });
}

/** A cluster's operation whose plan is shown and waits for approval. */
async function waiting(cluster: string): Promise<Operation> {
  const requester = { user: ALICE, channel: 'C0OPS00001', text: 'typed' };
  const policy = { approvers: [BOB, 'S0ADMINS01'], quorum: 1, selfApproval: false, expiresAfterMs: 60_000 };
  const { id } = await desk.request({
    wish: { kind: 'create', options: {} },
    cluster,
    requester,
    policy,
    planOnly: false,
    requestId: randomUUID(),
  });
  return store.update(id, undefined, (one) => ({
    ...one,
    state: 'awaiting-approval',
    plan: samplePlan(),
    digest: DIGEST,
    expiresAt: Date.now() + 60_000,
  }));
}

it('acknowledges at once and suggests the nearest command in private', async () => {
  const from = slack.calls.length;
  const { status, ms } = await command(ALICE, 'crate-cluster live');

  expect(status).toBe(200);
  expect(ms).toBeLessThan(1_000);
  await expectTold(ALICE, '/ams create-cluster', from);
  expect(
    slack.calls.slice(from).find((call) => call.method.startsWith('respond'))?.body['response_type'],
  ).toBe('ephemeral');
});

it('offers those that may be meant when a command does not say of what', async () => {
  const { id } = await waiting('meant');
  await store.clusters.remember({ cluster: 'paris', regionId: 'eu-central-1' });
  await store.clusters.remember({ cluster: 'tokyo', regionId: 'ap-northeast-1' });
  const from = slack.calls.length;

  for (const text of [
    'approve',
    'reject',
    'cancel',
    'retry',
    'scale',
    'destroy-cluster',
    'plan destroy-cluster',
  ])
    await command(ALICE, text);

  for (const offer of [
    `/ams approve ${id}`,
    `/ams reject ${id}`,
    `/ams cancel ${id}`,
    'There is none to retry now',
    '/ams scale edge +1 paris',
    '/ams scale origin +1 tokyo',
    '/ams destroy-cluster paris /ams destroy-cluster tokyo',
    '/ams plan destroy-cluster tokyo',
  ])
    await expectTold(ALICE, offer, from);
  await store.clusters.forget('paris');
  await store.clusters.forget('tokyo');
});

it('takes a command once, however often it is delivered, and tells who typed it that planning goes on', async () => {
  await Promise.all([
    command(ALICE, 'create-cluster one --edge 3', 't-1'),
    command(ALICE, 'create-cluster one --edge 3', 't-1'),
  ]);

  const told = () =>
    slack.calls.filter(
      (call) =>
        call.method === 'chat.postEphemeral' && JSON.stringify(call.body).includes('create cluster one'),
    );
  await vi.waitFor(() => expect(told().map((call) => call.body['user'])).toEqual([ALICE]), {
    timeout: 4_000,
  });
  const found = await desk.operations({ cluster: 'one', limit: 10 });
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({
    wish: { kind: 'create', options: { edge: { desired: 3 } } },
    policy: { approvers: [BOB, 'S0ADMINS01'] },
  });
});

it('plans without asking anybody', async () => {
  await command(ALICE, 'plan scale edge +2 two');

  await vi.waitFor(
    async () =>
      expect(await desk.operations({ cluster: 'two', limit: 1 })).toMatchObject([
        { planOnly: true, wish: { kind: 'scale', role: 'edge', amount: { add: 2 } } },
      ]),
    { timeout: 4_000 },
  );
});

it('opens a form, shows mistakes at their field and takes it when they are mended', async () => {
  const from = slack.calls.length;
  await command(ALICE, 'create-cluster three');
  await vi.waitFor(() => expect(slack.calls.slice(from).map((call) => call.method)).toContain('views.open'), {
    timeout: 4_000,
  });
  const view = JSON.parse(
    slack.calls.slice(from).find((call) => call.method === 'views.open')?.body['view'] ?? '{}',
  ) as Record<string, unknown>;
  const submit = (name: string) =>
    payload(ALICE, {
      type: 'view_submission',
      view: {
        ...view,
        id: 'V3',
        state: {
          values: {
            name: { value: { type: 'plain_text_input', value: name } },
            region: { value: { type: 'plain_text_input', value: 'eu-central-1' } },
          },
        },
      },
    });

  const wrong = await submit('Three!');
  expect(JSON.parse(wrong.text)).toMatchObject({
    response_action: 'errors',
    errors: { name: expect.stringContaining('Three!') },
  });
  const right = await submit('three');

  expect(right.text).toBe('');
  await vi.waitFor(
    async () => expect(await desk.operations({ cluster: 'three', limit: 1 })).toHaveLength(1),
    { timeout: 4_000 },
  );
});

it('removes a cluster only when its name is typed again', async () => {
  const from = slack.calls.length;
  await command(ALICE, 'destroy-cluster four --confirm for');
  await expectTold(ALICE, 'The names differ', from);
  await command(ALICE, 'destroy-cluster four');
  await vi.waitFor(() => expect(slack.calls.slice(from).map((call) => call.method)).toContain('views.open'), {
    timeout: 4_000,
  });
  expect(await desk.operations({ cluster: 'four', limit: 1 })).toHaveLength(0);

  await command(ALICE, 'destroy-cluster four --confirm four');

  await vi.waitFor(
    async () =>
      expect(await desk.operations({ cluster: 'four', limit: 1 })).toMatchObject([
        { wish: { kind: 'destroy' } },
      ]),
    { timeout: 4_000 },
  );
});

it('counts an approval once, tells others why theirs does not count, and refuses an outdated plan', async () => {
  const { id } = await waiting('five');
  const from = slack.calls.length;

  await click('U0EVE00001', 'ams_approve', `${id} ${DIGEST}`);
  await expectTold('U0EVE00001', 'You are not an approver', from);
  await click(BOB, 'ams_approve', `${id} ${'e'.repeat(64)}`);
  await expectTold(BOB, 'has changed', from);
  await Promise.all([
    click(BOB, 'ams_approve', `${id} ${DIGEST}`),
    click(CAROL, 'ams_approve', `${id} ${DIGEST}`),
  ]);

  await vi.waitFor(async () => expect((await store.read(id))?.state).toBe('approved'), { timeout: 4_000 });
  await vi.waitFor(
    () =>
      expect(told(BOB, from) + told(CAROL, from)).toMatch(
        /You approved[\s\S]*already|already[\s\S]*You approved/,
      ),
    { timeout: 4_000 },
  );
  expect((await store.read(id))?.decisions).toHaveLength(1);
});

it('asks for the reason of a rejection and keeps it', async () => {
  const { id } = await waiting('seven');
  const from = slack.calls.length;
  await click(BOB, 'ams_reject', `${id} ${DIGEST}`);
  await vi.waitFor(() => expect(slack.calls.slice(from).map((call) => call.method)).toContain('views.open'), {
    timeout: 4_000,
  });
  const view = JSON.parse(
    slack.calls.slice(from).find((call) => call.method === 'views.open')?.body['view'] ?? '{}',
  ) as Record<string, unknown>;

  await payload(BOB, {
    type: 'view_submission',
    view: {
      ...view,
      id: 'V7',
      state: { values: { reason: { value: { type: 'plain_text_input', value: 'too large' } } } },
    },
  });

  await vi.waitFor(
    async () =>
      expect(await store.read(id)).toMatchObject({
        state: 'rejected',
        decisions: [{ user: BOB, reason: 'too large' }],
      }),
    { timeout: 4_000 },
  );
});

it('lets only the requester and approvers cancel', async () => {
  const { id } = await waiting('eight');
  const from = slack.calls.length;
  await command('U0EVE00001', `cancel ${id}`);
  await expectTold('U0EVE00001', 'is not yours', from);

  await command(ALICE, `cancel ${id}`);

  await vi.waitFor(async () => expect((await store.read(id))?.state).toBe('cancelled'), { timeout: 4_000 });
});

it.each([
  ['ended long ago', 91, 'ended more than 90 days ago', 0],
  ['is not known although it is new', 1, 'There is no operation', 1],
])('answers a button of an operation that %s in words', async (_name, days, words, changes) => {
  const from = slack.calls.length;
  const ts = `${Math.floor(Date.now() / 1_000) - days * 86_400}.000100`;

  for (const action of ['ams_retry', 'ams_cancel', 'ams_roll_back', 'ams_approve']) {
    const asked = slack.calls.length;
    await payload(BOB, {
      type: 'block_actions',
      message: { ts },
      actions: [
        {
          type: 'button',
          action_id: action,
          block_id: 'b',
          value: action === 'ams_approve' ? `op-gone ${DIGEST}` : 'op-gone',
        },
      ],
    });
    await expectTold(BOB, words, asked);
  }

  const shown = slack.calls
    .slice(from)
    .filter((call) => call.method === 'chat.update' && call.body['ts'] === ts);
  expect(shown).toHaveLength(4 * changes);
  for (const call of shown) expect(call.body['text']).toBe('Lost: op-gone.');
});

it('says of a removal that is stopped how it goes on, and promises no way back', async () => {
  const { id } = await waiting('going');
  await store.update(id, undefined, (one) => ({
    ...one,
    wish: { kind: 'destroy' },
    state: 'running',
    startedAt: Date.now(),
  }));
  const from = slack.calls.length;

  await command(ALICE, `cancel ${id}`);

  await expectTold(ALICE, `\`/ams retry ${id}\` carries it on.`, from);
  expect(told(ALICE, from)).not.toContain('rollback');
});

it('answers lists and help in private', async () => {
  const from = slack.calls.length;
  await Promise.all(['ops', 'history', 'help', 'scale -h'].map((text) => command(ALICE, text)));

  await vi.waitFor(
    () =>
      expect(slack.calls.slice(from).filter((call) => call.method === `respond.${ALICE}`)).toHaveLength(4),
    { timeout: 4_000 },
  );
  expect(told(ALICE, from)).toContain('operations');
});

it('shows the first password to the requester alone, once, in a window and never in a message', async () => {
  const { id } = await waiting('nine');
  await new Secrets(redis, keys, 'a key for tests only').put('nine', 'admin', 'S3cret-Pass');
  await store.update(id, undefined, (one) => ({
    ...one,
    state: 'succeeded',
    outcome: { adminSecret: 'admin', adminEmail: 'a@b.c', notes: [] },
  }));
  const from = slack.calls.length;

  await click(BOB, 'ams_reveal_admin', id);
  await expectTold(BOB, 'may see this password', from);
  await click(ALICE, 'ams_reveal_admin', id);
  await vi.waitFor(
    () =>
      expect(
        slack.calls.slice(from).filter((call) => call.body['view']?.includes('S3cret-Pass') === true),
      ).toHaveLength(1),
    { timeout: 4_000 },
  );
  await click(ALICE, 'ams_reveal_admin', id);

  await vi.waitFor(
    () =>
      expect(
        slack.calls.slice(from).some((call) => call.body['view']?.includes('shown already') === true),
      ).toBe(true),
    { timeout: 4_000 },
  );
  expect(JSON.stringify(slack.messages)).not.toContain('S3cret-Pass');
  expect(slack.calls.filter((call) => call.body['view']?.includes('S3cret-Pass') === true)).toHaveLength(1);
});

it('finishes a click that it has acknowledged before it stops', async () => {
  const { id } = await waiting('stopping');
  const other = openBot();
  await other.start();
  let answer = (): void => undefined;
  const held = new Promise<undefined>((resolve) => (answer = () => resolve(undefined)));
  slack.failWith((call) => (call.method === 'usergroups.users.list' ? held : undefined));
  const from = slack.calls.length;
  const { status } = await click(CAROL, 'ams_approve', `${id} ${DIGEST}`, other);
  await vi.waitFor(() =>
    expect(slack.calls.slice(from).map((one) => one.method)).toContain('usergroups.users.list'),
  );

  const stopped = other.stop().then(() => 'stopped');
  const first = await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, 1_000, 'waits'))]);
  answer();
  await stopped;
  slack.failWith(() => undefined);

  expect([status, first]).toEqual([200, 'waits']);
  expect((await store.read(id))?.state).toBe('approved');
  expect(told(CAROL, from)).toContain('You approved');
});

it('says within a second or two that its queue is away, and starts nothing', async () => {
  await server.kill();
  // On a busy machine the end of a process is known before the end of its connections.
  await vi.waitFor(() => expect(redis.status).not.toBe('ready'), { interval: 5, timeout: 5_000 });
  const from = slack.calls.length;

  const { status, ms } = await command(ALICE, 'create-cluster ten --edge 2');

  expect(status).toBe(200);
  expect(ms).toBeLessThan(1_000);
  await expectTold(ALICE, 'I cannot reach my queue; nothing was started.', from);
  await server.start();
  await vi.waitFor(async () => expect(await desk.operations({ cluster: 'ten', limit: 1 })).toHaveLength(0), {
    timeout: 8_000,
  });
}, 120_000);

it('stops within its grace time although Redis is away and a connection is open on which nothing is asked', async () => {
  const silent = connect(bot.port() ?? 0, '127.0.0.1');
  await new Promise((resolve) => silent.once('connect', resolve));
  silent.on('error', () => undefined);
  await server.kill();
  await vi.waitFor(() => expect(patient.status).toBe('reconnecting'), { interval: 5, timeout: 5_000 });
  const began = performance.now();

  await bot.stop();

  expect(performance.now() - began).toBeLessThan(20_000);
  silent.destroy();
}, 60_000);
