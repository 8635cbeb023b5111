import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startRedis } from '../../sandbox/redis.ts';
import { startProduct } from '../../sandbox/product.ts';
import { recordOf } from '../chaos/suite/record.ts';
import { ask, SHOWN } from '../ops/town.ts';
import { openTown } from '../support/town.ts';

it('answers what was typed before Slack has told the bot who it is', async () => {
  const town = await openTown({ idle: true });
  onTestFinished(() => town.close());
  town.world.slack.faults.set('auth.test', { kind: 'slow', ms: 1_000 }, 1);
  const started = town.start('bot');
  await town.world.slack.waitForSockets(2, 60_000);

  const typed = await town.dana.command('help', { channel: town.channel });

  expect(typed.acked).toBe(true);
  await expect.poll(() => town.whispered(town.dana.id), { timeout: 20_000 }).toContain('create-cluster');
  await started;
}, 120_000);

it('waits for a Slack that is away at the start, while the worker works on', async () => {
  const lines: string[] = [];
  const town = await openTown({ idle: true, onLine: (line) => lines.push(line) });
  onTestFinished(() => town.close());
  const logged = (words: string) => lines.find((line) => line.includes(words));
  Object.assign(town.env, SHOWN);
  const before = await town.start();
  const plan = await town.plan('create-cluster live --edge 1 --edge-min 1');
  await town.alex.click(plan, 'Approve');
  await expect
    .poll(async () => (await recordOf(town, plan)).audit.map((entry) => entry.event), { interval: 5 })
    .toContain('started');
  await before.kill();
  lines.length = 0;

  town.world.slack.faults.down();
  const started = town.start();

  const worked = vi.waitFor(() => expect(logged('operation succeeded')).toBeDefined(), { timeout: 60_000 });
  expect(await Promise.race([started.then(() => 'started'), worked.then(() => 'worked on')])).toBe(
    'worked on',
  );
  const { port } = JSON.parse(logged('probes and metrics are served') ?? '{}') as { port?: number };
  const ready = await ask(`http://127.0.0.1:${port}/readyz`);
  expect(ready).toMatchObject({ status: 503 });
  expect(ready.text).toContain('This process is starting.');
  expect(logged('slack does not answer')).toBeDefined();

  town.world.slack.faults.up();
  await started;
  expect((await town.until(plan, /^(Done|Failed)/)).text).toMatch(/^Done/);
}, 180_000);

it('says to whoever types that Redis is away, also where the worker of its process waits for it', async () => {
  const town = await openTown({ idle: true });
  onTestFinished(() => town.close());
  await town.redis.kill();
  const started = town.start('start');
  await town.world.slack.waitForSockets(2, 60_000);

  const typed = await town.dana.command('create-cluster live --edge 2', { channel: town.channel });

  expect(typed.acked).toBe(true);
  await expect
    .poll(() => town.whispered(town.dana.id), { timeout: 20_000 })
    .toContain('I cannot reach my queue; nothing was started.');
  await town.redis.start();
  await started;
  expect((await town.plan('create-cluster live --edge 2')).text).toContain('create cluster live');
}, 120_000);

it('finishes what it has acknowledged when it is stopped before both its connections are open', async () => {
  const server = await startRedis();
  const town = await openTown({ idle: true, redis: { ...server, env: {} } });
  onTestFinished(async () => {
    process.kill(server.pid, 'SIGCONT');
    await town.close();
  });
  town.world.slack.faults.set('apps.connections.open', { kind: 'slow', ms: 60_000 }, 1);
  const child = spawn(process.execPath, ['dist/product/main.js', 'bot'], {
    env: { PATH: process.env['PATH'], ...town.env },
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await town.world.slack.waitForSockets(1, 60_000);
  await expect
    .poll(async () => (await town.dana.command('help', { channel: town.channel })).acked)
    .toBe(true);
  await expect.poll(() => town.whispered(town.dana.id), { timeout: 20_000 }).toContain('create-cluster');

  process.kill(server.pid, 'SIGSTOP');
  const typed = await town.dana.command('create-cluster live --edge 2', { channel: town.channel });
  child.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 300));
  process.kill(server.pid, 'SIGCONT');

  expect(typed.acked).toBe(true);
  expect(await ended).toBe(0);
  await town.start('start');
  await expect
    .poll(() => town.world.slack.transcript(town.channel), { timeout: 30_000 })
    .toContain('create cluster live');
}, 120_000);

it('says which port it is that somebody else has', async () => {
  const town = await openTown({ idle: true });
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(async () => {
    other.close();
    await town.close();
  });
  const { SLACK_APP_TOKEN: _, ...env } = town.env;
  const PORT = String((other.address() as AddressInfo).port);

  await expect(startProduct('bot', { ...env, SLACK_SIGNING_SECRET: 'signing', PORT })).rejects.toThrow(
    `PORT: ${PORT} cannot be listened on (EADDRINUSE).`,
  );
}, 60_000);

it('waits for Slack behind a proxy that answers in its place, with status 200', async () => {
  const town = await openTown({ idle: true });
  onTestFinished(() => town.close());
  for (const method of ['auth.test', 'apps.connections.open'])
    town.world.slack.faults.set(method, { kind: 'html', status: 200 }, 2);

  await town.start('bot');

  expect((await town.dana.command('help', { channel: town.channel })).acked).toBe(true);
}, 60_000);

it.each([
  ['SLACK_BOT_TOKEN', 'xoxb-wrong', 'Slack refused the bot token: invalid_auth.'],
  ['SLACK_APP_TOKEN', 'xapp-wrong', 'Slack refused the app token: invalid_auth.'],
])(
  'ends at once when Slack refuses %s, and says so',
  async (name, token, words) => {
    const town = await openTown({ idle: true });
    onTestFinished(() => town.close());

    await expect(startProduct('bot', { ...town.env, [name]: token })).rejects.toThrow(words);
  },
  120_000,
);

it('of the simulated world takes nothing from an operator who works in the same folder', async () => {
  const town = await openTown({ idle: true });
  const folder = await mkdtemp(join(tmpdir(), 'ams-env-'));
  const [program, home] = [resolve('dist/product/main.js'), process.cwd()];
  onTestFinished(async () => {
    process.chdir(home);
    await town.close();
    await rm(folder, { recursive: true });
  });
  await writeFile(join(folder, '.env'), 'AMS_REDIS_CA=file:/nowhere\n');
  process.chdir(folder);

  const worker = await startProduct('worker', town.env, { program });

  expect(await worker.stop()).toBe(0);
}, 60_000);
