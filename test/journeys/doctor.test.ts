import { beforeEach, describe, expect, it } from 'vitest';
import type { RedisServer } from '../../sandbox/redis.ts';
import type { World } from '../../sandbox/world.ts';
import { doctorBench } from '../support/doctor-bench.ts';
import type { Env } from '../support/doctor-bench.ts';
import { inventory } from '../support/holdings.ts';
import { startTraceReceiver } from '../support/trace-receiver.ts';

let env: Env;
const bench = doctorBench(() => env);
const { doctor, asProgram } = bench;
let world: World;
let redis: RedisServer;

beforeEach(async () => {
  ({ world, redis } = bench);
  env = await world.environment({ redisUrl: redis.url });
});

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
