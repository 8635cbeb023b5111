import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startRedis } from '../../sandbox/redis.ts';
import type { RedisServer } from '../../sandbox/redis.ts';
import { startSlack } from '../../sandbox/slack/server.ts';
import type { SlackServer } from '../../sandbox/slack/server.ts';
import { createBot } from '../../src/bot/app.ts';
import type { Bot } from '../../src/bot/app.ts';
import { applyReminder } from '../../src/cluster/approval.ts';
import { Settings } from '../../src/cluster/settings.ts';
import { createDesk } from '../../src/jobs/create-desk.ts';
import type { Desk } from '../../src/jobs/desk.ts';
import { Engine } from '../../src/jobs/engine.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { Outbox } from '../../src/jobs/outbox.ts';
import { Queues } from '../../src/jobs/queues.ts';
import { Secrets } from '../../src/jobs/store/secrets.ts';
import { Store } from '../../src/jobs/store/store.ts';
import { samplePlan } from './samples.ts';
import { patientRedis } from '../../src/redis/connect.ts';
import type { RedisClient } from '../../src/redis/connect.ts';
import { placeAt } from '../support/redis-place.ts';
import { silentLog } from '../support/silent-log.ts';

const ALICE = 'U0ALICE001';
const BOB = 'U0BOB00001';
const SCALE = { kind: 'scale', role: 'edge', withLimits: false } as const;
const CAROL = 'U0CAROL001';
const keys = new Keys('workspace-test');
let server: RedisServer;
let redis: RedisClient;
let slack: SlackServer;
let bot: Bot;
let desk: Desk;
let store: Store;
let engine: Engine;
let queues: Queues;
let outbox: Outbox;

beforeAll(async () => {
  server = await startRedis();
  slack = await startSlack({
    users: [ALICE, BOB, CAROL].map((id) => ({ id, name: id.toLowerCase(), realName: id })),
  });
  redis = patientRedis(placeAt(server.url));
  queues = new Queues(redis, keys, () => undefined);
  outbox = new Outbox({ connection: redis, keys, onError: () => undefined });
  store = new Store(redis, keys);
  engine = new Engine({ store, queues, outbox, log: silentLog, timeScale: 1, now: Date.now });
  const secrets = new Secrets(redis, keys, 'a key for tests only');
  desk = createDesk({ store, queues, engine, secrets, redis, keys, now: Date.now });
  bot = createBot({
    slack: {
      botToken: slack.settings.botToken,
      delivery: { mode: 'socket', appToken: slack.settings.appToken },
      apiUrl: slack.apiUrl,
    },
    desk,
    settings: Settings.parse({
      domain: '{cluster}.example.com',
      approval: { approvers: [BOB] },
      access: { requesters: [ALICE] },
    }),
    redis,
    connection: redis,
    keys,
    log: silentLog,
    timeScale: 1,
    now: Date.now,
  });
  await bot.start();
});

afterAll(async () => {
  await bot.stop();
  await Promise.all([queues.close(), outbox.close()]);
  redis.disconnect();
  await slack.close();
  await server.close();
});

