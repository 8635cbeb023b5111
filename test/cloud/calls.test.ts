import { describe, expect, it } from 'vitest';
import { isContextKept } from '../support/left-behind.ts';
import { failure, json, refuse, wireServers } from './wire-server.ts';

const serve = wireServers();

describe('a command on an instance', () => {
  it.each([
    [
      'ended well',
      { InvocationStatus: 'Success', ExitCode: 0, ErrorCode: '' },
      { exitCode: 0, output: 'said' },
    ],
    [
      'ended with an exit code',
      { InvocationStatus: 'Failed', ExitCode: 3, ErrorCode: 'ExitCodeNonzero' },
      { exitCode: 3, output: 'said' },
    ],
    [
      'never ran: its agent is silent',
      { InvocationStatus: 'Failed', ErrorCode: 'ClientNotResponse' },
      'never-ran',
    ],
    ['was ended by its agent', { InvocationStatus: 'Timeout', ErrorCode: 'ExecutionTimeout' }, 'never-ran'],
    ['runs', { InvocationStatus: 'Running', ErrorCode: '' }, 'under-way'],
  ])('that %s', async (_how, result, expected) => {
    const server = await serve(({ action }, response) =>
      json(
        response,
        200,
        action === 'RunCommand'
          ? { InvokeId: 't-1' }
          : {
              Invocation: {
                InvocationResults: { InvocationResult: [{ InstanceId: 'i-1', Output: 'said', ...result }] },
              },
            },
      ),
    );

    const { ecs } = server.cloud().in('eu-central-1');
    const place = { instanceId: 'i-1' };
    const invokeId = await ecs.assistant.start({ ...place, command: 'true', timeoutSeconds: 60 });
    const answer = await ecs.assistant.answer({ ...place, invokeId });

    expect(answer).toEqual(expected);
  });
});

