import { afterEach, expect, it } from 'vitest';
import { resourceTags } from '../../../src/cluster/names.ts';
import { securityGroup } from '../../../src/jobs/resources/security-group.ts';
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
const DATABASE = 'security-group-database';
const TAGS = Object.entries(resourceTags(spec.name, DATABASE, 'op-1'));
/** Of the nodes' group, which is new, lists do not tell yet; that of the database lets in nothing but SSH. */
const ANSWERS: Readonly<Record<string, object>> = {
  DescribeSecurityGroups: {
    SecurityGroups: {
      SecurityGroup: [
        {
          SecurityGroupId: 'sg-database',
          VpcId: 'vpc-1',
          Tags: { Tag: TAGS.map(([TagKey, TagValue]) => ({ TagKey, TagValue })) },
        },
      ],
    },
  },
  DescribeSecurityGroupAttribute: {
    VpcId: 'vpc-1',
    InnerAccessPolicy: 'Accept',
    Permissions: {
      Permission: [
        { IpProtocol: 'TCP', PortRange: '22/22', SourceCidrIp: '203.0.113.7/32', Policy: 'Accept' },
      ],
    },
  },
};

/** A visit to the group of the database. @param more answers of the cloud that are others */
async function visit(more: Readonly<Record<string, object>> = {}) {
  const server = await wireServer(({ action }, response) =>
    json(response, 200, { RequestId: 'r', ...ANSWERS[action], ...more[action] }),
  );
  ends.push(() => server.close());
  const { ctx } = contextOf({
    cloud: server.cloud(),
    secrets: new Secrets(own.redis, new Keys('security-group'), 'a key for tests only'),
    step: planStep(DATABASE, { kind: 'security-group', action: 'update' }),
    spec,
    now: 1_000,
    outputs: { 'security-group-nodes': { securityGroupId: 'sg-nodes' } },
  });
  return { server, ctx };
}

it('the database lets in a group of nodes that the operation has made, before lists show it', async () => {
  const { ctx } = await visit();

  const [found] = await securityGroup.observe(ctx);

  expect(securityGroup.diff(spec, DATABASE, found?.seen)).toEqual({
    action: 'update',
    changes: ['TCP 27017 from the nodes is not allowed; it must be.'],
  });
});

it('what keeps the database from answering is seen in the same look, and taken away by its id', async () => {
  const rule = {
    SecurityGroupRuleId: 'sgr-theirs',
    Direction: 'egress',
    IpProtocol: 'ALL',
    PortRange: '-1/-1',
    DestCidrIp: '0.0.0.0/0',
    Policy: 'Drop',
  };
  const { server, ctx } = await visit({
    DescribeSecurityGroupAttribute: { Permissions: { Permission: [rule] } },
  });
  const [found] = await securityGroup.observe(ctx);
  const looks = server.seen.length;

  if (found) await securityGroup.update?.(ctx, found);

  expect(looks).toBe(2);
  expect(securityGroup.diff(spec, DATABASE, found?.seen)).toMatchObject({
    changes: expect.arrayContaining([
      'Everything to 0.0.0.0/0 is dropped by a rule that does not belong there.',
    ]),
  });
  const { action, query, form } = server.seen.at(-1) ?? {};
  expect(action).toBe('RevokeSecurityGroupEgress');
  expect({ ...query, ...form }).toMatchObject({ 'SecurityGroupRuleId.1': 'sgr-theirs' });
});
