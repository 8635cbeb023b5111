import { expect, it } from 'vitest';
import { openTown } from '../support/town.ts';
import { CREATE, ENDED, expectRightEnd, writes } from './right-end.ts';

it('a worker frozen while the cloud works on its call finds its step taken', async () => {
  const town = await openTown({ idle: true });
  await town.start('bot');
  const frozen = await town.start('worker');
  const { faults } = town.world.alibaba.cloud;
  // Simulated: half a second of real time, in which the worker stops.
  for (const action of ['RunInstances', 'CreateLoadBalancer'])
    faults.plan({ action, when: 'before', kind: 'slow', delayMs: 50_000 });
  const slow = faults.plan({ action: 'CreateSecurityGroup', when: 'before', kind: 'slow', delayMs: 50_000 });
  const plan = await town.plan(CREATE);
  await town.alex.click(plan, 'Approve');
  await expect.poll(() => slow.hits, { interval: 2, timeout: 60_000 }).toBe(1);
  frozen.pause();

  await town.start('worker');
  const end = await town.until(plan, ENDED);
  frozen.resume();
  await expectRightEnd(town, end);

  // What the thawed one still does changes nothing.
  const after = writes(town).length;
  expect(await frozen.stop()).toBe(0);
  expect(writes(town).slice(after)).toEqual([]);
  await expectRightEnd(town, end);
  await town.close();
}, 240_000);
