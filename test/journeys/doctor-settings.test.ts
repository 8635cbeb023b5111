import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { makeCertificate } from '../../sandbox/certificates.ts';
import type { RedisServer } from '../../sandbox/redis.ts';
import { PEOPLE } from '../../sandbox/world.ts';
import type { World } from '../../sandbox/world.ts';
import { doctorBench } from '../support/doctor-bench.ts';
import type { Env } from '../support/doctor-bench.ts';

let env: Env;
const bench = doctorBench(() => env);
const { doctor, expectOnly } = bench;
let world: World;
let redis: RedisServer;

beforeEach(async () => {
  ({ world, redis } = bench);
  env = await world.environment({ redisUrl: redis.url });
});

describe('what is wrong is named with its fix', () => {
  it('a certificate that has expired, one that is no certificate, and one that is not there', async () => {
    const long = new Date(Date.now() - 200 * 86_400_000);
    const old = await makeCertificate({ names: ['*.live.example.com'], notBefore: long, days: 90 });
    const [chain, key] = [join(world.folder, 'other-chain.pem'), join(world.folder, 'other-key.pem')];
    await writeFile(chain, old.chainPem);
    await writeFile(key, old.keyPem);
    const settings = { certificates: { default: { chain: `file:${chain}`, key: `file:${key}` } } };
    env = await world.environment({ redisUrl: redis.url, settings });
    await expectOnly(/Certificate "default": .*expired/i, /certificates\.default/, await doctor());

    await writeFile(chain, 'not a certificate');
    await expectOnly(/Certificate "default": /, /certificates\.default/, await doctor());

    const missing = { default: { chain: 'file:/nowhere/chain.pem', key: `file:${key}` } };
    env = await world.environment({ redisUrl: redis.url, settings: { certificates: missing } });
    await expectOnly(/Certificate "default": .*\/nowhere\/chain\.pem/, /\S/, await doctor());
  }, 60_000);

  it('nobody who may approve, and a group of approvers that is not there', async () => {
    env = await world.environment({ redisUrl: redis.url, settings: { approval: { approvers: [] } } });
    await expectOnly(/Nobody may approve/, /approval\.approvers/, await doctor());

    const settings = { approval: { approvers: ['S0NOBODY01'] } };
    env = await world.environment({ redisUrl: redis.url, settings });
    await expectOnly(/Approver group S0NOBODY01 cannot be read/, /Check the id/, await doctor());
  });

  it('a group that alone may use the bot and is not there', async () => {
    env = await world.environment({
      redisUrl: redis.url,
      settings: { access: { requesters: ['S0NOBODY01', PEOPLE.approvers] } },
    });

    await expectOnly(/Requester group S0NOBODY01 cannot be read/, /Check the id/, await doctor());
  });

  it.each<[what: string, approval: Record<string, unknown>, line: RegExp, fix: RegExp]>([
    [
      'fewer people than approvals',
      { approvers: ['U0ANN00001'], quorum: 5 },
      /^BAD {3}A plan needs 5 approvals and 1 person may approve: every plan would expire$/,
      /Name more people under approval\.approvers in ams\.yaml, or set approval\.quorum to 1 at most/,
    ],
    [
      'somebody named twice, alone and in a group',
      { approvers: [PEOPLE.approver, PEOPLE.approvers], quorum: 3 },
      /^BAD {3}A plan needs 3 approvals and 2 people may approve/,
      /quorum to 2 at most/,
    ],
    [
      'an empty group',
      { approvers: ['S0EMPTY001'] },
      /^BAD {3}A plan needs 1 approval and nobody may approve: every plan would expire$/,
      /Name more people under approval\.approvers in ams\.yaml\./,
    ],
  ])('approvals that nobody can give: %s', async (_what, approval, line, fix) => {
    env = await world.environment({ redisUrl: redis.url, settings: { approval } });

    await expectOnly(line, fix, await doctor());
  });

  it('approvers who would wait for themselves, unless they may', async () => {
    const approval = { approvers: ['U0ANN00001'], quorum: 1 };
    env = await world.environment({ redisUrl: redis.url, settings: { approval } });
    const alone = await doctor();
    env = await world.environment({
      redisUrl: redis.url,
      settings: { approval: { ...approval, selfApproval: true } },
    });
    const allowed = await doctor();

    expect(alone.report).toContain(
      'warn  1 person may approve and 1 is needed, but nobody may approve their own request: what an approver asks for would expire\n      -> Name more people under approval.approvers in ams.yaml, or allow approval.selfApproval.',
    );
    expect(allowed.report).toContain('ok    1 person may approve, 1 needed for a plan');
    expect([alone.code, allowed.code]).toEqual([0, 0]);
  });

  it('a region that Alibaba Cloud does not know', async () => {
    env = await world.environment({ redisUrl: redis.url, settings: { region: 'eu-central-2' } });
    await expectOnly(
      /Alibaba Cloud has no region eu-central-2 for this account \(region in ams\.yaml\)/,
      /Did you mean eu-central-1\?/,
      await doctor(),
    );

    env = await world.environment({
      redisUrl: redis.url,
      settings: { regions: ['eu-central-1', 'xx-mars-1'] },
    });
    await expectOnly(
      /Alibaba Cloud has no region xx-mars-1 for this account \(regions\.1 in ams\.yaml\)/,
      /Use one of .*eu-central-1/,
      await doctor(),
    );
  });

  it('a usual region and certificate that every command would have to replace, which stops nothing', async () => {
    const certificates = { events: { chain: 'env:CHAIN', key: 'env:KEY' } };
    const settings = { regions: ['cn-hangzhou'], certificates };
    env = await world.environment({ redisUrl: redis.url, settings });
    const { report } = await doctor();

    expect(report).toMatch(
      /^warn {2}Commands that name no region are refused: .* only cn-hangzhou\n +-> Add eu-central-1 /m,
    );
    expect(report).toMatch(
      /^warn {2}There is no certificate "default" for commands .*\n +-> Let certificate .* events, /m,
    );

    env = await world.environment({
      redisUrl: redis.url,
      settings: { certificate: '12345-cn-hangzhou', certificates: {} },
    });
    expect((await doctor()).report).not.toMatch(/^warn.*certificate/im);
  });

  it('a certificate whose chain leads to no root that the test flight trusts, which stops nothing', async () => {
    const roots = join(world.folder, 'other-root.pem');
    await writeFile(roots, rootCertificates[0] ?? '');
    env = await world.environment({ redisUrl: redis.url, settings: { trustedRoots: `file:${roots}` } });
    const { code, report } = await doctor();

    expect(report).toMatch(
      /^warn {2}Certificate "default": its chain leads to "[^"]+", which is neither in it .*\n +-> Append the missing .*certificates\.default .*trustedRoots in ams\.yaml/m,
    );
    expect(code).toBe(0);
  });

  it('a usual certificate that is not for the usual domain, which stops nothing', async () => {
    const reportFor = async (domain: string) => {
      env = await world.environment({ redisUrl: redis.url, settings: { domain } });
      return doctor();
    };
    const [other, own] = [await reportFor('live.example.com'), await reportFor('tv.live.example.com')];

    expect(other.report).toMatch(
      /^warn {2}Certificate "default" covers \*\.live\.example\.com and not live\.example\.com \(domain .*\n +-> Correct domain, /m,
    );
    expect(other.code).toBe(0);
    expect(own.report).not.toMatch(/^warn.*Certificate/m);
  });

  it('a usual certificate of single clusters, whose names the domain holds, is for it', async () => {
    const made = await makeCertificate({ names: ['one.example.com', 'two.example.com'] });
    const [chain, key] = [join(world.folder, 'single-chain.pem'), join(world.folder, 'single-key.pem')];
    await writeFile(chain, made.chainPem);
    await writeFile(key, made.keyPem);
    const certificates = { default: { chain: `file:${chain}`, key: `file:${key}` } };
    const settings = { certificates, domain: '{cluster}.example.com' };
    env = await world.environment({ redisUrl: redis.url, settings });

    expect((await doctor()).report).not.toContain('and not {cluster}');
  });

  it('a usual key pair whose private key is not configured, which stops nothing', async () => {
    env = await world.environment({ redisUrl: redis.url, settings: { keyPair: 'team' } });
    const lacking = await doctor({ TEAM_KEY: 'of-the-team' });
    const keyPairs = { team: 'env:TEAM_KEY' };
    env = await world.environment({ redisUrl: redis.url, settings: { keyPair: 'team', keyPairs } });
    const there = await doctor({ TEAM_KEY: 'of-the-team' });

    expect(lacking.report).toMatch(
      /^warn {2}The private key of key pair team .* is not configured.*\n +-> Add it under keyPairs /m,
    );
    expect(lacking.code).toBe(0);
    expect(there.report).not.toContain('key pair team');
  });

  it('the address of the example, from which nobody comes, which stops nothing', async () => {
    const { ssh } = parse(await readFile('ams.example.yaml', 'utf8')) as { ssh: { from: string } };
    env = await world.environment({ redisUrl: redis.url, settings: { ssh: { from: ssh.from } } });

    const { code, report } = await doctor();

    expect(report).toContain(`warn  ssh.from is still that of the example (${ssh.from}): clusters with`);
    expect(code).toBe(0);
  });
});
