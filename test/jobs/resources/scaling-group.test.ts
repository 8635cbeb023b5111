import { afterEach, describe, expect, it } from 'vitest';
import { resourceTags } from '../../../src/cluster/names.ts';
import { scalingGroup } from '../../../src/jobs/resources/scaling-group.ts';
import type { SeenScalingGroup } from '../../../src/jobs/resources/scaling-group-diff.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { json, wireServer } from '../../cloud/wire-server.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';
import { contextOf } from '../../support/step-context.ts';
import { aSpec } from './spec.ts';

const own = ownRedis();
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const spec = aSpec();
/** As it should be, but that its nodes are put into no server group. */
const DETACHED: SeenScalingGroup = {
  scalingGroupId: 'asg-1',
  name: 'live-eu-scaling-group-edge',
  lifecycleState: 'Active',
  minSize: spec.edge.min,
  maxSize: spec.edge.max,
  desiredCapacity: spec.edge.desired,
  totalCapacity: spec.edge.desired,
  activeCapacity: spec.edge.desired,
  cooldown: spec.edge.cooldownSeconds,
  launchTemplateId: undefined,
  launchTemplateVersion: undefined,
  instanceTypes: spec.edge.instanceTypes,
  vSwitchIds: [],
  serverGroups: [],
  healthChecks: ['ECS'],
  multiAzPolicy: 'BALANCE',
  suspendedProcesses: [],
  deletionProtected: false,
  suspended: false,
  wantedTemplate: undefined,
  wantedServerGroup: 'sgp-1',
};

it('a server group that was attached and detached again is attached by a new token', async () => {
  const server = await wireServer((_seen, response) => json(response, 200, { RequestId: 'r' }));
  ends.push(() => server.close());
  const secrets = new Secrets(own.redis, new Keys('scaling-group'), 'a key for tests only');
  const step = planStep('scaling-group-edge', { kind: 'scaling-group', action: 'update' });
  const memory = {};
  const attach = async (now: number) => {
    const { ctx } = contextOf({ cloud: server.cloud(), secrets, step, spec, now, memory });
    const found = { part: step.part, id: DETACHED.scalingGroupId, ours: true, seen: DETACHED };
    await scalingGroup.update?.(ctx, found);
  };

  await attach(1_000);
  await attach(2_000);

  expect(server.seen.map(({ action }) => action)).toEqual(['AttachAlbServerGroups', 'AttachAlbServerGroups']);
  const [first, second] = server.seen.map(({ form }) => form['ClientToken']);
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(second).not.toBe(first);
});

it('nodes leave a wrong port and are put under the right one before the number of nodes changes', async () => {
  const change = { RequestId: 'r' };
  let servers = [
    { ServerId: 'i-1', Port: 5081, Status: 'Available' },
    { ServerId: 'i-theirs', Port: 8080, Status: 'Available' },
  ];
  const server = await wireServer(({ action }, response) => {
    if (action === 'ListServerGroupServers')
      return json(response, 200, { ...change, Servers: servers, TotalCount: servers.length });
    if (action === 'DescribeScalingInstances')
      return json(response, 200, { ...change, ScalingInstances: [{ InstanceId: 'i-1' }], TotalCount: 1 });
    json(response, 200, change);
  });
  ends.push(() => server.close());
  const secrets = new Secrets(own.redis, new Keys('scaling-group'), 'a key for tests only');
  const step = planStep('scaling-group-edge', { kind: 'scaling-group', action: 'update' });
  const visit = async (seen: Partial<SeenScalingGroup>) => {
    const { ctx } = contextOf({ cloud: server.cloud(), secrets, step, spec, now: 1_000 });
    const grown = { ...DETACHED, desiredCapacity: spec.edge.desired - 1, ...seen };
    await scalingGroup.update?.(ctx, { part: step.part, id: 'asg-1', ours: true, seen: grown });
  };
  const at = (port: number) => ({ serverGroups: [{ serverGroupId: 'sgp-1', port }] });

  await visit(at(5081));
  servers = servers.slice(1);
  await visit(at(5081));
  await visit({});
  await visit(at(5080));

  const changes = server.seen.filter(({ action }) => !/^(List|Describe)/.test(action));
  expect(changes.map(({ action }) => action)).toEqual([
    'RemoveServersFromServerGroup',
    'DetachAlbServerGroups',
    'AttachAlbServerGroups',
    'ModifyScalingGroup',
  ]);
  expect(changes[0]?.query).toMatchObject({ 'Servers.1.ServerId': 'i-1', 'Servers.1.Port': '5081' });
  expect(changes[0]?.query).not.toHaveProperty(['Servers.2.ServerId']);
  expect(changes[1]?.form).toMatchObject({ 'AlbServerGroups.1.Port': '5081' });
  expect(changes[2]?.form).toMatchObject({ 'AlbServerGroups.1.Port': '5080' });
});

