import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as $alb from '@alicloud/alb20200616';
import { ApiError } from '../../sandbox/alibaba/api-error.ts';
import { sizesOf } from '../../sandbox/alibaba/cms/metrics.ts';
import { type Machine, plugEcs } from '../../sandbox/alibaba/ess/ecs.ts';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import { addInterface } from '../../sandbox/alibaba/vpc/interfaces.ts';
import { vSwitch } from '../../sandbox/alibaba/vpc/lookup.ts';
import { codeOf, startWorld, type World } from './alb-world.ts';

let world: World;
let serverGroup: string;
const machines = new Map<string, Machine & { readonly tags: Readonly<Record<string, string>> }>();
let refusal: ApiError | undefined;

beforeEach(async () => {
  machines.clear();
  refusal = undefined;
  world = await startWorld();
  const { cloud } = world.server;
  plugEcs(cloud, {
    launch: ({ vSwitchId, tags }) => {
      if (refusal) throw refusal;
      const place = vSwitch(cloud, vSwitchId);
      if (place === undefined) throw new Error(vSwitchId);
      const instanceId = cloud.newId('i', place.regionId);
      const { ip } = addInterface(cloud, { vSwitch: place, ownerId: instanceId });
      machines.set(instanceId, { status: 'Running', zoneId: place.zoneId, vSwitchId, ip, tags });
      return { instanceId, zoneId: place.zoneId, ip, templateVersion: '1' };
    },
    machine: (id) => machines.get(id),
    terminate: (id) => void machines.delete(id),
    template: (regionId, id, version) => {
      if (id !== 'lt-1' || regionId !== 'eu-central-1') return undefined;
      if (version === '9') return 'no-version';
      return { imageId: 'm-1', instanceType: 'ecs.c7.large', hasSecurityGroup: true };
    },
  });
  const made = await world.alb.createServerGroup(
    new $alb.CreateServerGroupRequest({
      serverGroupName: 'origin',
      vpcId: 'vpc-1',
      healthCheckConfig: { healthCheckEnabled: true },
    }),
  );
  serverGroup = made.body?.serverGroupId ?? '';
  await vi.waitFor(async () => {
    const listed = await world.alb.listServerGroups(
      new $alb.ListServerGroupsRequest({ serverGroupIds: [serverGroup] }),
    );
    expect(listed.body?.serverGroups?.[0]?.serverGroupStatus).toBe('Available');
  }, 3000);
});

afterEach(async () => {
  await world.server.close();
});

test('an enabled group fills up over its zones, behind the load balancer, with its tags', async () => {
  const id = await createGroup({ DesiredCapacity: 4 });
  expect((await group(id))['LifecycleState']).toBe('Inactive');
  expect(machines.size).toBe(0);

  await world.ess('EnableScalingGroup', { RegionId: 'eu-central-1', ScalingGroupId: id });
  await serving(id, 4);

  const zones = [...machines.values()].map((machine) => machine.zoneId).toSorted();
  expect(zones).toEqual(['eu-central-1a', 'eu-central-1a', 'eu-central-1b', 'eu-central-1b']);
  expect([...machines.values()][0]?.tags).toEqual({
    'ams-cluster': 'one',
    'acs:autoscaling:scalingGroupId': id,
  });
  expect(new Set(await servers())).toEqual(new Set(machines.keys()));
  expect((await activities(id))[0]).toMatchObject({ StatusCode: 'Successful', Progress: 100 });
});

test('a lost machine is replaced', async () => {
  const id = await enabledGroup(2);
  const [lost = ''] = machines.keys();

  machines.delete(lost);

  await vi.waitFor(async () => {
    expect(machines.size).toBe(2);
    expect((await group(id))['ActiveCapacity']).toBe(2);
    expect(await servers()).not.toContain(lost);
  }, 5000);
});

test('a smaller wish takes machines out of the load balancer and releases them', async () => {
  const id = await enabledGroup(3);

  await world.ess('ModifyScalingGroup', { ScalingGroupId: id, DesiredCapacity: 1 });

  await serving(id, 1);
  expect(machines.size).toBe(1);
  expect(await servers()).toEqual([...machines.keys()]);
});