it('goes from a typed command to an approved plan in one message of the channel', async () => {
  const typed = await slack.as(ALICE).command('create-cluster live --edge 3', { channel: 'C0OPS00001' });
  expect(typed.acked).toBe(true);
  expect(typed.ms).toBeLessThan(1_000);
  const planning = await slack.waitForMessage((one) => one.text.includes('create cluster live'));
  expect(planning.visible_to).toBe(ALICE);

  const [draft] = await store.list({ cluster: 'live', limit: 1 });
  await engine.change(draft?.id ?? '', undefined, (one) => ({
    ...one,
    state: 'awaiting-approval',
    plan: samplePlan(),
    digest: 'd'.repeat(64),
    expiresAt: Date.now() + 60_000,
  }));
  const shown = await slack.waitForMessage((one) => JSON.stringify(one.blocks).includes('ams_approve'));
  await slack.as(ALICE).click(shown, 'ams_approve');
  await vi.waitFor(
    () => expect(slack.ephemerals(ALICE, 'C0OPS00001').at(-1)?.text).toContain('not an approver'),
    { timeout: 4_000 },
  );
  await slack.as(BOB).click(shown, 'ams_approve');

  await vi.waitFor(async () => expect((await store.read(draft?.id ?? ''))?.state).toBe('approved'), {
    timeout: 4_000,
  });
  const running = await slack.waitForMessage((one) => one.ts === shown.ts && one.text.includes('Starting'));
  expect(JSON.stringify(running.blocks)).toContain('task_card');
  expect(slack.thread('C0OPS00001', shown.ts).some((one) => one.text.includes(`<@${BOB}>`))).toBe(true);
});

it('reminds those who have not decided once, though it is touched again, and tells who cancelled', async () => {
  await slack.as(ALICE).command('create-cluster slow --edge 3', { channel: 'C0OPS00001' });
  await slack.waitForMessage((one) => one.text.includes('create cluster slow'));
  const [asked] = await store.list({ cluster: 'slow', limit: 1 });
  const id = asked?.id ?? '';
  await engine.change(id, undefined, (one) => ({
    ...one,
    state: 'awaiting-approval',
    plan: samplePlan(),
    digest: 'd'.repeat(64),
    expiresAt: Date.now() + 60_000,
  }));

  const message = await slack.waitForMessage((one) => one.text.startsWith('Plan: create cluster slow'));
  const reminders = () =>
    slack.thread('C0OPS00001', message.ts).filter((one) => one.text.includes('still waits for a decision'));
  await engine.change(id, undefined, (one) => applyReminder(one, Date.now()));
  await vi.waitFor(() => expect(reminders()).toHaveLength(1), { timeout: 4_000 });
  await engine.change(id, undefined, (one) => applyReminder(one, Date.now()));
  await slack.as(BOB).command(`cancel ${id}`, { channel: 'C0OPS00001' });

  await vi.waitFor(
    () =>
      expect(
        slack
          .dms(ALICE)
          .map((one) => one.text)
          .join(),
      ).toContain(`was cancelled by <@${BOB}>`),
    { timeout: 4_000 },
  );
  expect(reminders()).toHaveLength(1);
  expect(reminders()[0]?.text).toContain(`<@${BOB}>`);
});

it('opens the form, shows a mistake at its field and plans when it is mended', async () => {
  await slack.as(ALICE).command('create-cluster', { channel: 'C0OPS00001' });
  await vi.waitFor(() => expect(slack.as(ALICE).openView()?.callback_id).toBe('ams_form_create'), {
    timeout: 4_000,
  });
  const form = slack.as(ALICE).openView();
  if (!form) throw new Error('no form is open');

  const wrong = await slack.as(ALICE).submit(form, { name: 'Form One', 'certificate-cas': '12345' });
  expect(JSON.stringify(wrong)).toContain('cannot be the name');
  await slack.as(ALICE).submit(form, { name: 'formed', 'certificate-cas': '12345' });

  await slack.waitForMessage((one) => one.text.includes('create cluster formed'));
});

it('refuses in private', async () => {
  await slack.as(ALICE).command('scale egde 5', { channel: 'C0OPS00001' });

  await vi.waitFor(
    () => expect(slack.ephemerals(ALICE, 'C0OPS00001').at(-1)?.text).toContain('Did you mean edge?'),
    { timeout: 4_000 },
  );
});

