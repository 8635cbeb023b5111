import * as $alb from '@alicloud/alb20200616';
import * as $cas from '@alicloud/cas20200407';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { albOf } from '../../sandbox/alibaba/alb/lookup.ts';
import { makeCertificate } from '../../sandbox/certificates.ts';
import { codeOf, startWorld, type World } from './alb-world.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld();
});

afterEach(async () => {
  await world.server.close();
});

test('a load balancer takes two zones, is provisioned, and shows up in lists by its tags', async () => {
  world.holdTime();
  const id = await createBalancer();

  expect((await attribute(id)).loadBalancerStatus).toBe('Provisioning');
  world.letTimeGo();
  await active(id);
  const listed = await world.alb.listLoadBalancers(
    new $alb.ListLoadBalancersRequest({ tag: [{ key: 'ams-cluster', value: 'one' }] }),
  );
  expect(listed.body?.loadBalancers?.map((entry) => entry.loadBalancerId)).toEqual([id]);
  expect((await attribute(id)).DNSName).toMatch(/^alb-.*\.eu-central-1\.alb\.aliyuncs\.com$/);
});

test('a dry run checks everything, says that it would work, and does nothing', async () => {
  const [balancer, group] = await Promise.all([createBalancer(), createGroup()]);
  await active(balancer);
  await available(group);
  const dryRun = true;
  const { alb, server } = world;
  const before = await attribute(balancer);

  const codes = await Promise.all(
    [
      () => alb.deleteLoadBalancer(new $alb.DeleteLoadBalancerRequest({ loadBalancerId: balancer, dryRun })),
      () => alb.deleteServerGroup(new $alb.DeleteServerGroupRequest({ serverGroupId: group, dryRun })),
      () =>
        alb.updateServerGroupAttribute(
          new $alb.UpdateServerGroupAttributeRequest({
            serverGroupId: group,
            serverGroupName: 'else',
            dryRun,
          }),
        ),
      () =>
        alb.createServerGroup(
          new $alb.CreateServerGroupRequest({
            serverGroupName: 'edge',
            vpcId: 'vpc-1',
            healthCheckConfig: { healthCheckEnabled: true },
            dryRun,
          }),
        ),
      () =>
        alb.createListener(
          new $alb.CreateListenerRequest({
            loadBalancerId: balancer,
            listenerProtocol: 'HTTP',
            listenerPort: 80,
            defaultActions: [
              {
                type: 'ForwardGroup',
                forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: group }] },
              },
            ],
            dryRun,
          }),
        ),
    ].map((call) => codeOf(call())),
  );
  const wrong = await codeOf(
    alb.deleteListener(new $alb.DeleteListenerRequest({ listenerId: 'lsn-nothing', dryRun })),
  );

  expect(codes).toEqual(Array.from({ length: 5 }, () => 'DryRunOperation'));
  expect(wrong).toBe('ResourceNotFound.Listener');
  expect(await attribute(balancer)).toMatchObject({ loadBalancerStatus: before.loadBalancerStatus });
  await available(group);
  const listed = await alb.listServerGroups(new $alb.ListServerGroupsRequest({}));
  expect(listed.body?.serverGroups?.map((one) => one.serverGroupName)).toEqual(['origin']);
  expect(server.cloud.dryRuns).toHaveLength(6);
  expect(server.cloud.requests.map((one) => one.action)).not.toContain('DeleteLoadBalancer');
});

test('a load balancer in one zone, or with a vSwitch of another zone, is refused', async () => {
  expect(await codeOf(createBalancer([['a', 'a']]))).toBe('InvalidParameter.ZoneMappings');
  expect(
    await codeOf(
      createBalancer([
        ['a', 'b'],
        ['b', 'a'],
      ]),
    ),
  ).toBe('Mismatch.ZoneIdAndVSwitchId');
});

test('listeners are made one after the other on an active balancer, each port once', async () => {
  world.holdTime();
  const [balancer, group] = await Promise.all([createBalancer(), createGroup()]);
  expect(await codeOf(createListener(balancer, group, 80))).toBe('IncorrectStatus.LoadBalancer');
  world.letTimeGo();
  await active(balancer);
  await available(group);

  world.holdTime();
  await createListener(balancer, group, 80);
  expect(await codeOf(createListener(balancer, group, 5080))).toBe('IncorrectStatus.LoadBalancer');
  world.letTimeGo();
  await active(balancer);
  expect(await codeOf(createListener(balancer, group, 80))).toBe('ResourceAlreadyExist.Listener');
  await createListener(balancer, group, 5080);
  await active(balancer);

  const listed = await world.alb.listListeners(
    new $alb.ListListenersRequest({ loadBalancerIds: [balancer] }),
  );
  expect(listed.body?.listeners?.map((entry) => entry.listenerStatus)).toEqual(['Running', 'Running']);
});

