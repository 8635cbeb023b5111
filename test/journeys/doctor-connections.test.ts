import { Redis } from 'ioredis';
import { beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../sandbox/redis.ts';
import type { RedisServer } from '../../sandbox/redis.ts';
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
});
