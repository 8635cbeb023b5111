import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../sandbox/certificates.ts';
import type { MadeCertificate } from '../../sandbox/certificates.ts';
import { createCloud } from '../../src/cloud/cloud.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

let town: Town;
let seen: Watcher;
let folder: string;
/** Numbers of those that Certificate Management holds. */
const held = new Map<string, number>();

/** What the cloud was asked to make before anybody typed a command. */
let writes: string[];

const NAMES = ['*.live.example.com'];
const LONG_AGO = new Date(Date.now() - 40 * 86_400_000);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ams-certificates-'));
  const [good, other] = await Promise.all([
    makeCertificate({ names: NAMES }),
    makeCertificate({ names: NAMES }),
  ]);
  const made: Record<string, Partial<MadeCertificate>> = {
    expired: await makeCertificate({ names: NAMES, notBefore: LONG_AGO, days: 30 }),
    early: await makeCertificate({ names: NAMES, notBefore: new Date(Date.now() + 86_400_000) }),
    half: await makeCertificate({ names: NAMES, chain: false }),
    foreign: await makeCertificate({ names: ['other.example.org'] }),
    swapped: { chainPem: good.chainPem, keyPem: other.keyPem },
    exchanged: { chainPem: good.keyPem, keyPem: good.chainPem },
    weak: await makeCertificate({ names: NAMES, keyType: 'rsa', rsaBits: 1024 }),
    damaged: { chainPem: good.chainPem.replace(/[A-Za-z0-9]{40}\n/, '\n'), keyPem: good.keyPem },
    empty: { chainPem: '', keyPem: good.keyPem },
  };
  const certificates: Record<string, { chain: string; key: string }> = {
    missing: { chain: 'file:/nowhere/chain.pem', key: 'file:/nowhere/key.pem' },
  };
  for (const [name, { chainPem = '', keyPem = '' }] of Object.entries(made)) {
    const [chain, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
    await Promise.all([writeFile(chain, chainPem), writeFile(key, keyPem)]);
    certificates[name] = { chain: `file:${chain}`, key: `file:${key}` };
  }
  town = await openTown({ settings: { certificates } });
  seen = watch(town);
  const cas = createCloud({
    endpoint: town.world.alibaba.url,
    credentials: { accessKeyId: 'sandbox-key-id', accessKeySecret: 'sandbox-key-secret' },
  }).cas('eu-central-1');
  const uploads: typeof made = {
    ...made,
    old: await makeCertificate({ names: NAMES, notBefore: LONG_AGO, days: 50 }),
    self: await makeCertificate({ names: NAMES, issuer: 'self' }),
  };
  for (const name of ['expired', 'early', 'foreign', 'half', 'old', 'self']) {
    const { chainPem = '', keyPem = '' } = uploads[name] ?? {};
    held.set(name, await cas.upload({ name: `team-${name}`, chainPem, keyPem }));
  }
  writes = seen.writes();
}, 60_000);

afterAll(async () => {
  await town.close();
  await rm(folder, { recursive: true, force: true });
});

describe('one of Certificate Management is looked at, too', () => {
  it.each<[name: string, words: RegExp]>([
    ['expired', /Certificate \d+ has expired\. Upload a new one/],
    ['early', /Certificate \d+ is valid only from \d{4}-\d\d-\d\d\. Wait until then/],
    ['foreign', /Certificate \d+ is for other\.example\.org.*not for live\.live\.example\.com/],
  ])('%s is refused', async (name, words) => {
    const plans = seen.plans();

    expect(await seen.refused(`create-cluster live --certificate ${held.get(name)}`)).toMatch(words);
    expect(seen.plans()).toBe(plans);
  });

  it.each<[name: string, words: RegExp]>([
    ['half', /seems to lack its intermediate \("Sandbox Intermediate CA"\).*fullchain\.pem/],
    ['old', /Certificate \d+ expires on \d{4}-\d\d-\d\d: renew it soon/],
    ['self', /Certificate \d+ is self-signed/],
  ])('%s is a risk worth a look', async (name, words) => {
    expect(seen.words(await seen.planned(name, `--certificate ${held.get(name)}`))).toMatch(words);
  });
});

describe('a bad certificate is refused before anybody is asked, and nothing is created', () => {
  it.each<[name: string, words: RegExp]>([
    ['expired', /certificate expired on .*renew it/],
    ['early', /valid only from/],
    [
      'half',
      /chain lacks its intermediate.*append the certificate of "Sandbox Intermediate CA.*fullchain\.pem/,
    ],
    ['foreign', /covers other\.example\.org but not live\.live\.example\.com/],
    ['swapped', /private key does not belong to the certificate/],
    ['exchanged', /holds a private key instead of certificates.*exchange the two files/],
    ['weak', /key is too weak \(RSA 1024\)/],
    ['damaged', /damaged/],
    ['empty', /not PEM|empty/],
    ['missing', /\/nowhere\/(chain|key)\.pem/],
  ])('%s', async (name, words) => {
    const plans = seen.plans();

    const answer = await seen.refused(`create-cluster live --certificate ${name}`);

    expect(answer).toMatch(words);
    expect(answer).not.toMatch(/unexpected|undefined|PRIVATE KEY/);
    expect(seen.writes()).toEqual(writes);
    expect(seen.plans()).toBe(plans);
  });
});