it('teaches: with the reader’s own names, and the right command to copy', async () => {
  await store.clusters.remember({ cluster: 'paris', regionId: 'eu-central-1' });
  const last = () => JSON.stringify(slack.ephemerals(ALICE, 'C0OPS00001').at(-1)?.blocks ?? '');

  await slack.as(ALICE).command('help', { channel: 'C0OPS00001' });
  await vi.waitFor(() => expect(last()).toContain('/ams plan scale edge +1 paris'), { timeout: 4_000 });
  await slack.as(ALICE).command('help test-fly', { channel: 'C0OPS00001' });
  await vi.waitFor(() => expect(last()).toMatch(/Examples.*`.ams test-fly paris`/), { timeout: 4_000 });
  await slack.as(ALICE).command('scael edge 5', { channel: 'C0OPS00001' });
  await vi.waitFor(() => expect(last()).toContain('```/ams scale edge 5```'), { timeout: 4_000 });
  await store.clusters.remember({ cluster: 'rome', regionId: 'eu-central-1' });
  await slack.as(ALICE).command('scale edge 5', { channel: 'C0OPS00001' });
  await vi.waitFor(() => expect(last()).toContain('/ams scale edge 5 paris\\n/ams scale edge 5 rome'), {
    timeout: 4_000,
  });
});

it('keeps the homes of those who opened theirs up to date, seldom enough for Slack', async () => {
  let published = 0;
  const stop = slack.onEvent((event) => {
    if (event.type === 'view' && event.change === 'published' && event.user === BOB) published += 1;
  });
  await slack.as(BOB).openHome();
  await vi.waitFor(() => expect(JSON.stringify(slack.as(BOB).home())).toContain('under way'), {
    timeout: 4_000,
  });

  const [asked] = await store.list({ cluster: 'live', limit: 1 });
  const id = asked?.id ?? '';
  for (let at = 0; at < 30; at += 1) {
    await engine.change(id, undefined, (old) => ({ ...old, wish: { ...SCALE, amount: { set: at } } }));
  }

  await vi.waitFor(() => expect(JSON.stringify(slack.as(BOB).home())).toContain('edge of live to 29'), {
    timeout: 8_000,
  });
  stop();
  expect(published).toBeLessThan(5);
  expect(slack.as(ALICE).home()).toBeUndefined();
});

it('shows somebody who may not use it nothing but why', async () => {
  await slack.as(CAROL).openHome();

  await vi.waitFor(
    () => expect(JSON.stringify(slack.as(CAROL).home())).toContain('You are not among those who may use me.'),
    { timeout: 4_000 },
  );
  expect(slack.as(CAROL).home()?.blocks).toHaveLength(1);
});

it('lets nobody who may not use it any more carry on what they asked for, only stop it', async () => {
  const { id } = await desk.request({
    wish: { kind: 'create', options: {} },
    cluster: 'left',
    requester: { user: CAROL, channel: 'C0OPS00001', text: '/ams create-cluster left' },
    policy: { approvers: [BOB], quorum: 1, selfApproval: false, expiresAfterMs: 60_000 },
    planOnly: false,
    requestId: 'of-carol',
  });
  await engine.change(id, undefined, (one) => ({
    ...one,
    state: 'failed',
    plan: samplePlan(),
    startedAt: Date.now(),
  }));
  const failed = await slack.waitForMessage((one) => one.text.startsWith('Failed: create cluster left'));

  await slack.as(CAROL).click(failed, 'ams_retry');
  await vi.waitFor(
    () => expect(slack.ephemerals(CAROL, 'C0OPS00001').at(-1)?.text).toContain('not among those who may use'),
    { timeout: 4_000 },
  );
  expect((await store.read(id))?.state).toBe('failed');
  await slack.as(BOB).click(failed, 'ams_retry');
  await vi.waitFor(async () => expect((await store.read(id))?.state).toBe('running'), { timeout: 4_000 });
  const running = await slack.waitForMessage((one) => one.text.startsWith('Running: create cluster left'));
  await slack.as(CAROL).click(running, 'ams_cancel');

  await vi.waitFor(async () => expect((await store.read(id))?.state).toBe('cancelled'), { timeout: 4_000 });
});
