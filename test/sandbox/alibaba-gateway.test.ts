import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import * as EcsModels from '@alicloud/ecs20140526';
import * as VpcModels from '@alicloud/vpc20160428';
import { COVERAGE } from '../../sandbox/alibaba/coverage.ts';
import { PRODUCTS } from '../../sandbox/alibaba/products.ts';
import { type CloudWorld, refusal, startWorld, until } from './alibaba-world.ts';

const { DescribeInstancesRequest } = EcsModels;
const { CreateVpcRequest, DescribeVpcsRequest } = VpcModels;
const REGION = 'eu-central-1';
let world: CloudWorld;

beforeAll(async () => {
  world = await startWorld({
    accessKeys: [
      { id: 'sandbox-key-id', secret: 'sandbox-key-secret' },
      { id: 'reader', secret: 'reader-secret', user: 'reader', deny: ['ecs:DescribeInstances'] },
    ],
  });
});
beforeEach(() => world.server.reset());
afterAll(() => world.close());

function describeVpcs() {
  return world.vpc.describeVpcs(new DescribeVpcsRequest({ regionId: REGION }));
}

test('the coverage table names exactly the actions that are routed', () => {
  const routed = Object.fromEntries(
    PRODUCTS.map((product) => [product.name, Object.keys(product.actions).toSorted()]),
  );

  const table = Object.fromEntries(
    Object.entries(COVERAGE).map(([name, actions]) => [name, actions.toSorted()]),
  );
  expect(table).toEqual(routed);
});

test('every routed action has a request model', () => {
  const without = PRODUCTS.flatMap((product) =>
    Object.keys(product.actions).filter((action) => product.model(action) === undefined),
  );

  expect(without).toEqual([]);
});

test('a signed call is answered with whose key it is', async () => {
  const { body } = await world.sts().getCallerIdentity();

  expect(body).toMatchObject({ accountId: '5123456789012345', identityType: 'Account' });
  expect(body?.requestId).toMatch(/^[0-9A-F-]{36}$/);
});

test('an unknown key, a wrong secret and a forbidden action are told apart', async () => {
  const unknown = await refusal(
    world.sts({ accessKeyId: 'nobody' }).getCallerIdentity(),
    'InvalidAccessKeyId.NotFound',
  );
  await refusal(world.sts({ accessKeySecret: 'wrong' }).getCallerIdentity(), 'SignatureDoesNotMatch');
  const reader = world.ecsAs({ accessKeyId: 'reader', accessKeySecret: 'reader-secret' });
  const denied = await refusal(
    reader.describeInstances(new DescribeInstancesRequest({ regionId: REGION })),
    'Forbidden.RAM',
  );

  expect(unknown.statusCode).toBe(404);
  expect(denied).toMatchObject({
    statusCode: 403,
    accessDeniedDetail: { AuthAction: 'ecs:DescribeInstances', AuthPrincipalDisplayName: 'reader' },
  });
});

test('unknown actions and regions, unknown, missing and ill-typed parameters are refused', async () => {
  await refusal(world.call('2014-05-26', 'MakeCoffee', {}), 'InvalidAction.NotFound');
  await refusal(world.call('2014-05-26', 'DescribeInstances', {}), 'MissingParameter');
  await refusal(
    world.call('2014-05-26', 'DescribeInstances', { RegionId: 'mars-1' }),
    'InvalidRegionId.NotFound',
  );
  await refusal(
    world.call('2014-05-26', 'DescribeInstances', { RegionId: REGION, InstanceNames: 'x' }),
    'InvalidParameter',
  );
  await refusal(
    world.call('2014-05-26', 'DescribeInstances', { RegionId: REGION, MaxResults: 'many' }),
    'InvalidParameter.MaxResults',
  );
  await refusal(
    world.call('2014-05-26', 'DescribeInstances', { RegionId: REGION, MaxResults: 101 }),
    'InvalidParameter.MaxResults',
  );
});

test('parameters may travel in the query or in a form body', async () => {
  const made = await world.call(
    '2016-04-28',
    'CreateVpc',
    { RegionId: REGION, VpcName: "it's (a) *name* ~ ü", Tag: [{ Key: 'a', Value: 'b' }] },
    'body',
  );

  const { body } = await describeVpcs();
  expect(body?.vpcs?.vpc?.[0]).toMatchObject({
    vpcId: made['VpcId'],
    vpcName: "it's (a) *name* ~ ü",
    tags: { tag: [{ key: 'a', value: 'b' }] },
  });
});

test('a client token makes one of repeated calls and refuses another content', async () => {
  const request = () => new CreateVpcRequest({ regionId: REGION, vpcName: 'one', clientToken: 'token-1' });

  const first = await world.vpc.createVpc(request());
  const second = await world.vpc.createVpc(request());

  expect(second.body?.vpcId).toBe(first.body?.vpcId);
  expect((await describeVpcs()).body?.totalCount).toBe(1);
  const other = new CreateVpcRequest({ regionId: REGION, vpcName: 'two', clientToken: 'token-1' });
  await refusal(world.vpc.createVpc(other), 'IdempotentParameterMismatch');
});

