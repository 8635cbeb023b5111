import { expect, it } from 'vitest';
import type { Cloud } from '../../src/cloud/cloud.ts';
import { failure, json, wireServers } from './wire-server.ts';

const REGION = 'ap-southeast-1';
const UNREAD = { errorClass: 'network', retryable: true, unknownOutcome: true };

const serve = wireServers();

/** Reads by which things are found, and found to be gone. */
const READS: readonly (readonly [string, (cloud: Cloud) => Promise<unknown>])[] = [
  ['DescribeVpcs', (cloud) => cloud.in(REGION).vpc.listVpcs({})],
  ['DescribeVpcAttribute', (cloud) => cloud.in(REGION).vpc.vpc('vpc-1')],
  ['DescribeVSwitches', (cloud) => cloud.in(REGION).vpc.listVSwitches({})],
  ['DescribeInstances', (cloud) => cloud.in(REGION).ecs.listInstances({})],
  ['DescribeSecurityGroups', (cloud) => cloud.in(REGION).ecs.listSecurityGroups({})],
  ['DescribeSecurityGroupAttribute', (cloud) => cloud.in(REGION).ecs.securityGroup('sg-1')],
  ['DescribeKeyPairs', (cloud) => cloud.in(REGION).ecs.listKeyPairs({})],
  ['DescribeLaunchTemplates', (cloud) => cloud.in(REGION).ecs.listTemplates({})],
  ['DescribeLaunchTemplateVersions', (cloud) => cloud.in(REGION).ecs.templateVersions('lt-1')],
  ['ListLoadBalancers', (cloud) => cloud.in(REGION).alb.listLoadBalancers({})],
  ['GetLoadBalancerAttribute', (cloud) => cloud.in(REGION).alb.loadBalancer('alb-1')],
  ['ListServerGroups', (cloud) => cloud.in(REGION).alb.listServerGroups({})],
  ['ListServerGroupServers', (cloud) => cloud.in(REGION).alb.listServers('sgp-1')],
  ['ListListeners', (cloud) => cloud.in(REGION).alb.listListeners({ loadBalancerIds: ['alb-1'] })],
  ['GetListenerAttribute', (cloud) => cloud.in(REGION).alb.listener('lsn-1')],
  ['GetListenerHealthStatus', (cloud) => cloud.in(REGION).alb.listenerHealth('lsn-1')],
  ['DescribeScalingGroups', (cloud) => cloud.in(REGION).ess.listGroups({})],
  ['DescribeScalingInstances', (cloud) => cloud.in(REGION).ess.listInstances('asg-1')],
  ['DescribeScalingRules', (cloud) => cloud.in(REGION).ess.listRules({})],
  ['ListUserCertificateOrder', (cloud) => cloud.cas(REGION).list()],
  ['GetUserCertificateDetail', (cloud) => cloud.cas(REGION).detail(1)],
  ['GetMainDomainName', (cloud) => cloud.dns.mainDomain('live.example.com')],
  ['DescribeDomainRecords', (cloud) => cloud.dns.records({ domainName: 'example.com' })],
];

it.each(READS)('an answer of %s that lost all but its request id is none', async (action, read) => {
  const server = await serve((_seen, response) => json(response, 200, { RequestId: 'R-1' }));

  await expect(read(server.cloud())).rejects.toMatchObject({ ...UNREAD, action });
});

it.each(READS)('a success in the words of a gateway is no answer of %s', async (action, read) => {
  const page = { Code: 'BackendDown', Message: 'try later', RequestId: 'R-1' };
  const server = await serve((_seen, response) => json(response, 200, page));

  await expect(read(server.cloud())).rejects.toMatchObject({ ...UNREAD, action });
});