describe('a call on the wire', () => {
  it('leaves nothing behind that holds on to what its caller knew', async () => {
    const server = await serve((_seen, response) =>
      json(response, 200, { Vpcs: { Vpc: [] }, TotalCount: 0 }),
    );
    const { vpc } = server.cloud().in('eu-central-1');
    // The first one loads the SDK.
    await vpc.listVpcs({});

    expect(await isContextKept(() => vpc.listVpcs({}))).toBe(false);
  });

  it('names action and version in headers, is signed, and writes tags as the API wants them', async () => {
    const server = await serve((_seen, response) => json(response, 200, { VpcId: 'vpc-1', RequestId: 'r' }));

    const id = await server
      .cloud()
      .in('ap-southeast-1')
      .vpc.createVpc({
        name: 'n',
        cidr: '10.0.0.0/8',
        tags: { 'ams-cluster': 'live', b: '2' },
        token: 'tok',
      });

    expect(id).toBe('vpc-1');
    const [call] = server.seen;
    expect(call).toMatchObject({ action: 'CreateVpc', version: '2016-04-28' });
    expect(call?.headers.authorization).toMatch(/^ACS3-HMAC-SHA256 Credential=LTAItest/);
    expect(call?.query).toEqual({
      RegionId: 'ap-southeast-1',
      VpcName: 'n',
      CidrBlock: '10.0.0.0/8',
      'Tag.1.Key': 'ams-cluster',
      'Tag.1.Value': 'live',
      'Tag.2.Key': 'b',
      'Tag.2.Value': '2',
      ClientToken: 'tok',
    });
  });

  it('nests load balancer parameters under their wire names', async () => {
    const server = await serve((_seen, response) => json(response, 200, { ListenerId: 'lsn-1', JobId: 'j' }));

    await server
      .cloud()
      .in('ap-southeast-1')
      .alb.createListener({
        loadBalancerId: 'alb-1',
        protocol: 'HTTPS',
        port: 443,
        serverGroupId: 'sgp-1',
        certificateId: '1-ap-southeast-1',
        forwardedProto: true,
        tags: { a: 'b' },
        token: 't',
      });

    expect(server.seen[0]?.query).toMatchObject({
      'DefaultActions.1.Type': 'ForwardGroup',
      'DefaultActions.1.ForwardGroupConfig.ServerGroupTuples.1.ServerGroupId': 'sgp-1',
      'Certificates.1.CertificateId': '1-ap-southeast-1',
      'XForwardedForConfig.XForwardedForProtoEnabled': 'true',
      'Tag.1.Key': 'a',
    });
  });

  it('keeps user data, private keys and commands out of the URL', async () => {
    const server = await serve((seen, response) =>
      json(response, 200, {
        InstanceIdSets: { InstanceIdSet: ['i-1'] },
        LaunchTemplateId: 'lt-1',
        LaunchTemplateVersionNumber: 1,
        CertId: 12345678901234,
        InvokeId: 't-1',
        RequestId: seen.action,
      }),
    );
    const cloud = server.cloud();
    const { ecs } = cloud.in('ap-southeast-1');
    const wish = {
      instanceType: 'ecs.g7.large',
      imageId: 'm-1',
      securityGroupId: 'sg-1',
      keyPairName: 'k',
      diskGiB: 40,
      bandwidthMbps: 10,
      userData: 'U0VDUkVU',
    };

    const instanceId = await ecs.runInstance({
      ...wish,
      name: 'n',
      vSwitchId: 'vsw-1',
      tags: { a: 'b' },
      token: 't',
    });
    const template = await ecs.createTemplate({
      name: 'n',
      tags: { a: 'b' },
      content: { ...wish, instanceTags: { c: 'd' } },
    });
    const certId = await cloud
      .cas('ap-southeast-1')
      .upload({ name: 'c', chainPem: 'CHAIN', keyPem: 'SECRET+/=' });
    await ecs.assistant.start({ instanceId: 'i-1', command: 'echo SECRET', timeoutSeconds: 60 });

    expect({ instanceId, template, certId }).toEqual({
      instanceId: 'i-1',
      template: { launchTemplateId: 'lt-1', version: 1 },
      certId: 12345678901234,
    });
    expect(server.seen.map((call) => call.url).join('\n')).not.toMatch(/SECRET|U0VDUkVU|UserData|Command/);
    const forms = Object.fromEntries(server.seen.map((call) => [call.action, call.form]));
    expect(forms['RunInstances']).toMatchObject({
      UserData: 'U0VDUkVU',
      'SystemDisk.Size': '40',
      'Tag.1.Key': 'a',
      RegionId: 'ap-southeast-1',
    });
    expect(forms['CreateLaunchTemplate']).toMatchObject({ 'TemplateTag.1.Key': 'a', 'Tag.1.Key': 'c' });
    expect(forms['UploadUserCertificate']).toMatchObject({ Key: 'SECRET+/=' });
    expect(forms['RunCommand']).toMatchObject({ 'InstanceId.1': 'i-1', ContentEncoding: 'Base64' });
  });

  it('reads lists to their last page', async () => {
    const all = Array.from({ length: 120 }, (_none, index) => `vpc-${index}`);
    const server = await serve((seen, response) => {
      const page = Number(seen.query['PageNumber']);
      const items = all.slice((page - 1) * 50, page * 50).map((VpcId) => ({ VpcId, Status: 'Available' }));
      json(response, 200, { Vpcs: { Vpc: items }, TotalCount: all.length, PageNumber: page });
    });

    const vpcs = await server.cloud().in('cn-beijing').vpc.listVpcs({});

    expect(vpcs.map((vpc) => vpc.vpcId)).toEqual(all);
  });

  it('reads lists that are paged by token to their end', async () => {
    const server = await serve((seen, response) => {
      const next = seen.query['NextToken'] === undefined;
      json(response, 200, {
        Instances: {
          Instance: [
            {
              InstanceId: next ? 'i-1' : 'i-2',
              Status: 'Running',
              VpcAttributes: { VpcId: 'v', PrivateIpAddress: { IpAddress: ['10.0.0.1'] } },
              PublicIpAddress: { IpAddress: [] },
              EipAddress: { IpAddress: '203.0.113.9' },
              Tags: { Tag: [{ TagKey: 'a', TagValue: 'b' }] },
            },
          ],
        },
        NextToken: next ? 'more' : '',
      });
    });

    const instances = await server
      .cloud()
      .in('cn-beijing')
      .ecs.listInstances({ tags: { a: 'b' } });

    expect(instances.map((one) => one.instanceId)).toEqual(['i-1', 'i-2']);
    expect(instances[0]).toMatchObject({
      privateIp: '10.0.0.1',
      publicIp: '203.0.113.9',
      tags: { a: 'b' },
    });
  });

  it('asks for no instances when the list of ids is empty', async () => {
    const server = await serve((_seen, response) => json(response, 200, { Instances: { Instance: [] } }));

    const instances = await server.cloud().in('cn-beijing').ecs.listInstances({ instanceIds: [] });

    expect({ instances, calls: server.seen.length }).toEqual({ instances: [], calls: 0 });
  });

  it('tells metrics of each call without telling what was sent', async () => {
    const events: unknown[] = [];
    const server = await serve((seen, response) =>
      seen.action === 'DescribeVpcs'
        ? json(response, 200, { Vpcs: { Vpc: [] }, TotalCount: 0, RequestId: 'R-1' })
        : refuse(response, 403, 'Forbidden.RAM'),
    );
    const { vpc } = server.cloud({ onCall: (event) => events.push(event) }).in('cn-beijing');

    await vpc.listVpcs({});
    await failure(vpc.zones());

    expect(events).toMatchObject([
      { product: 'vpc', action: 'DescribeVpcs', regionId: 'cn-beijing', outcome: 'ok', requestId: 'R-1' },
      { action: 'DescribeZones', outcome: 'Forbidden.RAM' },
    ]);
  });
});
