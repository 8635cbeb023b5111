import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addZone } from '../../sandbox/alibaba/alidns/lookup.ts';
import { ecsState } from '../../sandbox/alibaba/ecs/state.ts';
import { createCloud } from '../../src/cloud/cloud.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';

const CREATE = 'create-cluster live --origin 1 --origin-min 1 --edge 1 --edge-min 1 --dns alidns';

let town: Town;

beforeAll(async () => {
  // Cloud Assistant, which gives new keys where Redis has lost them, answers before the first boot has written its own.
  const durations = {
    sshMs: 100_000,
    sshResetMs: 80_000,
    keyMs: 160_000,
    userDataMs: { ubuntu: 200_000, ams: 200_000 },
  };
  town = await openTown({ machines: { durations } });
  addZone(town.world.alibaba.cloud, 'example.com');
}, 60_000);

afterAll(() => town.close());

async function emptyRedis(): Promise<void> {
  const redis = new Redis(town.redis.url);
  await redis.flushall();
  redis.disconnect();
}

it('a create that Redis has forgotten makes what is missing fit to what is there', async () => {
  const { cloud } = town.world.alibaba;
  const refusal = cloud.faults.plan({
    action: 'CreateSecurityGroup',
    when: 'before',
    kind: 'code',
    code: 'Forbidden.RAM',
    status: 403,
    times: Infinity,
    matches: (params) => String(params['SecurityGroupName']).endsWith('database'),
  });
  const stopped = await town.approve(await town.plan(CREATE));
  expect(stopped.text).toMatch(/^Failed/);
  refusal.cancel();
  await emptyRedis();

  const plan = await town.plan(CREATE);
  const done = await town.approve(plan);

  expect(JSON.stringify(plan.blocks)).not.toContain('overlaps with VPC');
  expect(done.text).toBe('Done: create cluster live.');
  const groups = [...ecsState(cloud).groups.values()];
  const nodes = groups.find((one) => one.name === 'live-security-group-nodes');
  const database = groups.find((one) => one.name === 'live-security-group-database');
  expect(database?.rules.map((rule) => `${rule.portRange} ${rule.cidrIp}${rule.groupId}`).toSorted()).toEqual(
    [expect.stringMatching(/^22\/22 /), `27017/27017 ${nodes?.id}`],
  );
}, 150_000);

it('it makes a new database as well where the old one is gone, and leaves the name as it is', async () => {
  const { ecs } = createCloud({
    endpoint: town.world.alibaba.url,
    credentials: { accessKeyId: 'sandbox-key-id', accessKeySecret: 'sandbox-key-secret' },
  }).in('eu-central-1');
  const tags = { 'ams-cluster': 'live', 'ams-resource': 'database' };
  const [old] = await ecs.listInstances({ tags });
  await emptyRedis();
  await ecs.deleteInstance(old?.instanceId ?? '');
  await expect.poll(() => ecs.listInstances({ tags })).toEqual([]);
  const refused = await town.plan('repair live');
  expect(JSON.stringify(refused.blocks)).toContain('/ams create-cluster');

  const done = await town.run(CREATE);

  expect(done.text).toBe('Done: create cluster live.');
  const databases = (await ecs.listInstances({ tags })).map((one) => one.instanceId);
  expect(databases).toHaveLength(1);
  expect(databases).not.toContain(old?.instanceId);
}, 150_000);
