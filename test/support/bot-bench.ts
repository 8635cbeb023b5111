import { createHmac, randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import { startRedis } from '../../sandbox/redis.ts';
import { createBot } from '../../src/bot/app.ts';
import type { Bot } from '../../src/bot/app.ts';
import type { Operation } from '../../src/cluster/operation.ts';
import { Settings } from '../../src/cluster/settings.ts';
import { createDesk } from '../../src/jobs/create-desk.ts';
import { Engine } from '../../src/jobs/engine.ts';
import { Outbox } from '../../src/jobs/outbox.ts';
import { Queues } from '../../src/jobs/queues.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { Secrets } from '../../src/jobs/store/secrets.ts';
import { Store } from '../../src/jobs/store/store.ts';
import { patientRedis, promptRedis } from '../../src/redis/connect.ts';
import { samplePlan } from '../bot/samples.ts';
import { startWebApi } from '../bot/slack-web-api.ts';
import { placeAt } from './redis-place.ts';
import { silentLog } from './silent-log.ts';

/** Who types the commands. */
export const ALICE = 'U0ALICE001';
/** An approver by name. */
export const BOB = 'U0BOB00001';
/** An approver as a member of the user group. */
export const CAROL = 'U0CAROL001';
/** Of every plan that waits for approval. */
export const DIGEST = 'd'.repeat(64);

const SECRET = 'signing';
const APPROVERS = [BOB, 'S0ADMINS01'];
let count = 0;

export type BotBench = Awaited<ReturnType<typeof openBotBench>>;

/** A bot that Slack reaches over HTTP, with a Redis server and a Slack of its own, and what people do there. */
export async function openBotBench() {
  const keys = new Keys(`bot-${(count += 1)}`);
  const server = await startRedis();
  const slack = await startWebApi();
  const redis = promptRedis(placeAt(server.url));
  const patient = patientRedis(placeAt(server.url));
  for (const client of [redis, patient]) client.on('error', () => undefined);
  await new Promise((resolve) => redis.once('ready', resolve));
  const queues = new Queues(redis, keys, () => undefined);
  const outbox = new Outbox({ connection: redis, keys, onError: () => undefined });
  await queues.asks.waitUntilReady();
  const store = new Store(redis, keys);
  const engine = new Engine({ store, queues, outbox, log: silentLog, timeScale: 1, now: Date.now });
  const secrets = new Secrets(redis, keys, 'a key for tests only');
  const desk = createDesk({ store, queues, engine, secrets, redis, keys, now: Date.now });
  const settings = Settings.parse({
    domain: '{cluster}.example.com',
    approval: { approvers: APPROVERS },
    certificates: { default: { chain: 'env:A', key: 'env:B' } },
  });

  function openBot(): Bot {
    return createBot({
      slack: {
        botToken: 'xoxb-test',
        delivery: { mode: 'http', signingSecret: SECRET, port: 0 },
        apiUrl: slack.url,
      },
      desk,
      settings,
      redis,
      connection: patient,
      keys,
      log: silentLog,
      timeScale: 1,
      now: Date.now,
    });
  }
  const bot = openBot();
  await bot.start();

  function command(user: string, text: string, trigger: string = randomUUID(), channel = 'C0OPS00001') {
    return deliver(bot, {
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
    return deliver(to, { payload: JSON.stringify(body) });
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
    const { id } = await desk.request({
      wish: { kind: 'create', options: {} },
      cluster,
      requester: { user: ALICE, channel: 'C0OPS00001', text: 'typed' },
      policy: { approvers: APPROVERS, quorum: 1, selfApproval: false, expiresAfterMs: 60_000 },
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

  async function close(): Promise<void> {
    // A test may have stopped it.
    if (bot.isConnected()) await bot.stop();
    await Promise.all([queues.close(), outbox.close()]);
    redis.disconnect();
    patient.disconnect();
    await slack.close();
    await server.close();
  }

  const parts = { server, redis, patient, keys, slack, store, secrets, desk, bot };
  return { ...parts, openBot, command, payload, click, told, expectTold, waiting, close };
}

/** Delivers as Slack does, signed. */
async function deliver(
  to: Bot,
  form: Record<string, string>,
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
