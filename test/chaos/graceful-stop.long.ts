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

/** A stop waits 20 s for what is under way; a little more on a busy computer. */
const GRACE_MS = 26_000;

it('a worker told to stop ends well and soon, and the next one carries on at once', async () => {
  const town = await openTown({ idle: true });
  const bot = await town.start('bot');
  let worker = await town.start('worker');
  const plan = await town.plan(CREATE);
  await town.alex.click(plan, 'Approve');

  for (const moment of [3, 12, 20]) {
    await writesReach(town, moment);
    const began = performance.now();
    expect(await worker.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(GRACE_MS);
    const before = writes(town).length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(writes(town), 'a stopped worker works no more').toHaveLength(before);
    worker = await town.start('worker');
  }
  await expectRightEnd(town, await town.until(plan, ENDED));

  const goodbye = await town.plan(DESTROY);
  const before = writes(town).length;
  await town.alex.click(goodbye, 'Approve');
  await writesReach(town, before + 3);
  expect(await Promise.all([bot.stop(), worker.stop()])).toEqual([0, 0]);
  await town.start();
  expect((await town.until(goodbye, ENDED)).text).toBe('Done: remove cluster live.');
  await expectNothingLeft(town);
  await town.close();
}, 240_000);

it('a call that hangs does not hold a stop beyond its grace time', async () => {
  const town = await openTown({ idle: true });
  await town.start('bot');
  const worker = await town.start('worker');
  // Two real minutes.
  const hang = town.world.alibaba.cloud.faults.plan({
    action: 'CreateVpc',
    when: 'before',
    kind: 'slow',
    delayMs: 12_000_000,
  });
  const plan = await town.plan(CREATE);
  await town.alex.click(plan, 'Approve');
  await expect.poll(() => hang.hits, { interval: 5, timeout: 60_000 }).toBe(1);

  const began = performance.now();
  expect(await worker.stop()).toBe(0);
  expect(performance.now() - began).toBeLessThan(GRACE_MS);
  await town.close();
}, 120_000);
