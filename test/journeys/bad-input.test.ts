import { beforeAll, describe, expect, it } from 'vitest';
import type { Town } from '../support/town.ts';
import { untouchedTown } from '../support/untouched-town.ts';
import type { Watcher } from '../support/watcher.ts';

const own = untouchedTown({ mongo: { uris: { shared: 'env:SHARED_MONGO_URI' } } });
let town: Town;
let seen: Watcher;

beforeAll(() => {
  ({ town, seen } = own);
});

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
