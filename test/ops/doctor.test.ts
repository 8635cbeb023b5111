import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, startRedis } from '../../sandbox/redis.ts';
import { startWorld } from '../../sandbox/world.ts';
import type { World } from '../../sandbox/world.ts';
import { createCloud } from '../../src/cloud/cloud.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { Finding } from '../../src/doctor/check.ts';
import { checkCloud } from '../../src/doctor/cloud.ts';
import { checkRedis } from '../../src/doctor/redis.ts';
import { cloudOptions } from '../../src/worker-role.ts';
import { ownRedis } from '../support/own-redis.ts';
import { placeAt } from '../support/redis-place.ts';

const badOf = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ state }) => state === 'bad');

describe('a Redis that answers and takes nothing is named by the doctor', () => {
  const own = ownRedis();
  const look = async (login = '') =>
    badOf(await checkRedis(placeAt(`redis://${login}127.0.0.1:${own.server.port}`)));

  it.each([
    ['maxmemory', '1', '0', 'Redis has no memory left', /^Give it more/],
    ['min-replicas-to-write', '1', '0', /too few replicas follow it/, /min-replicas-to-write/],
  ] as const)('with %s %s', async (name, spoilt, usual, what, fix) => {
    await own.redis.config('SET', name, spoilt);
    const found = await look();
    await own.redis.config('SET', name, usual);

    expect(found).toEqual([
      { state: 'bad', what: expect.stringMatching(what), fix: expect.stringMatching(fix) },
    ]);
    expect(await look()).toEqual([]);
  });

  it('as a replica', async () => {
    await own.redis.replicaof('127.0.0.1', '1');
    const found = await look();
    await own.redis.replicaof('NO', 'ONE');

    expect(found).toEqual([
      {
        state: 'bad',
        what: 'Redis is a replica, which takes nothing that is written',
        fix: expect.stringMatching(/^Let REDIS_URL name its master/),
      },
    ]);
    expect(await look()).toEqual([]);
  });

  it.each([
    ['write', '+info'],
    ['be asked what it is', '+ping'],
    ['run scripts', '+@all -@scripting'],
  ])('to a user who may not %s', async (_what, rights) => {
    await own.redis.call('ACL', 'SETUSER', 'looker', 'reset', 'on', '>word', '~*', ...rights.split(' '));

    expect(await look('looker:word@')).toEqual([
      {
        state: 'bad',
        what: expect.stringMatching(/^Redis.* does not let this user do what the queue needs$/),
        fix: expect.stringMatching(/ACL SETUSER/),
      },
    ]);
  });

  it('whatever it is that it refuses', async () => {
    const server = await startRedis({ 'rename-command': 'EVAL no-eval' });
    const found = badOf(await checkRedis(placeAt(server.url)));
    await server.close();

    expect(found).toEqual([
      {
        state: 'bad',
        what: 'Redis refuses what the queue writes (ERR)',
        fix: expect.stringMatching(/renamed/),
      },
    ]);
  });

  it('where the database that REDIS_URL names is not there', async () => {
    const { port } = own.server;

    expect(badOf(await checkRedis(placeAt(`redis://127.0.0.1:${port}/99`)))).toEqual([
      {
        state: 'bad',
        what: `Redis at 127.0.0.1:${port} has no database 99`,
        fix: expect.stringContaining('REDIS_URL'),
      },
    ]);
    expect(await look()).toEqual([]);
  });

  it('and one that takes it keeps nothing of the look', async () => {
    expect(await look()).toEqual([]);
    const keys = await own.redis.keys('*');
    const left = await Promise.all(keys.map((key) => own.redis.pttl(key)));

    // -1 is a key that stays.
    expect(left).not.toContain(-1);
  });
});

describe('Alibaba Cloud in the eyes of the doctor', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      timeScale: 0.01,
      alibaba: {
        accessKeys: [
          { id: 'sandbox-key-id', secret: 'sandbox-key-secret' },
          { id: 'narrow-key-id', secret: 'narrow-key-secret', user: 'narrow', deny: ['alb:*'] },
        ],
      },
    });
  });
  afterAll(() => world.close());

  async function configOf(change: Readonly<Record<string, string>>, certificate?: string) {
    const settings = certificate === undefined ? {} : { certificate, certificates: {} };
    const env = await world.environment({ redisUrl: 'redis://127.0.0.1:1', settings });
    return loadConfig({ ...env, ...change }, ['worker']);
  }

  it('a certificate that it should hold is looked for, and told of when it is not there', async () => {
    const { cloud, id } = await upload();

    const there = await checkCloud(await configOf({}, String(id)));
    await cloud.cas('eu-central-1').delete(id);
    const gone = await checkCloud(await configOf({}, String(id)));

    expect(there).toContainEqual({
      state: 'good',
      what: `Certificate ${id} of Certificate Management covers *.live.example.com`,
    });
    expect(badOf(there)).toEqual([]);
    expect(badOf(gone)).toEqual([
      {
        state: 'bad',
        what: `Certificate Management holds no certificate ${id} (certificate in ams.yaml)`,
        fix: expect.stringContaining('casEndpoint'),
      },
    ]);
  });

  async function upload() {
    const cloud = createCloud(cloudOptions(await configOf({})));
    const { chainPem, keyPem } = world.certificate;
    return { cloud, id: await cloud.cas('eu-central-1').upload({ name: 'held', chainPem, keyPem }) };
  }

  it('is told of without a button that there is not, and without a promise to try again', async () => {
    const denied = await checkCloud(
      await configOf({
        ALIBABA_CLOUD_ACCESS_KEY_ID: 'narrow-key-id',
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'narrow-key-secret',
      }),
    );
    const away = await checkCloud(
      await configOf({ AMS_ALIBABA_ENDPOINT: `http://127.0.0.1:${await freePort()}` }),
    );

    expect(badOf(denied).find(({ what }) => what.startsWith('ALB: '))?.fix).toMatch(
      /^Allow .*, then run the doctor again\.$/,
    );
    expect(badOf(away).map(({ fix }) => fix)).toEqual([
      'Check that this machine reaches Alibaba Cloud (or AMS_ALIBABA_ENDPOINT), and run the doctor again.',
    ]);
  });
});