test('HTTPS takes the certificate by its identifier alone, and CAS keeps it while it is used', async () => {
  const [balancer, group] = await Promise.all([createBalancer(), createGroup()]);
  await active(balancer);
  await available(group);
  const made = await makeCertificate({ names: ['live.example.com'] });
  const uploaded = await world.cas.uploadUserCertificate(
    new $cas.UploadUserCertificateRequest({ name: 'one', cert: made.chainPem, key: made.keyPem }),
  );
  const certId = uploaded.body?.certId ?? 0;
  const detail = await world.cas.getUserCertificateDetail(
    new $cas.GetUserCertificateDetailRequest({ certId, certFilter: true }),
  );
  const identifier = detail.body?.certIdentifier ?? '';

  expect(await codeOf(createListener(balancer, group, 443, String(certId)))).toBe(
    'ResourceNotFound.Certificate',
  );
  await createListener(balancer, group, 443, identifier);
  const drop = () => world.cas.deleteUserCertificate(new $cas.DeleteUserCertificateRequest({ certId }));
  expect(await codeOf(drop())).toBe('CertificateInUse');
});

test('a server group in use cannot be deleted, and goes once its listener has', async () => {
  const [balancer, group] = await Promise.all([createBalancer(), createGroup()]);
  await active(balancer);
  await available(group);
  const listener = await createListener(balancer, group, 80);
  await active(balancer);
  const drop = () => world.alb.deleteServerGroup(new $alb.DeleteServerGroupRequest({ serverGroupId: group }));

  expect(await codeOf(drop())).toBe('ResourceInUse.ServerGroup');
  await world.alb.deleteListener(new $alb.DeleteListenerRequest({ listenerId: listener }));
  await active(balancer);
  const jobId = (await drop()).body?.jobId ?? '';
  await vi.waitFor(async () => {
    const jobs = await world.alb.listAsynJobs(new $alb.ListAsynJobsRequest({ jobIds: [jobId] }));
    expect(jobs.body?.jobs?.[0]?.status).toBe('Succeeded');
  }, 5000);
});

test('the same ClientToken makes one load balancer', async () => {
  const first = await createBalancer(undefined, 'token-1');
  expect(await createBalancer(undefined, 'token-1')).toBe(first);
});

test('a Basic balancer does not take a server group that drains connections', async () => {
  const balancer = await createBalancer(undefined, undefined, 'Basic');
  const group = await createGroup(true);
  await active(balancer);
  await available(group);

  expect(await codeOf(createListener(balancer, group, 80))).toBe('OperationDenied.EditionNotSupport');
});