test('who names another region finds nothing of this one', async () => {
  const { body } = await world.vpc.createVpc(new CreateVpcRequest({ regionId: REGION }));
  const place = { RegionId: 'us-west-1', VpcId: body?.vpcId };

  await refusal(world.call('2016-04-28', 'DeleteVpc', place), 'InvalidVpcID.NotFound');
  const vSwitch = { ...place, ZoneId: `${REGION}a`, CidrBlock: '172.16.0.0/24' };
  await refusal(world.call('2016-04-28', 'CreateVSwitch', vSwitch), 'InvalidVpcId.NotFound');
});

test('a client token has at most 64 ASCII characters, whatever the action', async () => {
  const take = (ClientToken: string) =>
    world.call('2016-04-28', 'CreateVpc', { RegionId: REGION, ClientToken });

  expect((await take('t'.repeat(64)))['VpcId']).toMatch(/^vpc-/);
  for (const token of ['t'.repeat(65), 'tökchen']) await refusal(take(token), 'InvalidParameter.ClientToken');
  const group = { RegionId: REGION, MinSize: 0, MaxSize: 1, ClientToken: 't'.repeat(65) };
  await refusal(world.call('2022-02-22', 'CreateScalingGroup', group), 'InvalidParameter.ClientToken');
});

test('the same token is refused while its first call still runs', async () => {
  const create = () => world.vpc.createVpc(new CreateVpcRequest({ regionId: REGION, clientToken: 'busy' }));
  world.server.cloud.faults.plan({ action: 'CreateVpc', when: 'before', kind: 'slow', delayMs: 200_000 });

  const first = create();
  await until(async () => {
    const code = await create().then(
      () => 'done',
      (error: { code?: string }) => error.code,
    );
    return code === 'IdempotentProcessing';
  });

  const { body } = await first;
  expect((await create()).body?.vpcId).toBe(body?.vpcId);
});

test('a refused call with a token may be repeated with it', async () => {
  const request = () => new CreateVpcRequest({ regionId: REGION, clientToken: 'token-2' });
  world.server.cloud.settings.quotas = { ...world.server.cloud.settings.quotas, vpcs: 0 };
  await refusal(world.vpc.createVpc(request()), 'QuotaExceeded.Vpc');

  world.server.cloud.settings.quotas = { ...world.server.cloud.settings.quotas, vpcs: 1 };

  expect((await world.vpc.createVpc(request())).body?.vpcId).toMatch(/^vpc-gw8/);
});

test('throttling, server faults, broken pages and permanent refusals come as planned', async () => {
  const { faults } = world.server.cloud;
  faults.plan({ action: 'DescribeVpcs', when: 'before', kind: 'throttle', retryAfterMs: 1500, skip: 1 });
  await describeVpcs();
  const throttled = await refusal(describeVpcs(), 'Throttling.User');
  expect(throttled).toMatchObject({ name: 'ThrottlingError', retryAfter: 1500 });

  faults.plan({ product: 'VPC', action: 'DescribeVpcs', when: 'before', kind: '503' });
  expect((await refusal(describeVpcs(), 'ServiceUnavailable')).statusCode).toBe(503);

  faults.plan({ action: 'DescribeVpcs', when: 'before', kind: 'html' });
  await expect(describeVpcs()).rejects.toMatchObject({ name: 'SyntaxError' });

  const stuck = faults.plan({
    action: '*',
    when: 'before',
    kind: 'code',
    code: 'InvalidAccountStatus.NotEnoughBalance',
    times: Number.POSITIVE_INFINITY,
  });
  await refusal(describeVpcs(), 'InvalidAccountStatus.NotEnoughBalance');
  await refusal(describeVpcs(), 'InvalidAccountStatus.NotEnoughBalance');
  expect(stuck.hits).toBe(2);

  faults.clear();
  expect((await describeVpcs()).statusCode).toBe(200);
});

test('a connection cut after the work leaves the work done, one cut before it does not', async () => {
  const { faults } = world.server.cloud;
  const create = (clientToken: string) =>
    world.vpc.createVpc(new CreateVpcRequest({ regionId: REGION, clientToken }));

  faults.plan({ action: 'CreateVpc', when: 'before', kind: 'cut' });
  await expect(create('before')).rejects.toThrow();
  expect((await describeVpcs()).body?.totalCount).toBe(0);
  faults.plan({ action: 'CreateVpc', when: 'after', kind: 'cut' });
  await expect(create('after')).rejects.toThrow();
  expect((await describeVpcs()).body?.totalCount).toBe(1);

  const repeated = await create('after');

  const found = await describeVpcs();
  expect(found.body?.vpcs?.vpc?.map((vpc) => vpc.vpcId)).toEqual([repeated.body?.vpcId]);
  const codes = world.server.cloud.requests
    .filter((request) => request.action === 'CreateVpc')
    .map((request) => request.code);
  expect(codes).toEqual(['cut', 'cut', 'OK']);
});

test('the balance is told as text with thousands commas', async () => {
  const answer = await world.call('2017-12-14', 'QueryAccountBalance', {});

  expect(answer).toMatchObject({ Success: true, Data: { AvailableAmount: '5,000.00', Currency: 'USD' } });
});
