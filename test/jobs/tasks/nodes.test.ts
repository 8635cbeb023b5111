import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resourceTags } from '../../../src/cluster/names.ts';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import type { Gathered } from '../../../src/jobs/steps/step-context.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { nodes } from '../../../src/jobs/tasks/nodes.ts';
import { json, wireServer } from '../../cloud/wire-server.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';
import { contextOf } from '../../support/step-context.ts';
import { aSpec } from '../resources/spec.ts';

/** A node as Auto Scaling and the load balancer see it. */
interface Node {
  lifecycle: string;
  isHealthy: boolean;
}

const own = ownRedis();
const HOUR = 3_600_000;
/** So long a node may run outside of its cluster before it is asked why. */
const GRACE_MS = 240_000;
const WITHOUT_LIST = aSpec({ database: { source: 'uri', uri: 'mongodb://10.255.0.9:27017/' } });
const OUTPUTS = {
  'server-group-edge': { serverGroupId: 'sgp-1' },
  'listener-5080': { listenerId: 'lsn-1' },
  'listener-5443': { listenerId: 'lsn-2' },
};
let secrets: Secrets;
const ends: (() => Promise<void>)[] = [];

beforeEach(() => {
  secrets = new Secrets(own.redis, new Keys('nodes'), 'a key for tests only');
});

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** The step that waits for the edge nodes of a cluster. Tests change the nodes. */
async function edge(members: readonly Node[], spec: ClusterSpec = WITHOUT_LIST) {
  const answers: Readonly<Record<string, () => object>> = {
    DescribeScalingGroups: () => ({
      TotalCount: 1,
      ScalingGroups: [
        {
          ScalingGroupId: 'asg-1',
          LifecycleState: 'Active',
          MinSize: 1,
          MaxSize: 10,
          DesiredCapacity: members.length,
          TotalCapacity: members.length,
          ActiveCapacity: members.filter((one) => one.lifecycle === 'InService').length,
          AlbServerGroups: [{ AlbServerGroupId: 'sgp-1', Port: 5080 }],
          Tags: Object.entries(resourceTags(spec.name, 'scaling-group-edge', 'op-1')).map(([Key, Value]) => ({
            TagKey: Key,
            TagValue: Value,
          })),
        },
      ],
    }),
    DescribeScalingInstances: () => ({
      TotalCount: members.length,
      ScalingInstances: members.map(({ lifecycle }, at) => ({
        InstanceId: `i-${at}`,
        LifecycleState: lifecycle,
        CreationTime: '2026-05-01T12:00Z',
        PrivateIpAddress: `10.0.0.${10 + at}`,
      })),
    }),
    GetListenerHealthStatus: () => ({
      ListenerHealthStatus: [
        {
          ServerGroupInfos: [
            {
              ServerGroupId: 'sgp-1',
              NonNormalServers: members.flatMap(({ isHealthy }, at) =>
                isHealthy ? [] : [{ ServerId: `i-${at}`, Status: 'Unhealthy' }],
              ),
            },
          ],
        },
      ],
    }),
    RunCommand: () => ({ InvokeId: 't-1' }),
  };
  const server = await wireServer(({ action }, response) =>
    json(response, 200, { RequestId: 'r', TotalCount: 0, ...answers[action]?.() }),
  );
  ends.push(() => server.close());
  const cloud = server.cloud();
  const step = planStep('nodes-edge', { kind: 'nodes', action: 'check' });
  const memory: Gathered['memory'] = {};
  return {
    /** @param startedAt when the step began, or somebody let it go on */
    visit: (startedAt: number, now: number) =>
      nodes.visit(
        contextOf({ cloud, secrets, step, spec, now, memory, record: { startedAt }, outputs: OUTPUTS }).ctx,
      ),
    /** Commands that nodes were asked by. */
    asked: () => server.seen.filter(({ action }) => action === 'RunCommand').length,
  };
}

describe('the grace of a node outside of its cluster', () => {
  it('begins anew where somebody lets the operation go on', async () => {
    const { visit, asked } = await edge([{ lifecycle: 'InService', isHealthy: false }]);
    await visit(1_000, 2_000);

    await visit(HOUR, HOUR);
    await visit(HOUR, HOUR + GRACE_MS);
    const within = asked();
    await visit(HOUR, HOUR + GRACE_MS + 1);

    expect(within).toBe(0);
    expect(asked()).toBeGreaterThan(0);
  });

  it('begins anew once it was known to the cluster', async () => {
    const node = { lifecycle: 'InService', isHealthy: false };
    const { visit, asked } = await edge([node, { lifecycle: 'Pending', isHealthy: false }]);
    await visit(1_000, 100_000);

    node.isHealthy = true;
    await visit(1_000, 200_000);
    node.isHealthy = false;
    await visit(1_000, 100_000 + GRACE_MS + 60_000);

    expect(asked()).toBe(0);
  });
});

/** A cluster with a database of its own, whose keys are known. No instance of it is listed. */
async function withoutDatabase(): Promise<ClusterSpec> {
  const spec = aSpec();
  for (const name of ['host-public-key', 'ssh-key'] as const) await secrets.put(spec.name, name, 'a key');
  await secrets.put(spec.name, 'mongo', 'mongodb://ams:secret@10.0.0.4:27017/?authSource=admin');
  return spec;
}

it('nodes whose list cannot be read are waited for as before: that is no end of the wait to learn from', async () => {
  const spec = await withoutDatabase();
  const node = { lifecycle: 'Pending', isHealthy: true };
  const { visit } = await edge([node], spec);

  const starting = await visit(1_000, 2_000);
  node.lifecycle = 'InService';
  const unread = await visit(1_000, 3_000);

  expect(starting).toMatchObject({ why: expect.stringContaining('0 of 1 nodes'), phase: 'serving' });
  expect(unread).toMatchObject({ why: expect.stringContaining('cannot be read'), phase: 'serving' });
});

it('a database that is not there ends the wait for its list after minutes, and is told before', async () => {
  const spec = await withoutDatabase();
  const { visit } = await edge([{ lifecycle: 'InService', isHealthy: true }], spec);
  const MISSING = `The database instance of cluster ${spec.name} is missing.`;
  await visit(1_000, 2_000);

  const early = await visit(1_000, 121_999);
  const late = await visit(1_000, 122_000);
  const still = await visit(1_000, 181_999);

  expect(early).toMatchObject({ why: expect.stringContaining('cannot be read') });
  expect([late, still]).toMatchObject([{ why: `edge: ${MISSING}` }, { why: `edge: ${MISSING}` }]);
  await expect(visit(1_000, 182_000)).rejects.toMatchObject({ code: 'missing_part', message: MISSING });
  // Somebody lets the operation go on.
  const again = await visit(HOUR, HOUR);
  expect(again).toMatchObject({ why: expect.stringContaining('cannot be read') });
});
