import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ecsState } from '../../sandbox/alibaba/ecs/state.ts';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import { offers, openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';

const NAMES = ['east', 'north', 'south', 'west'];
const SMALL = `--origin 1 --origin-min 1 --edge 1 --edge-min 1 ${OUTSIDE}`;

let town: Town;
let worker: Town['products'][number];

beforeAll(async () => {
  town = await openTown({ timeScale: 0.02, ...QUICK, idle: true });
  await town.start('bot');
  worker = await town.start('worker');
  const plans = await planned((name) => `create-cluster ${name} ${SMALL}`);
  const ends = await Promise.all(plans.map((plan) => town.approve(plan)));
  expect(ends.filter((end) => end.text.startsWith('Done'))).toHaveLength(NAMES.length);
}, 150_000);

afterAll(() => town.close());

async function planned(command: (name: string) => string): Promise<readonly Message[]> {
  const plans: Message[] = [];
  for (const name of NAMES) plans.push(await town.plan(command(name)));
  return plans;
}

/** Tags that lists of vSwitches are asked for by, from now until the returned function is called. */
function listed(): () => readonly string[] {
  const keys: string[] = [];
  const stop = town.world.alibaba.cloud.on('request', ({ action, params }) => {
    const tags = params['Tag'] as readonly { readonly Key?: string }[] | undefined;
    if (action === 'DescribeVSwitches') keys.push(tags?.[0]?.Key ?? '');
  });
  return () => {
    stop();
    return keys;
  };
}

describe('operations that start together', () => {
  it('list what all clusters have once for all, and what changed before the click asks again', async () => {
    const plans = await planned((name) => `destroy-cluster ${name} --confirm ${name}`);
    const { keyPairs } = ecsState(town.world.alibaba.cloud);
    const [key = ''] = [...keyPairs.entries()].find(([, pair]) => pair.name === 'south-key-pair') ?? [];
    expect(keyPairs.delete(key)).toBe(true);
    // So long that all have begun to look before the first is through.
    const slow = town.world.alibaba.cloud.faults.plan({
      action: 'DescribeVpcs',
      when: 'before',
      kind: 'slow',
      delayMs: 100_000,
      times: 3,
    });
    const keys = listed();

    // Without a worker, so that it finds all of them at once, however long the clicks take.
    await worker.stop();
    for (const plan of plans) {
      await town.alex.click(plan, 'Approve');
      await town.until(plan, /^Starting/);
    }
    await town.start('worker');
    const again = await town.next((message) => offers(message, 'Approve'));
    const ends = await Promise.all(
      plans.map((plan) => town.until(plan, /^(Done|Failed|Cannot)|plan changed/)),
    );

    expect(slow.hits).toBe(3);
    expect(keys()).toContain('ams-managed');
    expect(ends.map((end) => end.text.startsWith('Done'))).toEqual([true, true, false, true]);
    expect(JSON.stringify(again.blocks)).toContain('south');
    const groups = [...essOf(town.world.alibaba.cloud).groups.values()].map((group) => group.name);
    expect(groups.toSorted()).toEqual(['south-scaling-group-edge', 'south-scaling-group-origin']);
  }, 150_000);
});
