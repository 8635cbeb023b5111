import { afterEach, expect, it } from 'vitest';
import { withFreshAnswers } from '../../../src/cloud/calling/answers.ts';
import { resourceTags } from '../../../src/cluster/names.ts';
import { serverGroup } from '../../../src/jobs/resources/server-group.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { json, refuse, wireServer } from '../../cloud/wire-server.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';
import { contextOf } from '../../support/step-context.ts';
import { aSpec } from './spec.ts';

const own = ownRedis();
const spec = aSpec();
const PART = 'server-group-edge';
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Visits to the removal of a server group that a scaling group with these tags puts its nodes into. */
async function removal(tags: Readonly<Record<string, string>>) {
  let isAttached = true;
  const group = {
    ScalingGroupId: 'asg-1',
    LifecycleState: 'Active',
    AlbServerGroups: [{ AlbServerGroupId: 'sgp-1', Port: 5080 }],
    Tags: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
  };
  const server = await wireServer(({ action }, response) => {
    if (action === 'DeleteServerGroup' && isAttached)
      return refuse(response, 400, 'ResourceInUse.ServerGroup');
    if (action === 'DetachAlbServerGroups') isAttached = false;
    json(response, 200, { RequestId: 'r', ScalingGroups: [group], TotalCount: 1 });
  });
  ends.push(() => server.close());
  const { ctx } = contextOf({
    cloud: server.cloud(),
    secrets: new Secrets(own.redis, new Keys('server-group'), 'a key for tests only'),
    step: planStep(`remove-${PART}`, { kind: 'server-group', part: PART, action: 'remove', target: 'sgp-1' }),
    spec,
    now: 1_000,
  });
  const seen = { serverGroupId: 'sgp-1', status: 'Available' };
  const visit = async () => serverGroup.remove?.(ctx, { part: PART, id: 'sgp-1', ours: true, seen });
  return { visit, seen: server.seen };
}

it('one that the scaling group of the cluster uses still is detached from it, and goes then', async () => {
  const { visit, seen } = await removal(resourceTags(spec.name, 'scaling-group-edge', 'op-1'));

  await visit();
  await visit();

  expect(seen.map(({ action }) => action)).toEqual([
    'DeleteServerGroup',
    'DescribeScalingGroups',
    'DetachAlbServerGroups',
    'DeleteServerGroup',
  ]);
  expect(seen[2]?.form).toMatchObject({
    ScalingGroupId: 'asg-1',
    'AlbServerGroups.1.AlbServerGroupId': 'sgp-1',
    'AlbServerGroups.1.Port': '5080',
  });
});

it('one that a scaling group of others uses stays in use', async () => {
  const { visit, seen } = await removal({ team: 'payments' });

  await expect(visit()).rejects.toMatchObject({ errorClass: 'in-use' });

  expect(seen.map(({ action }) => action)).toEqual(['DeleteServerGroup', 'DescribeScalingGroups']);
});

it('tells of nodes that it lacks in the same words, whatever order Auto Scaling lists them in', async () => {
  const tags = Object.entries(resourceTags(spec.name, 'scaling-group-edge', 'op-1'));
  const group = {
    ScalingGroupId: 'asg-1',
    LifecycleState: 'Active',
    AlbServerGroups: [{ AlbServerGroupId: 'sgp-1', Port: 5080 }],
    Tags: tags.map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
  };
  const inService = (id: string) => ({ InstanceId: id, LifecycleState: 'InService' });
  let members = ['i-2', 'i-1', 'i-3'].map(inService);
  const server = await wireServer(({ action }, response) => {
    if (action === 'ListServerGroupServers') return json(response, 200, { RequestId: 'r', TotalCount: 0 });
    const list =
      action === 'DescribeScalingGroups' ? { ScalingGroups: [group] } : { ScalingInstances: members };
    json(response, 200, { RequestId: 'r', TotalCount: Object.values(list)[0]?.length, ...list });
  });
  ends.push(() => server.close());
  const { ctx } = contextOf({
    cloud: server.cloud(),
    secrets: new Secrets(own.redis, new Keys('server-group'), 'a key for tests only'),
    step: planStep(PART, { kind: 'server-group', part: PART, action: 'update' }),
    spec,
    now: 1_000,
  });
  const found = {
    part: PART,
    id: 'sgp-1',
    ours: true,
    seen: { serverGroupId: 'sgp-1', status: 'Available' },
  };
  const words = () => withFreshAnswers(async () => serverGroup.hidden?.({ ...ctx, spec }, found));
  const first = await words();
  members = members.toReversed();

  expect(await words()).toEqual(first);
  expect(first).toEqual([`${PART} lacks 3 of its nodes: i-1, i-2, i-3`]);
});
