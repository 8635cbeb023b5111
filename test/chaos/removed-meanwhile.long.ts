import { expect, it, onTestFinished } from 'vitest';
import { albOf } from '../../sandbox/alibaba/alb/lookup.ts';
import { ecsState } from '../../sandbox/alibaba/ecs/state.ts';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { CREATE, DESTROY, ENDED, expectNothingLeft } from './right-end.ts';

/** Somebody else removes things right before our call arrives. @returns how many were removed so */
function goneBefore(
  town: Town,
  action: string,
  things: { readonly size: number; clear(): void },
): () => number {
  let removed = 0;
  town.world.alibaba.cloud.faults.decide((moment) => {
    if (moment.action !== action || moment.when !== 'before') return undefined;
    removed += things.size;
    things.clear();
    return undefined;
  });
  return () => removed;
}

it('what somebody else removes in the moment of our removal is success', async () => {
  const town = await openTown();
  onTestFinished(() => town.close());
  await town.run(CREATE);
  const { cloud } = town.world.alibaba;
  const [alb, ecs, ess] = [albOf(cloud), ecsState(cloud), essOf(cloud)];
  const removed = [
    goneBefore(town, 'DeleteListener', alb.listeners),
    goneBefore(town, 'DeleteScalingRule', ess.rules),
    goneBefore(town, 'DeleteKeyPairs', ecs.keyPairs),
    goneBefore(town, 'DeleteLaunchTemplate', ecs.templates),
  ];

  const goodbye = await town.plan(DESTROY);
  await town.alex.click(goodbye, 'Approve');

  expect((await town.until(goodbye, ENDED)).text).toBe('Done: remove cluster live.');
  expect(removed.map((count) => count())).not.toContain(0);
  await expectNothingLeft(town);
}, 150_000);