it('an empty list is one, written or only counted', async () => {
  const server = await serve(({ action }, response) => {
    const empty = { RequestId: 'R-1', TotalCount: 0 };
    if (action === 'DescribeVpcs') return json(response, 200, { ...empty, Vpcs: { Vpc: [] } });
    if (action === 'DescribeInstances')
      return json(response, 200, { RequestId: 'R-1', Instances: { Instance: [] }, NextToken: '' });
    json(response, 200, empty);
  });
  const cloud = server.cloud();
  const { vpc, ecs, alb, ess } = cloud.in(REGION);

  const lists = await Promise.all([
    vpc.listVpcs({}),
    ecs.listInstances({}),
    alb.listLoadBalancers({}),
    alb.listListeners({}),
    ess.listGroups({}),
    cloud.cas(REGION).list(),
    cloud.dns.records({ domainName: 'example.com' }),
  ]);

  expect(lists).toEqual([[], [], [], [], [], [], []]);
});

it('what is not sold anywhere may be left out altogether', async () => {
  const server = await serve((_seen, response) => json(response, 200, { RequestId: 'R-1' }));
  const { ecs } = server.cloud().in(REGION);

  expect(await ecs.availableResource({ destination: 'InstanceType', instanceType: 'ecs.none' })).toEqual([]);
});

it('a change needs no more than a request id, and a command its own', async () => {
  const server = await serve((_seen, response) => json(response, 200, { RequestId: 'R-1' }));
  const { alb, ecs } = server.cloud().in(REGION);

  await alb.deleteListener('lsn-1');
  await expect(
    ecs.assistant.start({ instanceId: 'i-1', command: 'true', timeoutSeconds: 60 }),
  ).rejects.toMatchObject({ errorClass: 'server' });
});

it.each([
  [403, 'network'],
  [404, 'network'],
  [429, 'throttled'],
  [503, 'server'],
])('a refusal with HTTP %i and no code of Alibaba is %s, in words', async (status, errorClass) => {
  const server = await serve((_seen, response) => json(response, status, { error: 'not by me' }));

  const refusal = server.cloud().in(REGION).vpc.deleteVpc('vpc-1');

  await expect(refusal).rejects.toMatchObject({
    errorClass,
    retryable: true,
    alibabaCode: undefined,
    requestId: undefined,
    message: expect.stringContaining(`(HTTP ${status})`),
  });
});

it.each([
  [404, 'NotFound'],
  [404, 404],
  [403, 403],
])('a gateway that answers HTTP %i and code %s says of nothing that it is gone', async (status, code) => {
  const server = await serve((_seen, response) => json(response, status, { code, message: 'no such route' }));
  const cloud = server.cloud();
  const { alb, ess, vpc } = cloud.in(REGION);

  const calls = [
    vpc.deleteVpc('vpc-1'),
    ess.deleteGroup('asg-1'),
    alb.loadBalancer('alb-1'),
    alb.listListeners({ loadBalancerIds: ['alb-1'] }),
    cloud.dns.records({ domainName: 'example.com' }),
  ];

  for (const error of await Promise.all(calls.map(failure))) expect(error).toMatchObject(UNREAD);
});

it('rules are asked for by so many listeners as a call takes, and without any not at all', async () => {
  const server = await serve(({ query }, response) => {
    const listenerId = query['ListenerIds.1'];
    json(response, 200, { TotalCount: 1, Rules: [{ RuleId: 'rule-1', ListenerId: listenerId }] });
  });
  const { alb } = server.cloud().in(REGION);
  const listenerIds = Array.from({ length: 21 }, (_none, nth) => `lsn-${nth}`);

  const rules = await alb.listRules({ listenerIds });

  expect(rules.map((rule) => rule.listenerId)).toEqual(['lsn-0', 'lsn-20']);
  expect(await alb.listRules({ listenerIds: [] })).toEqual([]);
  expect(server.seen).toHaveLength(2);
});

it('a balance is read as a text and as a number', async () => {
  const amounts = ['1,234.50', 1234.5];
  const server = await serve((_seen, response) =>
    json(response, 200, { Success: true, Data: { AvailableAmount: amounts.shift(), Currency: 'CNY' } }),
  );
  const { bss } = server.cloud();

  expect(await bss.balance()).toEqual({ available: 1234.5, currency: 'CNY' });
  expect(await bss.balance()).toEqual({ available: 1234.5, currency: 'CNY' });
});
