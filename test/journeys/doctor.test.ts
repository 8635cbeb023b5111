import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../sandbox/certificates.ts';
import { freePort, startRedis } from '../../sandbox/redis.ts';
import type { RedisServer } from '../../sandbox/redis.ts';
import { PEOPLE, startWorld, workspace } from '../../sandbox/world.ts';
import type { World } from '../../sandbox/world.ts';
import { runDoctor } from '../../src/doctor.ts';
import { SCOPES } from '../../src/doctor/slack.ts';
import { inventory } from '../support/holdings.ts';
import { startTraceReceiver } from '../support/trace-receiver.ts';

type Env = Record<string, string>;

let world: World;
let redis: RedisServer;
let env: Env;

beforeAll(async () => {
  redis = await startRedis();
  world = await startWorld({
    timeScale: 0.01,
    slack: {
      limits: false,
      // All but what only makes invitations needless.
      scopes: [...Object.keys(SCOPES), 'files:write'],
      userGroups: [...(workspace().userGroups ?? []), { id: 'S0EMPTY001', handle: 'nobody-yet', users: [] }],
    },
    alibaba: {
      accessKeys: [
        { id: 'sandbox-key-id', secret: 'sandbox-key-secret' },
        { id: 'narrow-key-id', secret: 'narrow-key-secret', user: 'narrow', deny: ['alb:*'] },
        {
          id: 'reading-key-id',
          secret: 'reading-key-secret',
          user: 'reading',
          deny: ['vpc:CreateVpc', 'alb:CreateListener'],
        },
        { id: 'idle-key-id', secret: 'idle-key-secret', inactive: true },
      ],
    },
  });
}, 60_000);

beforeEach(async () => {
  env = await world.environment({ redisUrl: redis.url });
});

afterAll(async () => {
  await world.close();
  await redis.close();
});

/** As an operator does, in a folder without a `.env` of its own. */
async function asProgram(given: Env): Promise<{ code: number | null; report: string }> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [resolve('dist/product/main.js'), 'doctor'], {
    cwd: world.folder,
    env: { PATH, NODE_ENV: 'production', ...given },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pieces: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => pieces.push(chunk.toString()));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, report: pieces.join('') };
}

/** The same without a process of its own, which takes longer to start than to look. */
async function here(given: Env): ReturnType<typeof asProgram> {
  const lines: string[] = [];
  const code = await runDoctor(given, (line) => void lines.push(line));
  return { code, report: `${lines.join('\n')}\n` };
}

/** Runs the doctor and sees to it that no secret is told. */
async function doctor(change: Env = {}, unset: readonly string[] = [], run: typeof here = here) {
  const given: Env = { ...env, ...change };
  for (const name of unset) delete given[name];
  const { code, report } = await run(given);
  const secrets = [
    given['SLACK_BOT_TOKEN'],
    given['SLACK_APP_TOKEN'],
    given['SLACK_SIGNING_SECRET'],
    given['ALIBABA_CLOUD_ACCESS_KEY_SECRET'],
    given['AMS_SECRET_KEY'],
    /:([^:@/]+)@/.exec(given['REDIS_URL'] ?? '')?.[1],
    'PRIVATE KEY',
  ];
  for (const secret of secrets) if (secret) expect(report).not.toContain(secret);
  expect(report, 'a person reads it').not.toMatch(/\n {4}at |undefined|\[object/);
  return { code, report };
}

/** What is wrong is named on one line and its fix on the next; everything else is examined all the same. */
async function expectOnly(
  finding: RegExp,
  fix: RegExp,
  { code, report }: Awaited<ReturnType<typeof doctor>>,
): Promise<void> {
  const lines = report.split('\n');
  const bad = lines.filter((line) => line.startsWith('BAD'));
  expect(bad.join('\n')).toMatch(finding);
  expect(bad, report).toHaveLength(1);
  expect(lines[lines.indexOf(bad[0] ?? '') + 1]).toMatch(fix);
  expect(report).toMatch(/^1 thing to fix before it will work\.$/m);
  expect(code).toBe(1);
}

describe('where everything is right', () => {
  it('says so line by line and ends with 0', async () => {
    const { code, report } = await doctor({}, [], asProgram);

    const lines = report.trim().split('\n');
    expect(lines.at(-1)).toBe('Ready: npm start');
    expect(report).not.toContain('BAD');
    expect(lines.filter((line) => line.startsWith('warn'))).toEqual([
      expect.stringContaining('chat:write.public is missing: in public channels the bot can post only'),
    ]);
    for (const part of ['configuration', 'Redis 7', 'Slack knows the bot', 'Socket Mode', 'Approver group'])
      expect(report).toContain(part);
    for (const part of [
      'Alibaba Cloud knows us',
      'VPC',
      'ECS',
      'ALB',
      'Auto Scaling',
      'can be tried without doing them are allowed',
      'Nodes would boot from',
    ])
      expect(report).toContain(part);
    expect(report).toMatch(/Certificate "default" covers \*\.live\.example\.com for \d+ days/);
    expect(code).toBe(0);
  });

  it('nothing is changed by looking', async () => {
    const before = world.alibaba.cloud.requests.length;
    const held = inventory(world);
    await doctor();

    const asked = world.alibaba.cloud.requests.slice(before).map((one) => one.action);
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((action) => !/^(Describe|List|Get|Query|CheckProductOpen)/.test(action))).toEqual([]);
    expect(world.alibaba.cloud.dryRuns.length).toBeGreaterThan(10);
    expect(inventory(world)).toEqual(held);
    expect(world.slack.messages('C0EVENTS01')).toEqual([]);
  });
});

