import { expect, it } from 'vitest';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { nodes } from '../../../src/jobs/tasks/nodes.ts';
import { json, wireServers } from '../../cloud/wire-server.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';
import { contextOf } from '../../support/step-context.ts';
import { aSpec } from '../resources/spec.ts';

const own = ownRedis();
const open = wireServers();
const MADE_AT = 1_000_000;

it('a group that was made a moment ago and is not listed is waited for; later it is gone', async () => {
  const server = await open((_seen, response) =>
    json(response, 200, { RequestId: 'r', TotalCount: 0, ScalingGroups: [] }),
  );
  const secrets = new Secrets(own.redis, new Keys('shown-late'), 'a key for tests only');
  const step = planStep('nodes-edge', { kind: 'nodes', action: 'check' });
  const visit = (now: number) => {
    const { ctx } = contextOf({ cloud: server.cloud(), secrets, step, spec: aSpec(), now });
    return nodes.visit({ ...ctx, endOf: () => MADE_AT });
  };

  const early = await visit(MADE_AT + 29_999);

  expect(early).toMatchObject({ why: 'edge: the scaling group is not to be seen yet', phase: 'serving' });
  await expect(visit(MADE_AT + 30_000)).rejects.toMatchObject({ code: 'missing_part' });
});
