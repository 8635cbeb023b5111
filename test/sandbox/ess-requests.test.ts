/** What Auto Scaling takes and refuses before it does anything. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { codeOf, startWorld, type World } from './alb-world.ts';

const RegionId = 'eu-central-1';
let world: World;
let ScalingGroupId: unknown;

beforeEach(async () => {
  world = await startWorld();
  ({ ScalingGroupId } = await createGroup({}));
});
afterEach(() => world.server.close());

function createGroup(change: object) {
  const group = { RegionId, MinSize: 0, MaxSize: 1, VSwitchIds: ['vsw-a', 'vsw-b'] };
  return world.ess('CreateScalingGroup', { ...group, ...change });
}

test('an action takes the parameters of its own model: some take no region', async () => {
  const { ScalingRuleId } = await createRule(60);
  const changes: Readonly<Record<string, object>> = {
    ModifyScalingGroup: { ScalingGroupId, MaxSize: 2 },
    ModifyScalingRule: { ScalingRuleId, TargetValue: 50 },
  };

  for (const [action, change] of Object.entries(changes)) {
    expect(await codeOf(world.ess(action, { RegionId, ...change })), action).toBe('InvalidParameter');
    expect(await codeOf(world.ess(action, { ...change })), action).toBe('no refusal');
  }
});

test('a count is a whole number, and a target has at most three decimals', async () => {
  const half = world.ess('ModifyScalingGroup', { ScalingGroupId, MaxSize: 2.5 });

  expect(await codeOf(half)).toBe('InvalidParameter.MaxSize');
  expect(await codeOf(createRule(60.1234))).toBe('InvalidParameter');
  expect(await codeOf(createRule(60.125))).toBe('no refusal');
});

test('who names another region finds no group of this one, and no vSwitch', async () => {
  const elsewhere = { RegionId: 'us-west-1' };

  expect(await codeOf(createGroup(elsewhere))).toBe('InvalidVSwitchId.NotFound');
  for (const action of ['EnableScalingGroup', 'DeleteScalingGroup']) {
    const call = world.ess(action, { ...elsewhere, ScalingGroupId });
    expect(await codeOf(call), action).toBe('InvalidScalingGroupId.NotFound');
  }
});

function createRule(TargetValue: number) {
  return world.ess('CreateScalingRule', {
    RegionId,
    ScalingGroupId,
    ScalingRuleType: 'TargetTrackingScalingRule',
    MetricName: 'CpuUtilization',
    TargetValue,
  });
}
