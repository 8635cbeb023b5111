import { afterEach, expect, it } from 'vitest';
import { scalingRule } from '../../../src/jobs/resources/scaling-rule.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { json, refuse, wireServer } from '../../cloud/wire-server.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';
import { contextOf } from '../../support/step-context.ts';
import { aSpec } from './spec.ts';

const own = ownRedis();
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A create that is refused with this code where the group of the edge nodes has this rule, under no name of ours. */
async function create(code: string, rule: Readonly<Record<string, string>> | undefined) {
  const server = await wireServer(({ action, form }, response) => {
    if (action === 'CreateScalingRule') return refuse(response, 400, code);
    const rules = rule === undefined || form['ScalingGroupId'] !== 'asg-1' ? [] : [rule];
    json(response, 200, { RequestId: 'r', TotalCount: rules.length, ScalingRules: rules });
  });
  ends.push(() => server.close());
  const { ctx } = contextOf({
    cloud: server.cloud(),
    secrets: new Secrets(own.redis, new Keys('scaling-rule'), 'a key for tests only'),
    step: planStep('scaling-rule-edge', { kind: 'scaling-rule' }),
    spec: aSpec(),
    now: 1_000,
    outputs: { 'scaling-group-edge': { scalingGroupId: 'asg-1' } },
  });
  const ending = scalingRule.create(ctx);
  await ending.catch(() => undefined);
  const writes = server.seen.map(({ action }) => action).filter((action) => !action.startsWith('Describe'));
  return { ending, writes };
}

it("somebody else's rule for the CPU of the group is named with what to do, and left alone", async () => {
  const { ending, writes } = await create('TargetTrackingScalingRule.DumplicateMetric', {
    ScalingRuleId: 'asr-1',
    ScalingRuleName: 'their-rule',
    ScalingGroupId: 'asg-1',
    ScalingRuleType: 'TargetTrackingScalingRule',
    MetricName: 'CpuUtilization',
  });

  await expect(ending).rejects.toMatchObject({
    code: 'not_ours',
    message: expect.stringContaining('scaling rule their-rule (asr-1) of group asg-1 is in the way'),
    hint: expect.stringContaining('press Retry'),
  });
  expect(writes).toEqual(['CreateScalingRule']);
});

it('a rule of ours that lists do not show yet is nobody else’s, whatever else the group has', async () => {
  const { ending } = await create('InvalidScalingRuleName.Duplicate', {
    ScalingRuleId: 'asr-1',
    ScalingRuleName: 'their-rule',
    ScalingGroupId: 'asg-1',
    ScalingRuleType: 'SimpleScalingRule',
  });

  await expect(ending).resolves.toBeUndefined();
});
