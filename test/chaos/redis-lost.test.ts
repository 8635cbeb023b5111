import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { startRedis } from '../../sandbox/redis.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import {
  CREATE,
  DESTROY,
  expectNothingLeft,
  expectOneOfEach,
  expectOneWorkingLogin,
  writes,
  writesReach,
} from './right-end.ts';

it('Redis emptied in the middle: nothing goes on by itself, and the same command typed again carries on', async () => {
  const server = await startRedis();
  const town = await openTown({ idle: true, redis: { ...server, env: {} } });
  onTestFinished(() => town.close());
  await Promise.all([town.start('bot'), town.start('worker')]);
  const plan = await town.plan(CREATE);
  await town.alex.click(plan, 'Approve');
  await writesReach(town, 14);

  const redis = new Redis(server.url);
  await redis.flushall();
  await quiet(town);
  const made = writes(town).length;

  await town.until(plan, /^Lost: create cluster live\.$/);
  const operation = /op-[a-z0-9]+/.exec(JSON.stringify(plan.blocks))?.[0] ?? '';
  await town.dana.command(`retry ${operation}`, { channel: town.channel });
  await expect.poll(() => town.whispered(town.dana.id)).toContain(`There is no operation ${operation}`);
  await town.dana.command('status live', { channel: town.channel });
  await expect
    .poll(() => town.world.slack.transcript(town.channel))
    .toContain('The edge scaling group is missing');
  await town.dana.command('repair live', { channel: town.channel });
  const refused = await town.next((message) => message.text.startsWith('Cannot'));
  expect(JSON.stringify(refused.blocks)).toContain('typed again carries on');
  expect(writes(town)).toHaveLength(made);

  const again = await town.plan(CREATE);
  expect(JSON.stringify(again.blocks)).toMatch(/resources of live are there already/);
  expect((await town.approve(again)).text).toBe('Done: create cluster live.');
  expectOneOfEach(town);
  await expectOneWorkingLogin(town);
  // Sweeps go on too, without a start of the worker.
  await expect.poll(() => redis.zcard('{ams}:asks:repeat')).toBe(1);
  redis.disconnect();

  expect((await town.run(DESTROY)).text).toBe('Done: remove cluster live.');
  await expectNothingLeft(town);
}, 180_000);

it('a click on a plan whose record is gone says so on the message, to a bot that never knew it', async () => {
  const server = await startRedis();
  const town = await openTown({ idle: true, redis: { ...server, env: {} } });
  onTestFinished(() => town.close());
  const [bot] = await Promise.all([town.start('bot'), town.start('worker')]);
  const plan = await town.plan(CREATE);
  await bot.stop();
  const redis = new Redis(server.url);
  await redis.flushall();
  redis.disconnect();
  await town.start('bot');

  await town.alex.click(plan, 'Approve');

  const lost = await town.until(plan, /^Lost: op-[a-z0-9]+\.$/);
  expect(JSON.stringify(lost.blocks)).not.toContain('"button"');
  await expect.poll(() => town.whispered(town.alex.id)).toContain('There is no operation op-');
  expect(writes(town)).toEqual([]);
}, 60_000);

/** Resolves when nothing was changed in the cloud for two seconds. */
async function quiet(town: Town): Promise<void> {
  let before = -1;
  while (before !== writes(town).length) {
    before = writes(town).length;
    await new Promise((again) => setTimeout(again, 2_000));
  }
}
