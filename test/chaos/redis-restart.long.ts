import { expect, it } from 'vitest';
import { openTown } from '../support/town.ts';
import {
  CREATE,
  DESTROY,
  ENDED,
  expectNothingLeft,
  expectRightEnd,
  writes,
  writesReach,
} from './right-end.ts';

it('Redis killed in the middle and started again costs nothing but time', async () => {
  const town = await openTown({ idle: true });
  await town.start('bot');
  await town.start('worker');
  const plan = await town.plan(CREATE);
  await town.alex.click(plan, 'Approve');
  await writesReach(town, 6);

  await town.redis.kill();
  const typed = await town.dana.command('status live', { channel: town.channel });
  await expect
    .poll(() => town.whispered(town.dana.id), { timeout: 5_000 })
    .toContain('I cannot reach my queue');
  const clicked = await town.alex.click(plan, 'Approve');
  expect([typed.acked, clicked.acked]).toEqual([true, true]);
  expect(town.world.slack.messages(town.channel).filter((one) => ENDED.test(one.text))).toEqual([]);
  await town.redis.start();

  await writesReach(town, 20);
  await town.redis.kill();
  await town.redis.start();
  await expectRightEnd(town, await town.until(plan, ENDED));

  const goodbye = await town.plan(DESTROY);
  const before = writes(town).length;
  await town.alex.click(goodbye, 'Approve');
  await writesReach(town, before + 4);
  await town.redis.kill();
  await town.redis.start();
  expect((await town.until(goodbye, ENDED)).text).toBe('Done: remove cluster live.');
  await expectNothingLeft(town);
  await town.close();
}, 240_000);

it('a worker started while Redis is away begins to work once it is there', async () => {
  let misses = 0;
  const onLine = (line: string): void => void (misses += line.includes('redis trouble') ? 1 : 0);
  const town = await openTown({ idle: true, onLine });
  await town.redis.kill();
  const starting = town.start('worker');
  await expect.poll(() => misses).toBeGreaterThan(0);
  await town.redis.start();
  await starting;
  await town.start('bot');

  await expectRightEnd(town, await town.run(CREATE));
  await town.close();
}, 120_000);

it('a bot started while Redis is away says so at once to whoever types, and works when it is back', async () => {
  const town = await openTown({ idle: true });
  await town.redis.kill();
  await town.start('bot');

  const typed = await town.dana.command(CREATE, { channel: town.channel });
  await expect
    .poll(() => town.whispered(town.dana.id), { timeout: 5_000 })
    .toMatch(/I cannot reach my queue; nothing was started\..*Try again in a minute/);
  expect(typed.acked).toBe(true);

  await town.redis.start();
  await town.start('worker');
  const plan = await town.plan(CREATE);
  expect(plan.text).toContain('create cluster live');
  expect(writes(town)).toEqual([]);
  await town.close();
}, 120_000);
