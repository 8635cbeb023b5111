import { afterEach, beforeEach, expect, it } from 'vitest';
import { resourceTags } from '../../../src/cluster/names.ts';
import type { Gathered } from '../../../src/jobs/steps/step-context.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { nodes } from '../../../src/jobs/tasks/nodes.ts';
import { json, refuse, wireServer } from '../../cloud/wire-server.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';
import { contextOf } from '../../support/step-context.ts';
import { aSpec } from '../resources/spec.ts';

const own = ownRedis();
const BEGAN_AT = 1_000;
/** By then a node that runs outside of its cluster is asked why. */
const LATE_AT = BEGAN_AT + 300_000;
const ends: (() => Promise<void>)[] = [];
let secrets: Secrets;

beforeEach(() => {
  secrets = new Secrets(own.redis, new Keys('silent-node'), 'a key for tests only');
});

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const spec = aSpec({ database: { source: 'uri', uri: 'mongodb://10.255.0.9:27017/' } });
const TAGS = Object.entries(resourceTags(spec.name, 'scaling-group-edge', 'op-1'));
const SAYS = 'waiting: the database at 10.255.0.9/27017 does not accept connections';

/** One node in service that is not healthy, and that says what it waits for. */
const ANSWERS: Readonly<Record<string, object>> = {
  DescribeScalingGroups: {
    TotalCount: 1,
    ScalingGroups: [
      {
        ScalingGroupId: 'asg-1',
        LifecycleState: 'Active',
        MinSize: 1,
        MaxSize: 10,
        DesiredCapacity: 1,
        TotalCapacity: 1,
        ActiveCapacity: 1,
        AlbServerGroups: [{ AlbServerGroupId: 'sgp-1', Port: 5080 }],
        Tags: TAGS.map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
      },
    ],
  },
  DescribeScalingInstances: {
    TotalCount: 1,
    ScalingInstances: [
      {
        InstanceId: 'i-1',
        LifecycleState: 'InService',
        CreationTime: '2026-05-01T12:00Z',
        PrivateIpAddress: '10.0.0.10',
      },
    ],
  },
  GetListenerHealthStatus: {
    ListenerHealthStatus: [
      {
        ServerGroupInfos: [
          { ServerGroupId: 'sgp-1', NonNormalServers: [{ ServerId: 'i-1', Status: 'Unhealthy' }] },
        ],
      },
    ],
  },
  RunCommand: { InvokeId: 't-1' },
  DescribeInvocationResults: {
    Invocation: {
      InvocationResults: {
        InvocationResult: [
          {
            InstanceId: 'i-1',
            InvocationStatus: 'Success',
            ExitCode: 0,
            Output: `2026-05-01T12:00:00Z ${SAYS}`,
          },
        ],
      },
    },
  },
};

/** The step that waits for that node. @param refusals so many commands the cloud refuses, with this code */
async function edge(refusals: number, code: string) {
  let left = refusals;
  const server = await wireServer(({ action }, response) => {
    if (action === 'RunCommand' && left > 0) {
      left -= 1;
      return refuse(response, 400, code);
    }
    json(response, 200, { RequestId: 'r', ...ANSWERS[action] });
  });
  ends.push(() => server.close());
  const memory: Gathered['memory'] = {};
  const notes: string[] = [];
  const visit = async (now: number) => {
    const { ctx, gathered } = contextOf({
      cloud: server.cloud(),
      secrets,
      step: planStep('nodes-edge', { kind: 'nodes', action: 'check' }),
      spec,
      now,
      memory,
      record: { startedAt: BEGAN_AT },
      outputs: {
        'server-group-edge': { serverGroupId: 'sgp-1' },
        'listener-5080': { listenerId: 'lsn-1' },
        'listener-5443': { listenerId: 'lsn-2' },
      },
    });
    const ending = await nodes.visit(ctx);
    notes.push(...gathered.notes);
    return ending;
  };
  await visit(BEGAN_AT);
  return { visit, notes };
}

it('a node whose questions the cloud refuses at first is asked again, and let wait as it says', async () => {
  const { visit, notes } = await edge(4, 'InvalidInstance.NotFound');

  for (let nth = 0; nth < 4; nth += 1) await visit(LATE_AT + nth * 1_000);

  expect(notes).toEqual([expect.stringContaining(SAYS)]);
});

it('a node is not taken for silent where the cloud takes no more calls, however long', async () => {
  const { visit, notes } = await edge(10, 'Throttling.User');

  for (let nth = 0; nth < 5; nth += 1)
    await expect(visit(LATE_AT + nth * 1_000)).rejects.toMatchObject({ errorClass: 'throttled' });
  for (let nth = 5; nth < 7; nth += 1) await visit(LATE_AT + nth * 1_000);

  expect(notes).toEqual([expect.stringContaining(SAYS)]);
});

it('a node that is never heard of stands alone in the end', async () => {
  const { visit } = await edge(Infinity, 'InvalidInstance.NotFound');

  await visit(LATE_AT);
  await visit(LATE_AT + 1_000);

  await expect(visit(LATE_AT + 2_000)).rejects.toMatchObject({
    code: 'node_standalone',
    message: expect.stringContaining('does not answer Cloud Assistant either'),
  });
});