it('a group whose nodes somebody lets start in one zone only is told of, and spread again by a repair alone', async () => {
  const tagsOf = (part: string) =>
    Object.entries(resourceTags(spec.name, part, 'op-old')).map(([Key, Value]) => ({ Key, Value }));
  const switches = [1, 2].map((number) => ({
    VSwitchId: `vsw-${number}`,
    Tags: { Tag: tagsOf(`vswitch-${number}`) },
  }));
  const server = await wireServer(({ action }, response) => {
    const listed = { VSwitches: { VSwitch: switches }, TotalCount: switches.length };
    json(response, 200, { RequestId: 'r', ...(action === 'DescribeVSwitches' ? listed : {}) });
  });
  ends.push(() => server.close());
  const secrets = new Secrets(own.redis, new Keys('scaling-group'), 'a key for tests only');
  const step = planStep('scaling-group-edge', { kind: 'scaling-group', action: 'update' });
  const { ctx } = contextOf({ cloud: server.cloud(), secrets, step, spec, now: 1_000 });
  const repairing = { ...ctx, keepsNumbers: true };
  const attached = { serverGroups: [{ serverGroupId: 'sgp-1', port: 5080 }] };
  const found = (vSwitchIds: readonly string[]) => {
    const seen: SeenScalingGroup = { ...DETACHED, ...attached, vSwitchIds };
    return { part: step.part, id: 'asg-1', ours: true, seen };
  };
  const [one, both] = [found(['vsw-2']), found(['vsw-2', 'vsw-1'])];

  expect(await scalingGroup.hidden?.(ctx, one)).toEqual([
    'edge group: new nodes start in vsw-2, must be spread over vsw-1, vsw-2',
  ]);
  expect(await scalingGroup.hidden?.(ctx, both)).toEqual([]);
  expect(await scalingGroup.outdated?.(ctx, one)).toBe(false);
  expect(await scalingGroup.outdated?.(repairing, both)).toBe(false);
  expect(await scalingGroup.outdated?.(repairing, one)).toBe(true);

  await scalingGroup.update?.(repairing, one);

  const changes = server.seen.filter(({ action }) => action === 'ModifyScalingGroup');
  expect(changes.map(({ form }) => [form['VSwitchIds.1'], form['VSwitchIds.2'], form['MinSize']])).toEqual([
    ['vsw-1', 'vsw-2', undefined],
  ]);
});

describe('processes of a group that somebody has suspended', () => {
  const stopped: SeenScalingGroup = {
    ...DETACHED,
    serverGroups: [{ serverGroupId: 'sgp-1', port: 5080 }],
    lifecycleState: 'Inactive',
    healthChecks: ['ECS', 'LOAD_BALANCER'],
    multiAzPolicy: 'PRIORITY',
    suspendedProcesses: ['ScaleOut', 'HealthCheck'],
  };
  const right = { healthChecks: ['ECS'], multiAzPolicy: 'BALANCE' };

  /** What each visit asks of the cloud, of a group as the visit finds it. */
  async function visits(keepsNumbers: boolean, seen: readonly Partial<SeenScalingGroup>[]) {
    const server = await wireServer((_seen, response) => json(response, 200, { RequestId: 'r' }));
    ends.push(() => server.close());
    const secrets = new Secrets(own.redis, new Keys('scaling-group'), 'a key for tests only');
    const step = planStep('scaling-group-edge', { kind: 'scaling-group', action: 'update' });
    const { ctx } = contextOf({ cloud: server.cloud(), secrets, step, spec, now: 1_000 });
    const place = { ...ctx, keepsNumbers };
    const answers: unknown[] = [];
    for (const change of seen) {
      const found = { part: step.part, id: 'asg-1', ours: true, seen: { ...stopped, ...change } };
      answers.push(await scalingGroup.update?.(place, found));
    }
    return { calls: server.seen, answers };
  }

  it('are resumed by a repair once its nodes would start right, before it is enabled', async () => {
    const { calls, answers } = await visits(true, [{}, right, { ...right, suspendedProcesses: [] }]);

    expect(calls.map(({ action }) => action)).toEqual([
      'ModifyScalingGroup',
      'ResumeProcesses',
      'EnableScalingGroup',
    ]);
    expect(calls[0]?.form).toMatchObject({ 'HealthCheckTypes.1': 'ECS', MultiAZPolicy: 'BALANCE' });
    expect(calls[0]?.form).not.toHaveProperty(['HealthCheckTypes.2']);
    expect(calls[1]?.form).toMatchObject({
      ScalingGroupId: 'asg-1',
      'Processes.1': 'ScaleOut',
      'Processes.2': 'HealthCheck',
    });
    expect(answers).toEqual([undefined, undefined, 'settled']);
  });

  it('are the last thing that a repair has to do to one that is enabled', async () => {
    const active = { lifecycleState: 'Active' };
    const { calls, answers } = await visits(true, [active, { ...active, ...right }]);

    expect(calls.map(({ action }) => action)).toEqual(['ModifyScalingGroup', 'ResumeProcesses']);
    expect(answers).toEqual([undefined, 'settled']);
  });

  it('stay as they are when numbers change', async () => {
    const { calls } = await visits(false, [{}, right]);

    expect(calls.map(({ action }) => action)).toEqual(['ModifyScalingGroup', 'EnableScalingGroup']);
  });

  it('are told of by a closer look alone, and make a repair update it', async () => {
    const server = await wireServer((_seen, response) => json(response, 200, { RequestId: 'r' }));
    ends.push(() => server.close());
    const secrets = new Secrets(own.redis, new Keys('scaling-group'), 'a key for tests only');
    const step = planStep('scaling-group-edge', { kind: 'scaling-group', action: 'update' });
    const { ctx } = contextOf({ cloud: server.cloud(), secrets, step, spec, now: 1_000 });
    const seen = { ...stopped, ...right, lifecycleState: 'Active' };
    const found = { part: step.part, id: 'asg-1', ours: true, seen };

    expect(scalingGroup.diff(spec, step.part, seen)).toEqual({ action: 'none' });
    expect(await scalingGroup.hidden?.(ctx, found)).toEqual([
      'edge group: no nodes are started (its process ScaleOut is suspended); it must be resumed',
      'edge group: nodes that break are not replaced (its process HealthCheck is suspended); it must be resumed',
    ]);
    expect(await scalingGroup.outdated?.(ctx, found)).toBe(false);
    expect(await scalingGroup.outdated?.({ ...ctx, keepsNumbers: true }, found)).toBe(true);
  });
});
