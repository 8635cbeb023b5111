import { afterEach, describe, expect, it } from 'vitest';
import { withAnswersSince } from '../../src/cloud/calling/answers.ts';
import { CloudError } from '../../src/cloud/errors.ts';
import { json, refuse, wireServer } from './wire-server.ts';
import type { Reply, Seen } from './wire-server.ts';

const open: { close(): Promise<void> }[] = [];

async function serve(reply: Reply) {
  const server = await wireServer(reply);
  open.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function failure(call: Promise<unknown>): Promise<CloudError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CloudError);
  return error as CloudError;
}

/** Everything of an error that could ever be printed, hidden fields included. */
function allOf(error: CloudError): string {
  const fields = Object.getOwnPropertyNames(error).map((name) => String(Reflect.get(error, name)));
  return [...fields, String(error.cause)].join('\n');
}

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

describe('a call that fails', () => {
  it('names the RAM action to allow', async () => {
    const server = await serve((_seen, response) =>
      refuse(response, 403, 'Forbidden.RAM', { AccessDeniedDetail: { AuthAction: 'vpc:DescribeVpcs' } }),
    );

    const error = await failure(server.cloud().in('cn-beijing').vpc.listVpcs({}));

    expect(error).toMatchObject({
      errorClass: 'permission',
      status: 403,
      alibabaCode: 'Forbidden.RAM',
      requestId: '0A1B2C3D-0000-0000-0000-00000000ABCD',
      deniedAction: 'vpc:DescribeVpcs',
      retryable: false,
      unknownOutcome: false,
    });
    expect(error.hint).toContain('vpc:DescribeVpcs');
    expect(error.message).toContain('0A1B2C3D-0000-0000-0000-00000000ABCD');
  });

  it.each([
    ['a gateway page', (response: Parameters<Reply>[1]) => response.writeHead(502).end('<html>bad</html>')],
    ['a fault', (response: Parameters<Reply>[1]) => refuse(response, 503, 'ServiceUnavailable')],
    ['a cut answer', (response: Parameters<Reply>[1]) => response.writeHead(200).end('{"VpcId": "v')],
    ['a reset', (response: Parameters<Reply>[1]) => response.destroy()],
  ])('leaves the outcome unknown after %s', async (_what, reply) => {
    const server = await serve((_seen, response) => {
      reply(response);
    });

    const error = await failure(
      server.cloud().in('cn-beijing').vpc.createVpc({ name: 'n', cidr: 'c', tags: {}, token: 't' }),
    );

    expect(error).toMatchObject({ unknownOutcome: true, retryable: true });
    expect(server.seen).toHaveLength(1);
  });

  it('gives up on silence, and only after the longer of the two limits', async () => {
    const server = await serve((seen, response) => {
      if (seen.action === 'DescribeZones')
        setTimeout(() => json(response, 200, { Zones: { Zone: [] } }), 500);
    });
    const { vpc } = server.cloud({ connectTimeoutMs: 100, readTimeoutMs: 1_200 }).in('cn-beijing');

    await expect(vpc.zones()).resolves.toEqual([]);
    expect(await failure(vpc.listVpcs({}))).toMatchObject({ errorClass: 'network', unknownOutcome: true });
  });

  it.each(['', '{}', 'null', '[]', '{"Vpcs":', '<html>'])(
    'believes no answer that says nothing, neither that nothing is there nor that it is done: %j',
    async (body) => {
      const server = await serve((_seen, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(body);
      });
      const { vpc, ess, alb } = server.cloud().in('eu-central-1');

      const calls = [vpc.listVpcs({ ids: ['vpc-1'] }), ess.listGroups({}), alb.deleteListener('lsn-1')];
      for (const error of await Promise.all(calls.map(failure)))
        expect(error).toMatchObject({ errorClass: 'network', retryable: true, unknownOutcome: true });
    },
  );

  it('never carries what was sent: not the key, not the user data, not the URL', async () => {
    const replies: Reply[] = [
      (_seen, response) => response.destroy(),
      (seen, response) => refuse(response, 400, 'InvalidParameter', { Message: JSON.stringify(seen.form) }),
      (seen, response) => refuse(response, 500, 'InternalError', { Message: JSON.stringify(seen.form) }),
      (_seen, response) => response.writeHead(200).end('PRIVATE-KEY-TEXT is no JSON'),
    ];
    let at = 0;
    const server = await serve((seen: Seen, response) => replies[at]?.(seen, response));
    const cas = server.cloud().cas('cn-hangzhou');

    for (at = 0; at < replies.length; at += 1) {
      const error = await failure(cas.upload({ name: 'n', chainPem: 'CHAIN', keyPem: 'PRIVATE-KEY-TEXT' }));
      expect(allOf(error)).not.toMatch(/PRIVATE-KEY-TEXT|CHAIN|127\.0\.0\.1|LTAItest/);
    }
  });

  it('honours how long the cloud asks to stay away', async () => {
    const server = await serve((_seen, response) =>
      json(
        response,
        400,
        { Code: 'Throttling.User', Message: 'm', RequestId: 'AAAAAAAA-1' },
        { 'x-acs-retry-after': '7000' },
      ),
    );

    const error = await failure(server.cloud().in('cn-beijing').ecs.regions());

    expect(error).toMatchObject({ errorClass: 'throttled', retryAfterMs: 7000 });
  });

  it('takes a thing that is gone for deleted, and for nothing when read', async () => {
    const server = await serve((seen, response) =>
      refuse(
        response,
        404,
        seen.action === 'DeleteListener' ? 'ResourceNotFound.listener' : 'InvalidVpcID.NotFound',
      ),
    );
    const region = server.cloud().in('cn-beijing');

    await region.alb.deleteListener('lsn-1');
    await region.vpc.deleteVpc('vpc-1');
    expect(await region.vpc.vpc('vpc-1')).toBeUndefined();
  });

  it('takes a dry run that would work for a success', async () => {
    const server = await serve((_seen, response) => refuse(response, 400, 'DryRunOperation'));

    const tried = await server.cloud().in('cn-beijing').dryRuns.tryWrites();

    expect(new Set(tried.map((one) => one.verdict))).toEqual(new Set(['allowed']));
    expect(server.seen.find((call) => call.action === 'RunInstances')?.form['DryRun']).toBe('true');
  });
});

describe('shared reads', () => {
  it('sends equal reads that are under way once, and reads again after a write', async () => {
    const waiting: (() => void)[] = [];
    const server = await serve((seen, response) => {
      if (seen.action !== 'DescribeVpcs') return json(response, 200, { VpcId: 'vpc-1' });
      waiting.push(() => json(response, 200, { Vpcs: { Vpc: [] }, TotalCount: 0 }));
    });
    const { vpc } = server.cloud().in('cn-beijing');
    const countOf = (action: string) => server.seen.filter((call) => call.action === action).length;

    const since = performance.now();
    const before = withAnswersSince(since, () =>
      Promise.all([vpc.listVpcs({}), vpc.listVpcs({}), vpc.listVpcs({})]),
    );
    await expect.poll(() => waiting.length).toBe(1);
    const after = withAnswersSince(since, async () => {
      await vpc.createVpc({ name: 'n', cidr: 'c', tags: {}, token: 't' });
      return vpc.listVpcs({});
    });
    await expect.poll(() => countOf('CreateVpc')).toBe(1);
    waiting[0]?.();
    await before;
    await expect.poll(() => waiting.length).toBe(2);
    waiting[1]?.();
    await after;

    expect(countOf('DescribeVpcs')).toBe(2);
  });
});