describe('what is wrong is named with its fix', () => {
  it('a bot token that Slack does not know', async () => {
    const seen = await doctor({ SLACK_BOT_TOKEN: 'xoxb-1111-wrong' });

    await expectOnly(/Slack refuses SLACK_BOT_TOKEN \(invalid_auth\)/, /Bot User OAuth Token/, seen);
  });

  it('an app token that Slack does not know', async () => {
    const seen = await doctor({ SLACK_APP_TOKEN: 'xapp-1-A0AMSAPP01-wrong' });

    await expectOnly(
      /Socket Mode cannot be opened \(invalid_auth\)/,
      /SLACK_APP_TOKEN.*connections:write/,
      seen,
    );
  });

  it.each([
    ['auth.test', 'Slack'],
    ['apps.connections.open', 'Socket Mode'],
    ['usergroups.users.list', 'Approver group S0APPROVER'],
  ])('is not what Slack has no time to answer: %s', async (method, what) => {
    world.slack.faults.set(method, { kind: 'ratelimited', retryAfterSeconds: 17 }, 1);

    const { code, report } = await doctor();

    expect(report).toContain(
      `warn  ${what} could not be looked at: Slack has had too many calls of this app\n      -> Run the doctor again in 17 s.`,
    );
    expect(code).toBe(0);
  });

  it('an address where there is no Slack', async () => {
    const seen = await doctor({ SLACK_API_URL: `http://127.0.0.1:${await freePort()}/api/` });

    await expectOnly(/Slack does not answer at 127\.0\.0\.1:\d+/, /SLACK_API_URL|network/, seen);
  });

  it('an address where there is no Redis', async () => {
    const seen = await doctor({ REDIS_URL: `redis://:hush-redis-word@127.0.0.1:${await freePort()}` });

    await expectOnly(/Redis does not answer at 127\.0\.0\.1:\d+/, /Start it, or correct REDIS_URL/, seen);
  });

  it('a Redis that refuses the password, and one that throws keys away', async () => {
    const admin = new Redis(redis.url);
    await admin.config('SET', 'requirepass', 'right-redis-word');
    const place = redis.url.replace('redis://', 'redis://:wrong-redis-word@');
    const refused = await doctor({ REDIS_URL: place });
    await admin.config('SET', 'requirepass', '');
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const forgetful = await doctor();
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    admin.disconnect();

    await expectOnly(/Redis at 127\.0\.0\.1:\d+ refuses the user name or password/, /REDIS_URL/, refused);
    await expectOnly(/throws keys away when it is full \(allkeys-lru\)/, /noeviction/, forgetful);
  });

  it.each<[string, Env, RegExp, RegExp]>([
    [
      'an access key that Alibaba Cloud does not know',
      { ALIBABA_CLOUD_ACCESS_KEY_ID: 'nobody-key-id' },
      /Alibaba Cloud credentials: /,
      /access key|ALIBABA_CLOUD_ACCESS_KEY/i,
    ],
    [
      'a wrong secret',
      { ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'not-the-secret-of-it' },
      /Alibaba Cloud credentials: /,
      /secret|ALIBABA_CLOUD_ACCESS_KEY/i,
    ],
    [
      'a key that was switched off',
      { ALIBABA_CLOUD_ACCESS_KEY_ID: 'idle-key-id', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'idle-key-secret' },
      /Alibaba Cloud credentials: /,
      /access key|ALIBABA_CLOUD_ACCESS_KEY/i,
    ],
    [
      'a key that may read all and not write all',
      {
        ALIBABA_CLOUD_ACCESS_KEY_ID: 'reading-key-id',
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'reading-key-secret',
      },
      /may not write: vpc:CreateVpc, alb:CreateListener$/m,
      /Allow vpc:CreateVpc, alb:CreateListener .*ram-policy/,
    ],
  ])('%s', async (_what, change, finding, fix) => {
    await expectOnly(finding, fix, await doctor(change));
  });

  it('a product that the key may neither read nor write', async () => {
    const { code, report } = await doctor({
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'narrow-key-id',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'narrow-key-secret',
    });

    expect(report).toMatch(/^BAD {3}ALB: .*alb:DescribeZones/m);
    expect(report).toMatch(
      /^BAD {3}The credentials may not write: alb:CreateLoadBalancer, .*alb:DeleteListener$/m,
    );
    expect(report.match(/^BAD/gm)).toHaveLength(2);
    expect(code).toBe(1);
  });

  it('an image that the account has not subscribed to', async () => {
    world.alibaba.cloud.settings.subscribedProducts = [];
    const seen = await doctor();
    world.alibaba.cloud.settings.subscribedProducts = undefined;

    await expectOnly(/Ant Media|image|subscri/i, /subscri|marketplace/i, seen);
  });

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

  it('what needs neither token nor access key, though Slack and Alibaba Cloud let nobody in', async () => {
    const settings = {
      approval: { approvers: ['U0ANN00001'], quorum: 2 },
      certificates: { default: { chain: 'file:/nowhere/chain.pem', key: 'file:/nowhere/key.pem' } },
      nodes: { licenceKey: 'env:NO_SUCH_LICENCE' },
      ssh: {},
    };
    env = await world.environment({ redisUrl: redis.url, settings });

    const { report } = await doctor({
      SLACK_BOT_TOKEN: 'xoxb-1111-wrong',
      SLACK_APP_TOKEN: 'xapp-1-A0AMSAPP01-wrong',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'nobody-key-id',
    });

    for (const line of [
      'Slack refuses SLACK_BOT_TOKEN',
      'Socket Mode cannot be opened',
      'A plan needs 2 approvals and 1 person may approve',
      'Alibaba Cloud credentials: ',
      'Certificate "default": .*/nowhere/chain.pem',
      'nodes.licenceKey: .*NO_SUCH_LICENCE',
    ])
      expect(report).toMatch(new RegExp(`^BAD {3}${line}`, 'm'));
    expect(report).toContain('warn  ssh.from is not set');
    expect(report).toContain('6 things to fix before it will work.');
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

  it('a variable that nobody reads, which stops nothing', async () => {
    const { code, report } = await doctor({ AMS_NAMESPAC: 'two' });

    expect(report).toContain(
      'warn  AMS_NAMESPAC is not a variable that is read; did you mean AMS_NAMESPACE?',
    );
    expect(code).toBe(0);
  });

  it('everything that the environment and ams.yaml lack, at once', async () => {
    const lacking = ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'AMS_SECRET_KEY'];
    const { code, report } = await doctor({}, lacking, asProgram);
    expect(code).toBe(1);
    for (const name of ['SLACK_BOT_TOKEN is not set', 'SLACK_APP_TOKEN', 'AMS_SECRET_KEY is not set'])
      expect(report).toMatch(new RegExp(`^BAD +.*${name}`, 'm'));
    expect(report).toContain('openssl rand -hex 32');

    const half = await doctor({ REDIS_URL: 'localhost' }, ['ALIBABA_CLOUD_ACCESS_KEY_SECRET']);
    expect(half.code).toBe(1);
    expect(half.report).toMatch(/BAD +REDIS_URL must look like redis:\/\//);
    expect(half.report).toMatch(/BAD +ALIBABA_CLOUD_ACCESS_KEY_SECRET is not set/);

    const settings = { region: 7, aproval: {} };
    env = await world.environment({ redisUrl: redis.url, settings });
    const typo = await doctor();
    expect(typo.code).toBe(1);
    expect(typo.report).toMatch(/ams\.yaml: region: /);
    expect(typo.report).toMatch(/aproval/);
  });
});

describe('traces, when they are wanted', () => {
  it('arrive, or the doctor says why not and that nothing else needs them', async () => {
    const receiver = await startTraceReceiver();
    const login = 'Bearer%20of-the-receiver';
    const wanted = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${login}`,
    };

    const arrived = await doctor(wanted, [], asProgram);
    await receiver.close();
    const away = await doctor(wanted, [], asProgram);

    expect(receiver.requests[0]?.headers.authorization).toBe('Bearer of-the-receiver');
    expect(arrived.report).toContain(`ok    Traces arrive at ${receiver.url}`);
    expect(away.report).toMatch(
      new RegExp(`warn  Traces do not arrive at ${receiver.url} \\((ECONNREFUSED|no answer)\\)`),
    );
    expect([arrived.code, away.code]).toEqual([0, 0]);
    expect(arrived.report + away.report).not.toContain('of-the-receiver');
  });
});