test('CloudMonitor tells how many there were, also in a made-up past, whatever becomes of the group', async () => {
  const { cloud } = world.server;
  const id = await enabledGroup(2);
  const began = Date.now();
  const sizes = (from: number, to: number) =>
    sizesOf(cloud, [id], { from, to, stepMs: 1, regionId: 'eu-central-1' }).map((point) => point.Average);
  await vi.waitFor(() => expect(sizes(began, Date.now()).at(-1)).toBe(2));
  expect(sizes(began - 60_000, began - 30_000)).toEqual([]);
  Object.assign(cloud.settings, { pastMs: 3 * 3_600_000 });
  const before = sizes(began - 60_000, began);
  expect(new Set(before)).toEqual(new Set([2]));

  await world.ess('ModifyScalingGroup', { ScalingGroupId: id, DesiredCapacity: 5 });
  await serving(id, 5);

  await vi.waitFor(() => expect(sizes(began, Date.now()).at(-1)).toBe(5));
  expect(sizes(began - 60_000, began)).toEqual(before);
});

test('a refused launch is a failed activity with the code of ECS', async () => {
  refusal = new ApiError('ImageNotSubscribed', 403, 'The image is not subscribed.');
  const id = await createGroup({ DesiredCapacity: 2 });
  await world.ess('EnableScalingGroup', { RegionId: 'eu-central-1', ScalingGroupId: id });

  await vi.waitFor(
    async () =>
      expect((await activities(id))[0]).toMatchObject({
        StatusCode: 'Failed',
        ErrorCode: 'ImageNotSubscribed',
      }),
    5000,
  );
});

test('with a hook an instance waits until its action is completed', async () => {
  const id = await createGroup({ DesiredCapacity: 1 });
  await world.ess('CreateLifecycleHook', {
    ScalingGroupId: id,
    LifecycleTransition: 'SCALE_OUT',
    LifecycleHookName: 'warm-up',
    HeartbeatTimeout: 21_600,
  });
  await world.ess('EnableScalingGroup', { RegionId: 'eu-central-1', ScalingGroupId: id });
  await vi.waitFor(async () => expect((await group(id))['PendingWaitCapacity']).toBe(1), 5000);
  expect(await servers()).toEqual([]);
  const [activity] = await activities(id);
  const { LifecycleActions } = (await world.ess('DescribeLifecycleActions', {
    RegionId: 'eu-central-1',
    ScalingActivityId: activity?.['ScalingActivityId'],
  })) as { LifecycleActions: { LifecycleHookId: string; LifecycleActionToken: string }[] };
  const { LifecycleHookId = '', LifecycleActionToken = '' } = LifecycleActions[0] ?? {};
  const action = { LifecycleHookId, LifecycleActionToken };

  await world.ess('RecordLifecycleActionHeartbeat', {
    lifecycleHookId: action.LifecycleHookId,
    lifecycleActionToken: action.LifecycleActionToken,
  });
  await world.ess('CompleteLifecycleAction', { ...action, LifecycleActionResult: 'CONTINUE' });

  await serving(id, 1);
  expect(await codeOf(world.ess('CompleteLifecycleAction', action))).toBe(
    'LifecycleHookIdAndLifecycleActionToken.Invalid',
  );
});

test('a scheduled task changes the capacity when it is due', async () => {
  const id = await enabledGroup(1);
  const due = `${new Date().toISOString().slice(0, 16)}Z`;

  await world.ess('CreateScheduledTask', {
    RegionId: 'eu-central-1',
    LaunchTime: due,
    ScalingGroupId: id,
    DesiredCapacity: 3,
  });

  await serving(id, 3);
});

test('deleting with force releases the machines and lets the server group go', async () => {
  const id = await enabledGroup(2);
  expect(await codeOf(world.ess('DeleteScalingGroup', { ScalingGroupId: id }))).toBe('InstanceInUse');

  await world.ess('DeleteScalingGroup', { ScalingGroupId: id, ForceDelete: true });

  await vi.waitFor(async () => expect(await group(id)).toEqual({}), 5000);
  expect(machines.size).toBe(0);
  const drop = world.alb.deleteServerGroup(new $alb.DeleteServerGroupRequest({ serverGroupId: serverGroup }));
  expect(await codeOf(drop)).toBe('no refusal');
});

test('names are unique, limits are kept, unknown templates are refused', async () => {
  await createGroup({});
  expect(await codeOf(createGroup({}))).toBe('InvalidScalingGroupName.Duplicate');
  expect(await codeOf(createGroup({ ScalingGroupName: 'two', DesiredCapacity: 99 }))).toBe(
    'InvalidParameter.Conflict',
  );
  expect(await codeOf(createGroup({ ScalingGroupName: 'two', LaunchTemplateId: 'lt-9' }))).toBe(
    'LaunchTemplateSet.NotFound',
  );
});

