import * as $alb from '@alicloud/alb20200616';
import * as $cas from '@alicloud/cas20200407';
import { beforeEach, expect, test, vi } from 'vitest';
import { makeCertificate } from '../../sandbox/certificates.ts';
import { albBench } from './alb-bench.ts';
import { codeOf, type World } from './alb-world.ts';

const own = albBench();
const { createBalancer, attribute, active, createGroup, available, createListener } = own;
let world: World;

beforeEach(() => {
  ({ world } = own);
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

test('a listener stays as it is once its load balancer is being deleted', async () => {
  const [balancer, group] = await Promise.all([createBalancer(), createGroup()]);
  await active(balancer);
  await available(group);
  const listener = await createListener(balancer, group, 80);
  await active(balancer);

  world.holdTime();
  await world.alb.deleteLoadBalancer(new $alb.DeleteLoadBalancerRequest({ loadBalancerId: balancer }));
  const drop = world.alb.deleteListener(new $alb.DeleteListenerRequest({ listenerId: listener }));
  expect(await codeOf(drop)).toBe('IncorrectStatus.LoadBalancer');
  world.letTimeGo();
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
