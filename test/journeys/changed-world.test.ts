import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addZone } from '../../sandbox/alibaba/alidns/lookup.ts';
import { casOf } from '../../sandbox/alibaba/cas/lookup.ts';
import { image } from '../../sandbox/alibaba/ecs/images.ts';
import { ecsState } from '../../sandbox/alibaba/ecs/state.ts';
import { vpcState } from '../../sandbox/alibaba/vpc/state.ts';
import { makeCertificate } from '../../sandbox/certificates.ts';
import { newSshKeyPair } from '../../src/cloud/ssh.ts';
import { colleagueOf, sharedKeys } from '../support/colleague.ts';
import { offers, openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

/** What a plan was made for is not there any more when somebody approves it. */
let town: Town;
let seen: Watcher;

const LONG = 150_000;

beforeAll(async () => {
  town = await openTown({ ...QUICK, alibaba: { accessKeys: sharedKeys([]) } });
  seen = watch(town);
  addZone(town.world.alibaba.cloud, 'live.example.com');
}, 60_000);

afterAll(() => town?.close());

async function planned(name: string, more: string): Promise<Message> {
  const plan = await seen.planned(name, `${more} ${OUTSIDE}`);
  expect(offers(plan, 'Approve'), seen.words(plan)).toBe(true);
  return plan;
}

/** Approves and returns all that is said of that cluster from then on, until something ends or asks. */
async function approved(name: string, plan: Message): Promise<string> {
  await town.alex.click(plan, 'Approve');
  const end = await town.until(plan, /^(Done|Failed|Cannot)|changed/);
  if (!/changed/.test(end.text)) return seen.words(end);
  const next = await town.next(
    (message) =>
      new RegExp(`cluster ${name}(?![a-z0-9-])`).test(message.text) &&
      (offers(message, 'Approve') || message.text.startsWith('Cannot')),
  );
  return `${seen.words(end)} ${seen.words(next)}`;
}

describe('what the plan only uses is gone: nothing is created, and one sentence says why', () => {
  it.each<[what: string, name: string, words: RegExp, use: () => Promise<string>, lose: () => void]>([
    [
      'a key pair',
      'keyless',
      /no key pair team in eu-central-1/,
      async () => {
        const { publicKey } = await newSshKeyPair();
        await colleagueOf(town).in('eu-central-1').ecs.importKeyPair({ name: 'team', publicKey, tags: {} });
        return '--key-pair team';
      },
      () => {
        const { keyPairs } = ecsState(town.world.alibaba.cloud);
        for (const [key, pair] of keyPairs) if (pair.name === 'team') keyPairs.delete(key);
      },
    ],
    [
      'a certificate of Certificate Management',
      'bare',
      /holds no certificate \d+/,
      async () => {
        const { chainPem, keyPem } = town.world.certificate;
        const certId = await colleagueOf(town).cas('eu-central-1').upload({ name: 'team', chainPem, keyPem });
        return `--certificate ${certId}`;
      },
      () => casOf(town.world.alibaba.cloud).certificates.clear(),
    ],
    [
      'a VPC',
      'homeless',
      /no VPC vpc-\S+ in eu-central-1/,
      async () => {
        const { vpc } = colleagueOf(town).in('eu-central-1');
        const vpcId = await vpc.createVpc({ name: 'team', cidr: '10.20.0.0/16', tags: {}, token: 'team' });
        const { vpcs } = vpcState(town.world.alibaba.cloud);
        await vi.waitFor(() => expect(vpcs.get(vpcId)?.status).toBe('Available'), 30_000);
        return `--vpc ${vpcId}`;
      },
      () => vpcState(town.world.alibaba.cloud).vpcs.clear(),
    ],
  ])(
    '%s',
    async (_what, name, words, use, lose) => {
      const plan = await planned(name, await use());
      const before = seen.writes().length;
      lose();

      const said = await approved(name, plan);

      expect(said).toMatch(words);
      expect(said).not.toContain('Done');
      expect(seen.writes()).toHaveLength(before);
    },
    LONG,
  );
});

describe.concurrent('what shows only later is named, and the operation does not end well', () => {
  it(
    'a DNS record that somebody has set under the name meanwhile',
    async () => {
      const plan = await planned('taken', '--dns alidns');
      await colleagueOf(town).dns.add({
        domainName: 'live.example.com',
        rr: 'taken',
        type: 'A',
        value: '203.0.113.80',
      });

      const said = await approved('taken', plan);

      expect(said).toMatch(/taken\.live\.example\.com.*203\.0\.113\.80/);
      expect(said).not.toContain('Done');
    },
    LONG,
  );

  it(
    'an image that was withdrawn meanwhile',
    async () => {
      const id = 'ubuntu_22_04_x64_20G_alibase_20250815.vhd';
      const plan = await planned('withdrawn', `--image ${id}`);
      const found = image(town.world.alibaba.cloud, 'eu-central-1', id);
      if (!found) throw new Error('there is no such image');
      Object.assign(found, { id: 'withdrawn' });

      const said = await approved('withdrawn', plan);
      Object.assign(found, { id });

      expect(said).toMatch(
        /the image .* is not there any more\..*Retry, which takes the same image\..*--image/,
      );
      expect(said).toContain(id);
      expect(said).not.toContain('Done');
    },
    LONG,
  );
});

it(
  'a certificate whose files were renewed meanwhile is named',
  async () => {
    const { folder } = town.world;
    const files = ['chain.pem', 'key.pem'].map((name) => join(folder, name));
    const usual = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    const plan = await planned('renewed', '');
    const { chainPem, keyPem } = await makeCertificate({ names: ['*.live.example.com'] });
    await Promise.all([chainPem, keyPem].map((pem, at) => writeFile(files[at] ?? '', pem)));

    const said = await approved('renewed', plan);
    await Promise.all(usual.map((pem, at) => writeFile(files[at] ?? '', pem)));

    expect(said).toMatch(/[Cc]ertificate "default" is another one now|[Cc]hanged since the plan/);
    expect(said).not.toContain('Done');
  },
  LONG,
);
