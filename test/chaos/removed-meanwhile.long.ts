import { expect, it, onTestFinished } from 'vitest';
import { albOf } from '../../sandbox/alibaba/alb/lookup.ts';
import { ecsState } from '../../sandbox/alibaba/ecs/state.ts';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { CREATE, DESTROY, ENDED, expectNothingLeft } from './right-end.ts';

/** Somebody else removes something right before our call arrives. */
function goneBefore(town: Town, action: string, remove: () => void): void {
  town.world.alibaba.cloud.faults.decide((moment) => {
    if (moment.action === action && moment.when === 'before') remove();
    return undefined;
  });
}

it('what somebody else removes in the moment of our removal is success', async () => {
  const town = await openTown();
  onTestFinished(() => town.close());
  await town.run(CREATE);
  const { cloud } = town.world.alibaba;
  const [alb, ecs, ess] = [albOf(cloud), ecsState(cloud), essOf(cloud)];
  goneBefore(town, 'DeleteListener', () => alb.listeners.clear());
  goneBefore(town, 'DeleteScalingRule', () => ess.rules.clear());
  goneBefore(town, 'DeleteKeyPairs', () => ecs.keyPairs.clear());
  goneBefore(town, 'DeleteLaunchTemplate', () => ecs.templates.clear());

  const goodbye = await town.plan(DESTROY);
  await town.alex.click(goodbye, 'Approve');

  expect((await town.until(goodbye, ENDED)).text).toBe('Done: remove cluster live.');
  await expectNothingLeft(town);
}, 150_000);
