import { expect, it } from 'vitest';
import { resourceTags } from '../../../src/cluster/names.ts';
import { keyPair } from '../../../src/jobs/resources/key-pair.ts';
import { scalingRule } from '../../../src/jobs/resources/scaling-rule.ts';
import { vpc } from '../../../src/jobs/resources/vpc.ts';
import { visitStep } from '../../../src/jobs/steps/visit.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { json, refuse, wireServers } from '../../cloud/wire-server.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';
import { contextOf } from '../../support/step-context.ts';
import { aSpec } from '../resources/spec.ts';

const own = ownRedis();
const open = wireServers();
const spec = aSpec();
const GROUP = 'scaling-group-edge';
const secrets = () => new Secrets(own.redis, new Keys('lost-part'), 'a key for tests only');

/** The create of a rule whose group an earlier step has made, and which the cloud says is not there. */
async function refused(listed: readonly object[]) {
  const server = await open(({ action }, response) => {
    if (action === 'CreateScalingRule') return refuse(response, 404, 'InvalidScalingGroupId.NotFound');
    const isGroups = action === 'DescribeScalingGroups';
    json(response, 200, { RequestId: 'r', TotalCount: isGroups ? listed.length : 0, ScalingGroups: listed });
  });
  const step = planStep('scaling-rule-edge', { kind: 'scaling-rule' });
  const { ctx } = contextOf({
    cloud: server.cloud(),
    secrets: secrets(),
    step,
    spec,
    now: 100_000,
    outputs: { [GROUP]: { scalingGroupId: 'asg-1' } },
  });
  return visitStep(scalingRule, step, ctx);
}

it('what somebody removed after it was made is named, with a repair as the way on', async () => {
  await expect(refused([])).rejects.toMatchObject({
    code: 'missing_part',
    message: expect.stringContaining(GROUP),
    hint: expect.stringContaining('/ams repair live-eu'),
  });
});

it('what is there is not taken for missing: the refusal stays that of the cloud', async () => {
  const tags = Object.entries(resourceTags('live-eu', GROUP, 'op-1'));
  const group = {
    ScalingGroupId: 'asg-1',
    ScalingGroupName: `live-eu-${GROUP}`,
    LifecycleState: 'Active',
    Tags: tags.map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
  };

  await expect(refused([group])).rejects.toMatchObject({ code: 'cloud_not_found' });
});

it('what somebody else made and took away is told in its own words: no repair would make it', async () => {
  const server = await open((_seen, response) =>
    json(response, 200, { RequestId: 'r', TotalCount: 0, KeyPairs: { KeyPair: [] } }),
  );
  const step = planStep('key-pair', { action: 'check' });
  const theirs = aSpec({ keyPair: { source: 'existing', name: 'team-key' } });
  const { ctx } = contextOf({ cloud: server.cloud(), secrets: secrets(), step, spec: theirs, now: 100_000 });

  await expect(visitStep(keyPair, step, ctx)).rejects.toMatchObject({
    code: 'key_pair_gone',
    hint: expect.stringMatching(/^Import it again .* press Retry/),
  });
});

it('what goes and has lost its tags instead is left alone, and nobody says that it is gone', async () => {
  const server = await open(({ query, form }, response) => {
    const isByTag = Object.keys({ ...query, ...form }).some((name) => name.startsWith('Tag.'));
    const left = isByTag ? [] : [{ VpcId: 'vpc-1', VpcName: 'live-eu-vpc', Tags: { Tag: [] } }];
    json(response, 200, { RequestId: 'r', TotalCount: left.length, Vpcs: { Vpc: left } });
  });
  const visit = (target: string, changedAt?: number) => {
    const step = planStep('remove-vpc', { kind: 'vpc', part: 'vpc', action: 'remove', target });
    const record = changedAt === undefined ? {} : { changedAt };
    const { ctx } = contextOf({ cloud: server.cloud(), secrets: secrets(), step, spec, now: 1_000, record });
    return visitStep(vpc, step, ctx);
  };

  await expect(visit('vpc-1')).rejects.toMatchObject({
    code: 'tags_lost',
    hint: expect.stringContaining('ams-resource=vpc'),
  });
  expect(await visit('vpc-2')).toEqual({ done: true });
  expect(await visit('vpc-1', 900)).toEqual({ done: true });
});