test('a version alone must be one of the template that the group has', async () => {
  const id = await createGroup({});
  const modify = (change: object) => world.ess('ModifyScalingGroup', { ScalingGroupId: id, ...change });

  expect(await codeOf(modify({ LaunchTemplateVersion: '9' }))).toBe('LaunchTemplateVersionSet.NotFound');
  expect((await group(id))['LaunchTemplateVersion']).toBe('1');
  await modify({ LaunchTemplateVersion: '2' });
  expect((await group(id))['LaunchTemplateVersion']).toBe('2');
});

test('a server group is taken once it is available, whatever else becomes of it', async () => {
  world.holdTime();
  await world.alb.updateServerGroupAttribute(
    new $alb.UpdateServerGroupAttributeRequest({ serverGroupId: serverGroup, scheduler: 'Wlc' }),
  );

  expect(await codeOf(createGroup({}))).toBe('IncorrectLoadBalancerStatus');
  world.letTimeGo();
  await expect.poll(() => codeOf(createGroup({}))).toBe('no refusal');
});

test('tags are those that any resource takes, and all groups named get them or none', async () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ Key: `key-${at}`, Value: 'x' }));
  const ids = [await createGroup({}), await createGroup({ ScalingGroupName: 'edge' })];
  const tag = (ResourceIds: readonly string[], Tags: object[]) =>
    world.ess('TagResources', {
      RegionId: 'eu-central-1',
      ResourceType: 'scalinggroup',
      ResourceIds,
      Tags,
    });

  expect(await codeOf(createGroup({ ScalingGroupName: 'more', Tags: many(21) }))).toBe('InvalidParameter');
  expect(await codeOf(tag(ids, [{ Key: 'acs:mine', Value: 'x' }]))).toBe('InvalidTagKey.Malformed');
  expect(await codeOf(tag(ids, [{ Key: 'k', Value: 'v'.repeat(129) }]))).toBe('InvalidTagValue.Malformed');
  await tag(ids.slice(1), many(18));
  expect(await codeOf(tag(ids, [{ Key: 'a' }, { Key: 'b' }]))).toBe('InvalidParameter');
  const counts = ids.map((id) => essOf(world.server.cloud).groups.get(id)?.tags.length);
  expect(counts).toEqual([1, 19]);
});

async function createGroup(change: Record<string, unknown>): Promise<string> {
  const answer = await world.ess('CreateScalingGroup', {
    RegionId: 'eu-central-1',
    ScalingGroupName: 'origin',
    MinSize: 0,
    MaxSize: 10,
    LaunchTemplateId: 'lt-1',
    LaunchTemplateVersion: '1',
    VSwitchIds: ['vsw-a', 'vsw-b'],
    MultiAZPolicy: 'BALANCE',
    AlbServerGroups: [{ AlbServerGroupId: serverGroup, Port: 5080, Weight: 100 }],
    Tags: [{ Key: 'ams-cluster', Value: 'one', Propagate: true }],
    ...change,
  });
  return String(answer['ScalingGroupId']);
}

async function enabledGroup(desired: number): Promise<string> {
  const id = await createGroup({ DesiredCapacity: desired });
  await world.ess('EnableScalingGroup', { RegionId: 'eu-central-1', ScalingGroupId: id });
  await serving(id, desired);
  return id;
}

async function group(id: string): Promise<Record<string, unknown>> {
  const answer = (await world.ess('DescribeScalingGroups', {
    RegionId: 'eu-central-1',
    ScalingGroupIds: [id],
  })) as { ScalingGroups: Record<string, unknown>[] };
  return answer.ScalingGroups[0] ?? {};
}

async function activities(id: string): Promise<Record<string, unknown>[]> {
  const answer = (await world.ess('DescribeScalingActivities', {
    RegionId: 'eu-central-1',
    ScalingGroupId: id,
  })) as { ScalingActivities: Record<string, unknown>[] };
  return answer.ScalingActivities;
}

async function serving(id: string, count: number): Promise<void> {
  await vi.waitFor(async () => {
    expect(await group(id)).toMatchObject({ ActiveCapacity: count, TotalInstanceCount: count });
  }, 5000);
}

async function servers(): Promise<(string | undefined)[]> {
  const answer = await world.alb.listServerGroupServers(
    new $alb.ListServerGroupServersRequest({ serverGroupId: serverGroup }),
  );
  return (answer.body?.servers ?? []).map((server) => server.serverId);
}