describe('tags', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ key: `key-${at}`, value: 'x' }));
  const WRONG: readonly (readonly [string, { key: string; value?: string }[]])[] = [
    ['IllegalParam.TagKey', [{ key: 'acs:mine' }]],
    ['IllegalParam.TagKey', [{ key: 'k'.repeat(129) }]],
    ['IllegalParam.TagValue', [{ key: 'k', value: 'v'.repeat(129) }]],
    ['QuotaExceeded.TagsNum', many(21)],
  ];

  test('that no resource takes are refused by every create, which then makes nothing', async () => {
    const [balancer, group] = await Promise.all([createBalancer(), createGroup()]);
    await active(balancer);
    await available(group);
    const listenerId = await createListener(balancer, group, 80);
    await active(balancer);
    const { alb } = world;
    const { loadBalancers, serverGroups, listeners, rules } = albOf(world.server.cloud);
    const forward = {
      type: 'ForwardGroup',
      forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: group }] },
    };

    for (const [code, tag] of WRONG) {
      const creates = [
        () => createBalancer(undefined, undefined, 'Standard', tag),
        () =>
          alb.createServerGroup(
            new $alb.CreateServerGroupRequest({
              serverGroupName: 'edge',
              vpcId: 'vpc-1',
              healthCheckConfig: { healthCheckEnabled: true },
              tag,
            }),
          ),
        () =>
          alb.createListener(
            new $alb.CreateListenerRequest({
              loadBalancerId: balancer,
              listenerProtocol: 'HTTP',
              listenerPort: 5080,
              defaultActions: [forward],
              tag,
            }),
          ),
        () =>
          alb.createRule(
            new $alb.CreateRuleRequest({
              listenerId,
              priority: 1,
              ruleName: 'one-port',
              ruleConditions: [{ type: 'Path', pathConfig: { values: ['/*'] } }],
              ruleActions: [{ ...forward, order: 1 }],
              tag,
            }),
          ),
      ];
      for (const create of creates) expect(await codeOf(create())).toBe(code);
    }
    expect([loadBalancers.size, serverGroups.size, listeners.size, rules.size]).toEqual([1, 1, 1, 0]);
  });

  test('of several resources all are tagged, or none when one has too many tags', async () => {
    const ids = [await createBalancer(), await createBalancer()];
    const tag = (resourceId: string[], tags: { key: string; value: string }[]) =>
      world.alb.tagResources(
        new $alb.TagResourcesRequest({ resourceType: 'loadbalancer', resourceId, tag: tags }),
      );
    await tag(ids.slice(1), many(18));
    const [first, second] = ids.map((id) => albOf(world.server.cloud).loadBalancers.get(id)?.tags);

    expect(await codeOf(tag(ids, [...many(1), { key: 'a', value: 'x' }, { key: 'b', value: 'x' }]))).toBe(
      'QuotaExceeded.TagsNum',
    );
    expect(first).toEqual([{ Key: 'ams-cluster', Value: 'one' }]);
    expect(second).toHaveLength(19);
    await tag(ids, [...many(1), { key: 'a', value: 'x' }]);
    expect(first).toHaveLength(3);
    expect(second).toHaveLength(20);
  });
});

async function createBalancer(
  zones = [
    ['a', 'a'],
    ['b', 'b'],
  ],
  clientToken?: string,
  edition = 'Standard',
  tag: { key: string; value?: string }[] = [{ key: 'ams-cluster', value: 'one' }],
) {
  const answer = await world.alb.createLoadBalancer(
    new $alb.CreateLoadBalancerRequest({
      loadBalancerName: 'ams-one',
      loadBalancerEdition: edition,
      addressType: 'Internet',
      loadBalancerBillingConfig: { payType: 'PostPay' },
      vpcId: 'vpc-1',
      zoneMappings: zones.map(([zone, vSwitch]) => ({
        zoneId: `eu-central-1${zone}`,
        vSwitchId: `vsw-${vSwitch}`,
      })),
      tag,
      ...(clientToken === undefined ? {} : { clientToken }),
    }),
  );
  return answer.body?.loadBalancerId ?? '';
}

async function attribute(loadBalancerId: string) {
  const answer = await world.alb.getLoadBalancerAttribute(
    new $alb.GetLoadBalancerAttributeRequest({ loadBalancerId }),
  );
  return answer.body ?? new $alb.GetLoadBalancerAttributeResponseBody({});
}

async function active(id: string): Promise<void> {
  await vi.waitFor(async () => expect((await attribute(id)).loadBalancerStatus).toBe('Active'), 5000);
}

async function createGroup(drains = false): Promise<string> {
  const answer = await world.alb.createServerGroup(
    new $alb.CreateServerGroupRequest({
      serverGroupName: 'origin',
      vpcId: 'vpc-1',
      healthCheckConfig: { healthCheckEnabled: true, healthCheckCodes: ['http_2xx', 'http_3xx'] },
      ...(drains
        ? { connectionDrainConfig: { connectionDrainEnabled: true, connectionDrainTimeout: 60 } }
        : {}),
    }),
  );
  return answer.body?.serverGroupId ?? '';
}

async function available(id: string): Promise<void> {
  await vi.waitFor(async () => {
    const answer = await world.alb.listServerGroups(
      new $alb.ListServerGroupsRequest({ serverGroupIds: [id] }),
    );
    expect(answer.body?.serverGroups?.[0]?.serverGroupStatus).toBe('Available');
  }, 5000);
}

async function createListener(
  loadBalancerId: string,
  serverGroupId: string,
  port: number,
  certificateId?: string,
) {
  const answer = await world.alb.createListener(
    new $alb.CreateListenerRequest({
      loadBalancerId,
      listenerProtocol: certificateId === undefined ? 'HTTP' : 'HTTPS',
      listenerPort: port,
      defaultActions: [
        { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId }] } },
      ],
      ...(certificateId === undefined ? {} : { certificates: [{ certificateId }] }),
    }),
  );
  return answer.body?.listenerId ?? '';
}
