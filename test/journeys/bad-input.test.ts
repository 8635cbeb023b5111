import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { image } from '../../sandbox/alibaba/ecs/images.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

let town: Town;
let seen: Watcher;

beforeAll(async () => {
  town = await openTown({
    idle: true,
    settings: {
      prices: { albPerHour: 0.025 },
      keyPairs: { locked: 'env:LOCKED' },
      mongo: {
        uris: {
          shared: 'env:SHARED_MONGO_URI',
          ...Object.fromEntries(Object.keys(ADDRESSES).map((name) => [name.toLowerCase(), `env:${name}`])),
        },
      },
    },
  });
  Object.assign(town.env, ADDRESSES, { LOCKED });
  await town.start();
  seen = watch(town);
}, 60_000);

afterAll(() => town.close());

afterEach(() => {
  expect(seen.writes()).toEqual([]);
  expect(seen.plans()).toBe(0);
});

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

const LONG = 'a'.repeat(31);

describe('what is typed wrongly is answered at once, to whoever typed it alone', () => {
  it.each<[what: string, command: string, words: RegExp]>([
    ['an upper case name', 'create-cluster Live --edge 1', /"Live" cannot be the name.*2 to 30 of a-z/],
    ['a name with a space', 'create-cluster "my live" --edge 1', /"my live" cannot be the name/],
    ['two words for a name', 'create-cluster my live --edge 1', /"live" is one word too many/],
    ['an emoji', 'create-cluster live🎉 --edge 1', /cannot be the name of a cluster/],
    ['a Slack emoji', 'create-cluster :tada: --edge 1', /cannot be the name of a cluster/],
    ['a name of 31 letters', `create-cluster ${LONG} --edge 1`, /cannot be the name.*2 to 30/],
    ['a name of one letter', 'create-cluster a --edge 1', /"a" cannot be the name/],
    ['a path', 'create-cluster ../etc --edge 1', /"\.\.\/etc" cannot be the name/],
    ['a call to all', 'create-cluster <!channel> --edge 1', /cannot be the name/],
    ['a hyphen at the end', 'create-cluster live- --edge 1', /"live-" cannot be the name/],
    ['no name', 'create-cluster --edge 1', /needs a name.*\/ams create-cluster <name>/],
    ['a misspelt command', 'creat-cluster live', /no command "creat-cluster".*Did you mean.*create-cluster/],
    ['an unknown command', 'frobnicate now', /no command "frobnicate".*\/ams help/],
    ['a misspelt option', 'create-cluster live --egde 3', /no option --egde.*Did you mean --edge\?/],
    ['an unknown option', 'create-cluster live --colour red', /no option --colour.*help create-cluster/],
    ['an option without its value', 'create-cluster live --edge', /--edge needs a value/],
    ['an option given twice', 'create-cluster live --edge 1 --edge 2', /--edge is given twice/],
    ['something that is no region', 'create-cluster live --region Mars', /"Mars" is not a region id/],
    [
      'one zone',
      'create-cluster live --zones eu-central-1a',
      /One zone is too few.*load balancer lives in 2/,
    ],
    ['the same zone twice', 'create-cluster live --zones eu-central-1a,eu-central-1a', /zone is named twice/],
    [
      'a zone of another region',
      'create-cluster live --zones us-west-1a,eu-central-1a',
      /Zone us-west-1a is not in region eu-central-1/,
    ],
    ['no nodes', 'create-cluster live --edge 0 --edge-min 0', /"0" is not .*whole number from 1 to 1000/],
    ['a negative count', 'create-cluster live --edge -1', /"-1" is not .*number of edge nodes/],
    ['half a node', 'create-cluster live --edge 2.5', /"2\.5" is not .*whole number/],
    ['a count in words', 'create-cluster live --edge five', /"five" is not .*whole number/],
    ['an exponent', 'create-cluster live --edge 1e9', /"1e9" is not .*whole number from 1 to 1000/],
    ['a billion', 'create-cluster live --edge 1000000000', /is not .*whole number from 1 to 1000/],
    [
      'min above max',
      'create-cluster live --edge-min 5 --edge-max 3 --edge 5',
      /min \(5\) is above its max \(3\)/,
    ],
    [
      'desired above max',
      'create-cluster live --edge 5 --edge-max 3',
      /desired number \(5\) is above its max \(3\)/,
    ],
    ['a maximum of none', 'create-cluster live --origin-max 0', /"0" is not a largest number/],
    [
      'a CPU target that AMS cannot reach',
      'create-cluster live --edge-cpu 90',
      /"90" is not a CPU target.*10 to 74/,
    ],
    ['a type that is none', 'create-cluster live --edge-type huge', /"huge" is not an instance type.*ecs\./],
    ['an image that is none', 'create-cluster live --image ../../x', /is not an image id/],
    ['a public block', 'create-cluster live --cidr 8.8.0.0/16', /8\.8\.0\.0\/16 is not private/],
    ['a block too large', 'create-cluster live --cidr 10.0.0.0/8', /10\.0\.0\.0\/8 is \/8.*\/16 to \/28/],
    [
      'no block',
      'create-cluster live --cidr everything',
      /"everything" is not an IPv4 block.*10\.0\.0\.0\/16/,
    ],
    ['a block begun in its middle', 'create-cluster live --cidr 10.0.5.0/16', /10\.0\.0\.0\/16/],
    ['a domain with a scheme', 'create-cluster live --domain https://live.example.com', /without https:\/\//],
    [
      'a domain with a space',
      'create-cluster live --domain "live example"',
      /"live example" is not a domain name/,
    ],
    [
      'an unknown certificate',
      'create-cluster live --certificate other',
      /no certificate "other".*Known: default/,
    ],
    [
      'an unknown database',
      'create-cluster live --mongo-uri mine',
      /no "mine" under mongo\.uris.*Known: shared/,
    ],
    ['a VPC id that is none', 'create-cluster live --vpc mine', /"mine" is not a VPC id/],
    [
      'a VPC and a block',
      'create-cluster live --vpc vpc-gw8abc123 --cidr 10.1.0.0/16',
      /--vpc and --cidr exclude each other/,
    ],
    [
      'an old Ubuntu',
      'create-cluster live --ubuntu 20.04',
      /Ubuntu 20\.04 cannot carry the database.*22\.04/,
    ],
    ['a way of DNS that is none', 'create-cluster live --dns magic', /"magic" is not a way to set the CNAME/],
    ['nonsense', '?!§$%&/()=', /There is no command/],
    ['an open quotation mark', 'create-cluster "live --edge 1', /quotation mark is opened and never closed/],
    ['3,000 characters', `create-cluster ${'x'.repeat(3_000)}`, /has 3015 characters.*at most 2000/],
    ['a group that is none', 'scale egde 3', /"egde" is not a group.*Did you mean edge\?/],
    ['no group', 'scale', /Which group should be scaled\?/],
    ['no number', 'scale edge', /How many edge nodes/],
    ['a number in words', 'scale edge five live', /"five" is not a number of nodes.*whole number/],
    ['a difference of nothing', 'scale edge +0 live', /difference of 0 changes nothing/],
    ['approve without an operation', 'approve', /Which operation\?.*There is none to approve now; .*ams ops/],
    ['approve of what is no id', 'approve everything', /"everything" is not the id of an operation/],
    ['approve of an unknown id', 'approve op-zzzzzzzz', /no operation op-zzzzzzzz/],
    ['cancel of an unknown id', 'cancel op-zzzzzzzz', /no operation op-zzzzzzzz/],
    ['destroy without a name', 'destroy-cluster', /Which cluster should be removed/],
    [
      'destroy with another name again',
      'destroy-cluster live --confirm life',
      /names differ: "live" and "life".*Nothing was started/,
    ],
  ])('%s', async (_what, command, words) => {
    const answer = await seen.answer(command);

    expect(answer).toMatch(words);
    expect(answer).not.toMatch(/unexpected|undefined/);
  });

  it('a name that would call everybody calls nobody', async () => {
    await seen.answer('create-cluster <!channel> --edge 1');

    expect(town.whispered(town.dana.id)).toContain('&lt;!channel>');
    expect(town.whispered(town.dana.id)).not.toContain('<!channel>');
  });

  it('a password in a database address, which is not repeated', async () => {
    const answer = await seen.answer('create-cluster live --mongo-uri mongodb://u:s3cretpw@10.0.0.9/x');

    expect(answer).toMatch(/passwords do not belong in Slack.*--mongo-uri <name>/);
    expect(answer).not.toContain('s3cretpw');
  });

  it('smart quotes and dashes are understood as they were meant', async () => {
    expect(await seen.answer('create-cluster “my live” —edge 2')).toMatch(/"my live" cannot be the name/);
    expect(await seen.answer('create-cluster live —egde 2')).toMatch(/Did you mean --edge/);
  });
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

describe('the form tells each mistake at its field', () => {
  it.each<[what: string, values: Record<string, string>, field: string, words: RegExp]>([
    ['a bad name', { name: 'My Live' }, 'name', /cannot be the name/],
    ['a bad region', { name: 'live', region: 'Mars' }, 'region', /not a region id/],
    ['one zone', { name: 'live', zones: 'eu-central-1a' }, 'zones', /too few/],
    ['a zone of another region', { name: 'live', zones: 'us-west-1a, us-west-1b' }, 'zones', /not in region/],
    ['a bad domain', { name: 'live', domain: 'https://x' }, 'domain', /not a domain name/],
    ['a bad type', { name: 'live', 'edge-type': 'big' }, 'edge-type', /not an instance type/],
    [
      'min above max',
      { name: 'live', 'edge-min': '5', edge: '5', 'edge-max': '3' },
      'edge-min',
      /above its max/,
    ],
    ['desired above max', { name: 'live', edge: '9', 'edge-max': '3' }, 'edge', /above its max/],
    ['a bad image', { name: 'live', image: '!!!' }, 'image', /not an image id/],
    ['a bad certificate', { name: 'live', 'certificate-cas': 'a b' }, 'certificate-cas', /not a certificate/],
  ])('%s', async (_what, values, field, words) => {
    await town.dana.command('create-cluster', { channel: town.channel });
    await expect.poll(() => town.dana.openView()?.callback_id).toBeDefined();
    const form = town.dana.openView();
    if (!form) throw new Error('no form is open');

    const answer = await town.dana.submit(form, values);

    expect(answer.result).toBe('errors');
    expect(Object.keys(answer.errors ?? {})).toEqual([field]);
    expect(answer.errors?.[field]).toMatch(words);
    town.dana.closeView({ all: true });
  });
});
