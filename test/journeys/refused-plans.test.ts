import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { image } from '../../sandbox/alibaba/ecs/images.ts';
import type { Town } from '../support/town.ts';
import { untouchedTown } from '../support/untouched-town.ts';
import type { Watcher } from '../support/watcher.ts';

/** Entries of mongo.uris that no node could use, by what is wrong with them. */
const UNUSABLE: readonly [what: string, name: string, words: RegExp][] = [
  ['a database whose address is not there', 'shared', /variable SHARED_MONGO_URI is not set/],
  [
    'a database of another kind',
    'postgres',
    /entry postgres of mongo\.uris does not hold a mongodb:\/\/ URI/,
  ],
  ['a database password with an @', 'at', /hold a character that has a meaning there.*%40/],
  ['a database password with a slash', 'slash', /hold a character that has a meaning there.*%2F/],
  ['a database password with a per cent sign', 'percent', /hold a character that has a meaning there.*%25/],
  ['a database address that is too long', 'long', /user data has \d+ bytes; the cloud takes 16384/],
];

const ADDRESSES: Readonly<Record<string, string>> = {
  POSTGRES: 'postgres://team:hush-hush-hush@10.0.0.9/',
  AT: 'mongodb://team:hush@hush-hush@10.0.0.9:27017/',
  SLASH: 'mongodb://team:hush/hush-hush@10.0.0.9:27017/',
  PERCENT: 'mongodb://team:hush%hush-hush@10.0.0.9:27017/',
  LONG: `mongodb://team:hush-hush-hush@${Array.from({ length: 400 }, (_none, at) => `mongodb-of-the-team-${at}.example.com:27017`).join(',')}/`,
};

const LOCKED = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
}).privateKey;

const own = untouchedTown(
  {
    keyPairs: { locked: 'env:LOCKED' },
    mongo: {
      uris: {
        shared: 'env:SHARED_MONGO_URI',
        ...Object.fromEntries(Object.keys(ADDRESSES).map((name) => [name.toLowerCase(), `env:${name}`])),
      },
    },
  },
  { ...ADDRESSES, LOCKED },
);
let town: Town;
let seen: Watcher;

beforeAll(() => {
  ({ town, seen } = own);
});

