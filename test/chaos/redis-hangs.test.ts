import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { startRedis } from '../../sandbox/redis.ts';
import { openTown } from '../support/town.ts';

/** Far more than it takes, and less than anything that waits for an answer of Redis or of Slack. */
const SOON_MS = 8_000;

it('a worker stops soon although Redis hangs while its step is under way', async () => {
  const server = await startRedis();
  const town = await openTown({ idle: true, redis: { ...server, env: {} } });
  onTestFinished(async () => {
    process.kill(server.pid, 'SIGCONT');
    await town.close();
  });
  await town.start('bot');
  const worker = await town.start('worker');
  const plan = await town.plan('create-cluster live --edge 2');
  const { faults } = town.world.alibaba.cloud;
  const slow = faults.plan({ action: 'CreateVpc', when: 'before', kind: 'slow', delayMs: 4_000 });
  await town.alex.click(plan, 'Approve');
  await expect.poll(() => slow.hits, { timeout: 20_000 }).toBe(1);
  process.kill(server.pid, 'SIGSTOP');
  const began = performance.now();

  expect(await worker.stop()).toBe(0);

  expect(performance.now() - began).toBeLessThan(SOON_MS);
}, 60_000);

it('a bot stops soon although Redis hangs while a message is under way', async () => {
  const server = await startRedis();
  const town = await openTown({ idle: true, redis: { ...server, env: {} } });
  onTestFinished(async () => {
    process.kill(server.pid, 'SIGCONT');
    await town.close();
  });
  const bot = await town.start('bot');
  town.world.slack.faults.set('*', { kind: 'slow', ms: 5_000 });
  const redis = new Redis(server.url);
  await town.dana.command('create-cluster live --edge 2', { channel: town.channel });
  await expect.poll(() => redis.llen('{ams}:outbox:active'), { timeout: 20_000 }).toBe(1);
  redis.disconnect();
  process.kill(server.pid, 'SIGSTOP');
  const began = performance.now();

  expect(await bot.stop()).toBe(0);

  expect(performance.now() - began).toBeLessThan(SOON_MS);
}, 60_000);
