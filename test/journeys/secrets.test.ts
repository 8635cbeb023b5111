import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PEOPLE } from '../../sandbox/world.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { Secrets } from '../../src/jobs/store/secrets.ts';
import type { SecretName } from '../../src/jobs/store/secrets.ts';
import { dumpRedis, openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { startTraceReceiver } from '../support/trace-receiver.ts';
import type { TraceReceiver } from '../support/trace-receiver.ts';

let town: Town;
let receiver: TraceReceiver;
/** Redis as it was at several moments of the run. */
const dumps: string[] = [];
const secrets = new Map<string, string>();

beforeAll(async () => {
  receiver = await startTraceReceiver();
  town = await openTown({ idle: true });
  town.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = receiver.url;
  await town.start();
  const plan = await town.plan('create-cluster live --origin 1');
  await town.alex.click(plan, 'Approve');
  const ended = town.until(plan, /^(Done|Failed)/).then(() => true);
  while (!(await Promise.race([ended, new Promise<false>((go) => setTimeout(() => go(false), 700))]))) {
    dumps.push(await dumpRedis(town.redis.url));
  }
  const redis = new Redis(town.redis.url);
  const store = new Secrets(redis, new Keys('ams'), town.env['AMS_SECRET_KEY'] ?? '');
  for (const name of ['ssh-key', 'host-key', 'mongo', 'admin', 'jwt'] satisfies SecretName[]) {
    secrets.set(name, (await store.get('live', name)) ?? '');
  }
  redis.disconnect();
  secrets.set('mongo password', /\/\/[^:]+:([^@]+)@/.exec(secrets.get('mongo') ?? '')?.[1] ?? '');
  secrets.set('certificate key', readFileSync(join(town.world.folder, 'key.pem'), 'utf8'));
  for (const name of [
    'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
    'SLACK_BOT_TOKEN',
    'SLACK_APP_TOKEN',
    'AMS_SECRET_KEY',
  ]) {
    secrets.set(name, town.env[name] ?? '');
  }
}, 120_000);

afterAll(async () => {
  await town.close();
  await receiver.close();
});

/** Telling parts of a secret: of a PEM a line of its body, else the whole. */
function traces(secret: string): readonly string[] {
  if (!secret.includes('-----BEGIN')) return [secret];
  return secret
    .split('\n')
    .filter((line) => line.length > 40 && !line.startsWith('-----'))
    .slice(0, 3);
}

function expectAbsent(text: string): void {
  for (const [name, secret] of secrets) {
    expect(secret.length, `${name} is known`).toBeGreaterThan(7);
    for (const trace of traces(secret)) expect(text.includes(trace), `${name} was found`).toBe(false);
  }
}

it('lie nowhere in Redis in clear, job data included, while and after a cluster is made', async () => {
  expect(dumps.length).toBeGreaterThan(3);

  expectAbsent([...dumps, await dumpRedis(town.redis.url)].join('\n'));
});

it('are in no line of the log', () => {
  const lines = town.products.flatMap((product) => product.output);

  expect(lines.length).toBeGreaterThan(20);
  expectAbsent(lines.join('\n'));
});

it('are in no message of Slack, private ones included; the password is shown once, to the requester, in a dialog', async () => {
  const { slack } = town.world;
  const offer = await slack.waitForMessage(
    (message) => JSON.stringify(message.blocks ?? []).includes('reveal'),
    { timeoutMs: 30_000 },
  );

  await town.sam.click(offer, 'ams_reveal_admin');
  await town.dana.click(offer, 'ams_reveal_admin');
  await expect.poll(() => JSON.stringify(town.dana.openView() ?? '')).toContain(secrets.get('admin'));
  // Sam's click came first: what it leads to is there by now.
  expect(JSON.stringify(town.sam.openView() ?? '')).not.toContain(secrets.get('admin'));
  town.dana.closeView({ all: true });
  await town.dana.click(offer, 'ams_reveal_admin');
  await expect.poll(() => JSON.stringify(town.dana.openView() ?? '')).toMatch(/shown|once|already/i);
  expect(JSON.stringify(town.dana.openView())).not.toContain(secrets.get('admin'));

  const people = [PEOPLE.requester, PEOPLE.approver, PEOPLE.outsider];
  const all = [
    slack.messages(town.channel),
    ...slack.messages(town.channel).map((message) => slack.thread(town.channel, message.ts)),
    ...people.map((user) => [slack.ephemerals(user, town.channel), slack.dms(user)]),
  ];
  expectAbsent(JSON.stringify(all));
});

it('are in no trace, and neither is what was typed', async () => {
  for (const product of town.products) await product.stop();

  const all = receiver.requests.map(({ body }) => body.toString('latin1')).join('\n');
  expect(receiver.spans.filter(({ name }) => name.startsWith('ssh mongosh')).length).toBeGreaterThan(0);
  expectAbsent(all);
  expect(all).not.toContain('--origin');
});
