import { describe, expect, it } from 'vitest';
import type { CloudError } from '../../src/cloud/errors.ts';
import { failure, json, refuse, wireServers } from './wire-server.ts';
import type { Reply, Seen } from './wire-server.ts';

const serve = wireServers();

/** Everything of an error that could ever be printed, hidden fields included. */
function allOf(error: CloudError): string {
  const fields = Object.getOwnPropertyNames(error).map((name) => String(Reflect.get(error, name)));
  return [...fields, String(error.cause)].join('\n');
}

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

  it.each(['', '{}', 'null', '[]', '"OK"', '{"Vpcs":', '<html>'])(
    'believes no answer that says nothing, neither that nothing is there nor that it is done: %j',
    async (body) => {
      const server = await serve((_seen, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(body);
      });
      const { vpc, ess, alb } = server.cloud().in('eu-central-1');

      const calls = [vpc.listVpcs({}), ess.listGroups({}), alb.deleteListener('lsn-1')];
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
