import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeCertificate } from '../../sandbox/certificates.ts';
import { createCloud } from '../../src/cloud/cloud.ts';
import { ASKS } from '../../src/jobs/queues.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { writes } from '../chaos/right-end.ts';
import { holdingsOf } from '../support/holdings.ts';
import { offers, openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';

/** What is told of a cluster that people changed behind the bot's back, and how often. */
let town: Town;

const LONG = 40_000;
const DAY_MS = 86_400_000;
const DRIFTED = 'live differs from what it should be';
const ENDING = 'The certificate of live ';
const own = () => holdingsOf(town.world, 'live');

beforeAll(async () => {
  town = await openTown({ ...QUICK, settings: { drift: { every: '2m' } } });
  await town.run(`create-cluster live --edge 1 --edge-min 1 ${OUTSIDE}`);
}, 60_000);

afterAll(() => town?.close());

function account() {
  return createCloud({
    endpoint: town.world.alibaba.url,
    credentials: { accessKeyId: 'sandbox-key-id', accessKeySecret: 'sandbox-key-secret' },
  });
}

function colleague() {
  return account().in('eu-central-1');
}

function words(message: Message): string {
  return town.world.slack.render(message).replace(/\s+/g, ' ');
}

function told(): readonly Message[] {
  return town.world.slack
    .messages(town.channel)
    .filter((one) => one.text.startsWith(DRIFTED) || one.text.includes('again as it should be'));
}

/** How often the cluster was compared so far, by a read that nothing else makes while nothing goes on. */
function looks(): number {
  return town.world.alibaba.cloud.requests.filter((one) => one.action === 'ListUserCertificateOrder').length;
}

async function looksMore(count: number): Promise<void> {
  const before = looks();
  await vi.waitFor(() => expect(looks()).toBeGreaterThanOrEqual(before + count), { timeout: 30_000 });
}

/** Waits until the time to look at all clusters has come so many times more. */
async function roundsMore(count: number): Promise<void> {
  const asks = new Queue(ASKS, { connection: { url: town.redis.url }, prefix: new Keys().prefix });
  const rounds = async () => (await asks.getJobScheduler('drift'))?.iterationCount ?? 0;
  const before = await rounds();
  await expect.poll(rounds).toBeGreaterThanOrEqual(before + count);
  await asks.close();
}

describe('a cluster that is as it should be', () => {
  it(
    'is looked at again and again, and nothing is said',
    async () => {
      await looksMore(3);

      expect(told()).toEqual([]);
    },
    LONG,
  );
});

describe('a cluster that somebody changed', () => {
  let first: Message;

  it(
    'is told of once, in the channel where it was made, and nothing is changed',
    async () => {
      await colleague().ess.disableGroup(own().scalingGroup('origin').id);
      const before = writes(town).length;

      first = await town.next((message) => message.text.startsWith(DRIFTED));
      await looksMore(3);

      expect(words(first)).toContain('origin group: it is disabled, must be enabled');
      expect(offers(first, 'Repair')).toBe(true);
      expect(told()).toHaveLength(1);
      expect(writes(town)).toHaveLength(before);
    },
    LONG,
  );

  it(
    'shows it in its status',
    async () => {
      await town.dana.command('status live', { channel: town.channel });
      const status = await town.next((message) => message.text.startsWith('live is '));

      expect(words(status)).toMatch(/Differs from what it should be.*it is disabled, must be enabled/);
    },
    LONG,
  );

  it(
    'is told of again when something else drifted',
    async () => {
      await colleague().ess.deleteRule(own().scalingRule('edge').id);

      const second = await town.next((message) => message.text.startsWith(DRIFTED));
      await looksMore(2);

      expect(words(second)).toMatch(/it is disabled, must be enabled.*scaling-rule-edge is missing/);
      expect(told()).toHaveLength(2);
    },
    LONG,
  );

  it(
    'is repaired by the button, for whoever pressed it, after an approval; then one line says that it is well',
    async () => {
      await town.dana.click(first, 'Repair');
      const plan = await town.next((message) => offers(message, 'Approve'));
      expect(words(plan)).toMatch(/Plan: repair cluster live.*asked for by @dana/);
      const done = await town.approve(plan);

      expect(done.text).toBe('Done: repair cluster live.');
      const well = await town.next((message) => message.text === 'live is again as it should be.');
      await looksMore(2);
      expect(offers(well, 'Repair')).toBe(false);
      expect(told()).toHaveLength(3);
      expect(own().scalingGroup('origin').state).toBe('Active');
    },
    LONG,
  );
});

describe('a cluster that was given a certificate by hand which ends soon', () => {
  it(
    'is told of once for that, without a button, and once for the difference',
    async () => {
      const notBefore = new Date(Date.now() - 58 * DAY_MS + 3_600_000);
      const names = ['*.live.example.com'];
      const { chainPem, keyPem } = await makeCertificate({ names, days: 60, notBefore });
      const cas = account().cas('eu-central-1');
      const given = await cas.detail(await cas.upload({ name: 'by-hand', chainPem, keyPem }));
      const { id } = own().listener(443);
      await colleague().alb.updateListener({ listenerId: id, certificateId: given?.certIdentifier });

      const ending = await town.next((message) => message.text.startsWith(ENDING));
      const drifted = await town.next((message) => message.text.startsWith(DRIFTED));
      await looksMore(3);

      expect(words(ending)).toContain('The certificate of live (live.live.example.com) expires in 2 days.');
      expect(offers(ending, 'Repair')).toBe(false);
      expect(words(drifted)).toMatch(/serves certificate .*, must serve /);
      const all = town.world.slack.messages(town.channel);
      expect(all.filter((one) => one.text.startsWith(ENDING))).toHaveLength(1);
      expect(told()).toHaveLength(4);
    },
    LONG,
  );
});

describe('a cluster that is removed', () => {
  it(
    'is no longer looked at, and its absence is no drift',
    async () => {
      await town.run('destroy-cluster live --confirm live');
      const before = told().length;
      const clusters = looks();
      await roundsMore(3);

      expect(looks()).toBe(clusters);
      expect(told()).toHaveLength(before);
    },
    LONG,
  );
});

describe('a cluster that is created again under the name of another', () => {
  it(
    'is told of, as the other was',
    async () => {
      await town.run(`create-cluster live --edge 1 --edge-min 1 ${OUTSIDE}`);
      await colleague().ess.disableGroup(own().scalingGroup('origin').id);

      const again = await town.next((message) => message.text.startsWith(DRIFTED));

      expect(words(again)).toContain('origin group: it is disabled, must be enabled');
    },
    LONG,
  );
});