describe('what only the cloud can tell to be wrong is refused before anybody is asked', () => {
  it('what the key may not do, where that can be tried without doing it', async () => {
    const [key] = town.world.alibaba.cloud.settings.accessKeys as unknown as { deny?: readonly string[] }[];
    if (!key) throw new Error('the account has no key');
    key.deny = ['vpc:CreateVpc', 'ecs:RunInstances', 'alb:CreateListener'];

    const answer = await seen.refused('create-cluster live --edge 1 --edge-min 1');
    const elsewhere = await seen.refused('create-cluster live --vpc vpc-gw8nothere --edge 1 --edge-min 1');

    delete key.deny;
    expect(answer).toMatch(
      /does not let my credentials.*vpc:CreateVpc, ecs:RunInstances, alb:CreateListener\./,
    );
    expect(answer).toMatch(/Allow vpc:CreateVpc, ecs:RunInstances, alb:CreateListener .*RAM/);
    expect(elsewhere).toMatch(/my credentials .*: ecs:RunInstances, alb:CreateListener\./);
  });

  it.each<[what: string, command: string, words: RegExp]>([
    ['an unknown region', 'create-cluster live --region eu-north-7', /no region eu-north-7.*eu-central-1/],
    [
      'a region with one zone',
      'create-cluster live --region me-central-1',
      /me-central-1 .*load balancer needs two.*--region/,
    ],
    [
      'zones that do not exist',
      'create-cluster live --zones eu-central-1x,eu-central-1y',
      /eu-central-1x is no zone of eu-central-1.*eu-central-1a, eu-central-1b/,
    ],
    [
      'an unknown type',
      'create-cluster live --edge-type ecs.c99.mega',
      /no instance type ecs\.c99\.mega for the edge nodes.*ecs\./,
    ],
    [
      'a type for another processor',
      'create-cluster live --edge-type ecs.c8y.xlarge',
      /ecs\.c8y\.xlarge is ARM; the Ant Media image is for x86/i,
    ],
    [
      'an unknown type for the database',
      'create-cluster live --mongo-type ecs.c99.mega',
      /no instance type ecs\.c99\.mega for the database\. Choose another with --mongo-type, e\.g\. ecs\.g7\.large\. op-/,
    ],
    [
      'a type for another processor for the database',
      'create-cluster live --mongo-type ecs.c8y.large',
      /ecs\.c8y\.large is ARM; the image of the database is for x86/,
    ],
    ...UNUSABLE.map(
      ([what, name, words]) =>
        [what, `create-cluster live --mongo-uri ${name}`, words] as [string, string, RegExp],
    ),
    [
      'a port that is none',
      'create-cluster live --mongo-uri mongodb://10.0.0.9:99999/',
      /A host in the database URI is not a host name or an address/,
    ],
    ['an unknown image', 'create-cluster live --image m-gw8nothere', /no usable image m-gw8nothere/],
    [
      'a domain that the certificate does not cover',
      'create-cluster live --domain live.example.org',
      /covers `\*\.live\.example\.com` but not live\.example\.org/,
    ],
    [
      'a domain two labels below a wildcard',
      'create-cluster live --domain a.b.live.example.com',
      /not a\.b\.live\.example\.com.*exactly one label/,
    ],
    ['an unknown CAS certificate', 'create-cluster live --certificate 987654', /holds no certificate 987654/],
    ['an unknown VPC', 'create-cluster live --vpc vpc-gw8nothere', /no VPC vpc-gw8nothere in eu-central-1/],
    [
      'a key pair without its private key',
      'create-cluster live --key-pair theirs',
      /private key of key pair theirs is not configured.*keyPairs/,
    ],
    [
      'a key pair whose private key has a pass phrase',
      'create-cluster live --key-pair locked',
      /private key of key pair locked is protected by a pass phrase/,
    ],
    [
      'a zone that alidns does not have',
      'create-cluster live --dns alidns',
      /no zone for live\.live\.example\.com.*--dns print/,
    ],
    ['scaling an unknown cluster', 'scale edge 3 nope', /no cluster `nope`.*create-cluster/],
    ['removing an unknown cluster', 'destroy-cluster nope --confirm nope', /no cluster `nope`/],
  ])('%s', async (_what, command, words) => {
    const answer = await seen.refused(command);

    expect(answer).toMatch(words);
    expect(answer).toContain('nothing was created or changed');
    expect(answer).not.toMatch(/unexpected|undefined|hush/);
  });

  it('a type that is sold out, with what is in stock instead', async () => {
    town.world.alibaba.cloud.settings.soldOut = [{ instanceType: 'ecs.c6.2xlarge' }];

    const answer = await seen.refused('create-cluster live --edge-type ecs.c6.2xlarge');

    expect(answer).toMatch(
      /ecs\.c6\.2xlarge is sold out .*edge nodes.*In stock.*ecs\.c7\.xlarge.*--edge-type/,
    );
    town.world.alibaba.cloud.settings.soldOut = [];
  });

  it('a missing subscription of the Marketplace image', async () => {
    town.world.alibaba.cloud.settings.subscribedProducts = [];

    const answer = await seen.refused('create-cluster live --edge 1 --edge-min 1');

    expect(answer).toMatch(
      /no subscription to the Marketplace image Ant Media Server Enterprise.*Subscribe to product cmjj/,
    );
    town.world.alibaba.cloud.settings.subscribedProducts = undefined;
  });

  it('an image that does not fit on the disk of the nodes', async () => {
    const { cloud } = town.world.alibaba;
    const id = 'ubuntu_22_04_x64_20G_alibase_20250815.vhd';
    Object.assign(image(cloud, 'eu-central-1', id) ?? {}, { sizeGiB: 60 });

    const answer = await seen.refused(`create-cluster live --image ${id}`);

    expect(answer).toMatch(/needs a disk of 60 GiB, and nodes get 40 GiB.*Set nodes\.diskGiB/);
  });

  it('several mistakes are told together', async () => {
    const answer = await seen.refused(
      'create-cluster live --edge-type ecs.c99.mega --domain live.example.org --vpc vpc-gw8nothere',
    );

    expect(answer).toMatch(/ecs\.c99\.mega/);
    expect(answer).toMatch(/not live\.example\.org/);
    expect(answer).toMatch(/no VPC vpc-gw8nothere/);
  });

  it('an unknown cluster to status and test-fly', async () => {
    expect(
      await seen.told(town.dana, () => town.dana.command('status nope', { channel: town.channel })),
    ).toMatch(/nope/);
    await expect.poll(() => town.whispered(town.dana.id)).toMatch(/There is no cluster `nope`/);
    await town.dana.command('test-fly nada', { channel: town.channel });
    await expect.poll(() => town.whispered(town.dana.id)).toMatch(/There is no cluster `nada`/);
  });
});
