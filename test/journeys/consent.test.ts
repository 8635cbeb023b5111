import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { offers, openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';
import { changeAndClick } from '../chaos/suite/consent.ts';

/** Longer than a cancel takes to be answered, in simulated milliseconds. */
const HELD_MS = 800_000;

let town: Town;

beforeAll(async () => {
  town = await openTown(QUICK);
  await town.run(`create-cluster live --origin 1 ${OUTSIDE}`);
});

afterAll(() => town.close());

function edgeGroup() {
  const group = [...essOf(town.world.alibaba.cloud).groups.values()].find((one) =>
    one.name.endsWith('scaling-group-edge'),
  );
  if (!group) throw new Error('there is no edge group');
  return group;
}

describe('what was approved is what runs', () => {
  it('asks again, showing what changed, when the cloud moved between the plan and the click', async () => {
    const plan = await town.plan('scale edge +1 live');
    edgeGroup().desired = 4;

    await town.alex.click(plan, 'Approve');
    const replaced = await town.until(plan, /plan changed/);
    const again = await town.next((message) => offers(message, 'Approve'));

    expect(replaced.text).toContain('a newer one asks again');
    expect(JSON.stringify(again.blocks)).toMatch(/desired 4 -&gt; 5 nodes.*1 × edge node /s);
    expect(edgeGroup().desired).toBe(4);

    const done = await town.approve(again);
    expect(done.text).toContain('Done');
    expect(edgeGroup().desired).toBe(5);
  });

  it('touches nothing but the numbers of a plan that changes numbers, whatever else changes before the click', async () => {
    const before = edgeGroup();
    const plan = await town.plan('scale edge +1 live');
    // Nodes can start from it; it is only not the version that the cluster's group must name.
    before.templateVersion = 'Default';

    const done = await town.approve(plan);

    expect(done.text).toContain('Done');
    expect(edgeGroup().desired).toBe(6);
    expect(edgeGroup().templateVersion).toBe('Default');
    before.templateVersion = '1';
  });

  it('refuses a click on the plan that was replaced', async () => {
    const plan = await town.plan('scale edge 3 live');
    await town.dana.command(`cancel ${/op-[a-z0-9]+/.exec(JSON.stringify(plan))?.[0]}`, {
      channel: town.channel,
    });
    await town.until(plan, /cancelled/);

    await town.alex.click(plan, 'Approve');

    await expect.poll(() => town.whispered('U0ALEX0001')).toContain('cancelled already');
    expect(edgeGroup().desired).toBe(6);
  });

  it('is over with a cancel during the last look before the start, and leaves nothing behind', async () => {
    const { cloud } = town.world.alibaba;
    const cancelInLook = async (plan: Message, action: string, meanwhile = () => undefined as void) => {
      const held = cloud.faults.plan({ action, when: 'before', kind: 'slow', delayMs: HELD_MS });
      await town.alex.click(plan, 'Approve');
      await expect.poll(() => held.hits).toBe(1);
      const looks = () => cloud.requests.filter((request) => request.action === action).length;
      const before = looks();
      meanwhile();
      const [id] = /op-[a-z0-9]+/.exec(JSON.stringify(plan)) ?? [];
      await town.dana.command(`cancel ${id}`, { channel: town.channel });
      await town.until(plan, /cancelled/);
      await expect.poll(looks, { timeout: 60_000 }).toBeGreaterThan(before);
    };

    // What it would have asked for has changed as well: it must not ask again.
    await cancelInLook(await town.plan('scale edge 5 live'), 'DescribeScalingGroups', () => {
      edgeGroup().desired = 4;
    });
    await cancelInLook(await town.plan(`create-cluster other --origin 1 ${OUTSIDE}`), 'DescribeVpcs');

    // Neither the cluster nor its name is held by anything that came after.
    expect((await town.run('scale edge 6 live')).text).toContain('Done');
    const redis = new Redis(town.redis.url);
    expect(await redis.hkeys(new Keys().clusters())).toEqual(['live']);
    expect(await redis.zcard(new Keys().liveOperations())).toBe(0);
    redis.disconnect();
  }, 150_000);

  /** `npm run chaos` does a thousand of them. */
  it('changes nothing that no approver saw, whatever happens to cloud or spec before the click', async () => {
    const { clicks, askedAgain, unseen } = await changeAndClick(town, { seed: 2, changes: 10 });

    expect(unseen).toEqual([]);
    expect(clicks).toBe(10);
    expect(askedAgain).toBeGreaterThan(2);
  }, 240_000);
});
