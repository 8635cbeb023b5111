import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createControls } from '../../sandbox/page/controls.ts';
import { startWorld } from '../../sandbox/world.ts';
import type { World } from '../../sandbox/world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(() => world.close());

/** What a program asks for side by side, and anew as a whole when one of it was refused. */
function rounds(actions: readonly string[]): number {
  for (let round = 1; round <= 20; round += 1) {
    const refused = actions.filter((action) => world.alibaba.cloud.faults.take('ecs', action, 'before', {}));
    if (refused.length === 0) return round;
  }
  return Infinity;
}

describe('the switches of the page', () => {
  it('lets everybody through in the end while the cloud is throttled, however many calls they make at a time', () => {
    const desk = createControls(world, undefined);
    desk.throttle(true);

    for (let calls = 1; calls <= 12; calls += 1) {
      const actions = Array.from({ length: calls }, (_, number) => `Describe${number}`);
      expect([calls, rounds(actions) <= 13]).toEqual([calls, true]);
    }

    expect(desk.now().throttled).toBeGreaterThan(10);
    desk.throttle(false);
    expect(desk.now()).toMatchObject({ throttle: false, throttled: 0 });
    expect(rounds(['DescribeA', 'DescribeB', 'DescribeC', 'DescribeD'])).toBe(1);
    desk.close();
  });
});
