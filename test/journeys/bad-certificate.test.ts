import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../sandbox/certificates.ts';
import type { MadeCertificate } from '../../sandbox/certificates.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

let town: Town;
let seen: Watcher;
let folder: string;

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
}, 60_000);

afterAll(async () => {
  await town.close();
  await rm(folder, { recursive: true, force: true });
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
    const answer = await seen.refused(`create-cluster live --certificate ${name}`);

    expect(answer).toMatch(words);
    expect(answer).not.toMatch(/unexpected|undefined|PRIVATE KEY/);
    expect(seen.writes()).toEqual([]);
    expect(seen.plans()).toBe(0);
  });
});
