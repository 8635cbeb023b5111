import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import * as $Ecs from '@alicloud/ecs20140526';
import { createNetwork } from '../../sandbox/alibaba/ecs/network.ts';
import { ecsBench, regionId } from './alibaba-ecs-bench.ts';
import { type CloudWorld, refusal } from './alibaba-world.ts';

const own = ecsBench();
const { createGroup, authorize, run } = own;
let world: CloudWorld;
let vpcId: string;
let groupId: string;

beforeEach(() => {
  ({ world, vpcId, groupId } = own);
});

test('security rules decide who may open what', async () => {
  const mongoGroup = await createGroup('mongo');
  await authorize(mongoGroup, [
    { ipProtocol: 'tcp', portRange: '22/22', sourceCidrIp: '198.51.100.0/24' },
    { ipProtocol: 'TCP', portRange: '27017/27017', sourceGroupId: groupId },
    { ipProtocol: 'TCP', portRange: '22/22', sourceCidrIp: '198.51.100.66/32', policy: 'drop' },
  ]);
  await authorize(mongoGroup, [{ ipProtocol: 'TCP', portRange: '27017/27017', sourceGroupId: groupId }]);
  const [mongo = ''] = await run({ securityGroupId: mongoGroup });
  await run();
  const network = createNetwork(() => world.server.cloud);
  const allows = (from: string, port: number) => network.allows(from, mongo, 'tcp', port);

  expect(allows('198.51.100.10', 22)).toBe(true);
  expect(allows('198.51.100.66', 22)).toBe(false);
  expect(allows('198.51.100.10', 27017)).toBe(false);
  expect(allows('10.0.0.2', 27017)).toBe(true);
  expect(allows('10.0.0.9', 27017)).toBe(false);
  expect(network.instanceAt(vpcId, '10.0.0.1')).toBe(mongo);
  const { body } = await world.ecs.describeSecurityGroupAttribute(
    new $Ecs.DescribeSecurityGroupAttributeRequest({
      regionId,
      securityGroupId: mongoGroup,
      direction: 'ingress',
    }),
  );
  expect(body?.permissions?.permission?.map((rule) => rule.policy)).toEqual(['Accept', 'Accept', 'Drop']);
});

test('a rule of IPv6 addresses has fields of its own and lets no others in', async () => {
  const group = await createGroup('six');
  const rule = { ipProtocol: 'TCP', portRange: '27017/27017', ipv6SourceCidrIp: '::/0' };
  await authorize(group, [rule]);
  await refusal(authorize(group, [{ ...rule, ipv6SourceCidrIp: '::/129' }]), 'InvalidParam.SourceIp');
  await refusal(authorize(group, [{ ...rule, sourceCidrIp: '0.0.0.0/0' }]), 'MissingParameter.Source');
  const [id = ''] = await run({ securityGroupId: group });
  const rules = async () => {
    const request = new $Ecs.DescribeSecurityGroupAttributeRequest({ regionId, securityGroupId: group });
    const { body } = await world.ecs.describeSecurityGroupAttribute(request);
    return body?.permissions?.permission?.map((one) => [one.ipv6SourceCidrIp, one.sourceCidrIp]);
  };

  expect(await rules()).toEqual([['::/0', '']]);
  expect(createNetwork(() => world.server.cloud).allows('198.51.100.10', id, 'tcp', 27017)).toBe(false);
  await world.ecs.revokeSecurityGroup(
    new $Ecs.RevokeSecurityGroupRequest({ regionId, securityGroupId: group, permissions: [rule] }),
  );
  expect(await rules()).toEqual([]);
});

test('a security group that another one names is not deleted before that rule is revoked', async () => {
  const mongoGroup = await createGroup('mongo');
  const rule = { ipProtocol: 'TCP', portRange: '27017/27017', sourceGroupId: groupId };
  await authorize(mongoGroup, [rule]);
  const remove = () =>
    world.ecs.deleteSecurityGroup(
      new $Ecs.DeleteSecurityGroupRequest({ regionId, securityGroupId: groupId }),
    );
  await refusal(remove(), 'DependencyViolation');

  await world.ecs.revokeSecurityGroup(
    new $Ecs.RevokeSecurityGroupRequest({ regionId, securityGroupId: mongoGroup, permissions: [rule] }),
  );

  expect((await remove()).statusCode).toBe(200);
  await refusal(
    world.ecs.revokeSecurityGroup(
      new $Ecs.RevokeSecurityGroupRequest({
        regionId,
        securityGroupId: mongoGroup,
        securityGroupRuleId: ['sgr-x'],
      }),
    ),
    'InvalidParam.SecurityGroupRuleId',
  );
});

test('key pairs are made once, imported with their fingerprint, and kept while an instance uses them', async () => {
  const { body } = await world.ecs.createKeyPair(
    new $Ecs.CreateKeyPairRequest({ regionId, keyPairName: 'made' }),
  );
  expect(body?.privateKeyBody).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  await refusal(
    world.ecs.createKeyPair(new $Ecs.CreateKeyPairRequest({ regionId, keyPairName: 'made' })),
    'KeyPair.AlreadyExist',
  );
  const listed = await world.ecs.describeKeyPairs(
    new $Ecs.DescribeKeyPairsRequest({ regionId, keyPairName: 'made', includePublicKey: true }),
  );
  const line = listed.body?.keyPairs?.keyPair?.[0]?.publicKey ?? '';
  const imported = await world.ecs.importKeyPair(
    new $Ecs.ImportKeyPairRequest({ regionId, keyPairName: 'again', publicKeyBody: line }),
  );
  expect(imported.body?.keyPairFingerPrint).toBe(body?.keyPairFingerPrint);
  expect(body?.keyPairFingerPrint).toBe(
    createHash('md5')
      .update(Buffer.from(line.split(' ')[1] ?? '', 'base64'))
      .digest('hex'),
  );

  await run({ keyPairName: 'made' });

  const remove = (names: readonly string[]) =>
    world.ecs.deleteKeyPairs(
      new $Ecs.DeleteKeyPairsRequest({ regionId, keyPairNames: JSON.stringify(names) }),
    );
  await refusal(remove(['made']), 'InvalidParameter.KeypairAlreadyAttachedInstance');
  expect((await remove(['again', 'never-was'])).statusCode).toBe(200);
});
