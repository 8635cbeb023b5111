import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writes } from '../chaos/right-end.ts';
import { colleagueOf, sharedKeys } from '../support/colleague.ts';
import { holdingsOf, inventory } from '../support/holdings.ts';
import { offers, openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';

/** What takes an operation back: the button, the command, and what exists before and after. */
let town: Town;
/** Actions refused to the product's key; changed by tests. */
const denied: string[] = [];
let foreignVpc: string;
let before: string[];

const LONG = 150_000;

beforeAll(async () => {
  town = await openTown({ ...QUICK, alibaba: { accessKeys: sharedKeys(denied) } });
  const { vpc } = colleagueOf(town).in('eu-central-1');
  foreignVpc = await vpc.createVpc({ name: 'shared', cidr: '10.0.0.0/16', tags: {}, token: 'shared' });
  await town.world.alibaba.cloud.settle();
  before = inventory(town.world);
}, LONG);

afterAll(() => town?.close());

function idOf(message: Message): string {
  return /op-[a-z0-9]+/.exec(JSON.stringify(message.blocks))?.[0] ?? '';
}

function words(message: Message): string {
  return town.world.slack.render(message).replace(/\s+/g, ' ');
}

/** The plan that a click or a command brings up. */
function asks(): Promise<Message> {
  return town.next((message) => offers(message, 'Approve'));
}

/** Approves, and again when what was under way at the stop has come true meanwhile and changed the plan. */
async function approve(plan: Message, who = town.alex): Promise<Message> {
  await who.click(plan, 'Approve');
  const end = await town.until(plan, /^(Done|Failed|Cannot)|asks again/);
  return end.text.includes('asks again') ? approve(await asks(), who) : end;
}

async function refusedWith(command: string, words: RegExp): Promise<void> {
  await town.dana.command(command, { channel: town.channel });
  await expect.poll(() => town.whispered(town.dana.id), { timeout: 20_000 }).toMatch(words);
}

async function expectAsBefore(): Promise<void> {
  await town.world.alibaba.cloud.settle();
  await vi.waitFor(() => expect(inventory(town.world)).toEqual(before), { timeout: 30_000, interval: 50 });
}

describe('a create that failed', () => {
  let failed: Message;

  it(
    'offers Retry and Roll back',
    async () => {
      const plan = await town.plan(`create-cluster live --edge 1 --edge-min 1 --vpc ${foreignVpc}`);
      denied.push('alb:CreateLoadBalancer');
      failed = await town.approve(plan);

      expect(failed.text).toMatch(/^Failed: create cluster live/);
      expect(offers(failed, 'Retry') && offers(failed, 'Roll back')).toBe(true);
      expect(words(failed)).toContain('Roll back removes all that it made.');
    },
    LONG,
  );

  it(
    'is taken back after an approval: all that it made goes, what it only used stays',
    async () => {
      await town.dana.click(failed, 'Roll back');
      const plan = await asks();
      const text = words(plan);
      expect(text).toContain(`roll back ${idOf(failed)} of live`);
      expect(text).toMatch(/Remove security-group-nodes/);
      expect(text).not.toContain(foreignVpc);
      expect(inventory(town.world)).not.toEqual(before);

      const done = await approve(plan);

      expect(done.text).toBe(`Done: roll back ${idOf(failed)} of live.`);
      await expectAsBefore();
    },
    LONG,
  );

  it('can be taken back once, and carried on no more', async () => {
    const id = idOf(failed);
    denied.length = 0;
    const now = await town.until(failed, /^Failed/);

    expect(offers(now, 'Retry') || offers(now, 'Roll back')).toBe(false);
    await refusedWith(`rollback ${id}`, /rolled back already, by op-/);
    await refusedWith(`retry ${id}`, /being rolled back or was, by op-.* cannot be carried on/);
    await refusedWith('rollback op-22222222', /There is no operation op-22222222/);
  });
});

describe('a create that is cancelled', () => {
  it(
    'begins nothing after the answer, says what exists, and is taken back',
    async () => {
      const plan = await town.plan(`create-cluster live --edge 1 --edge-min 1 --vpc ${foreignVpc}`);
      const id = idOf(plan);
      const creating = new Promise<void>((resolve) => {
        const stop = town.world.alibaba.cloud.on('request', ({ action }) => {
          if (action !== 'RunInstances') return;
          stop();
          resolve();
        });
      });
      await town.alex.click(plan, 'Approve');
      await creating;
      await town.dana.command(`rollback ${id}`, { channel: town.channel });
      await expect
        .poll(() => town.whispered(town.dana.id), { timeout: 20_000 })
        .toMatch(/is running.*Stop it first.*cancel/);

      await town.dana.command(`cancel ${id}`, { channel: town.channel });
      await expect
        .poll(() => town.whispered(town.dana.id), { interval: 5 })
        .toMatch(/is stopped: nothing new/);
      const answered = writes(town).length;
      const underWay = town.whispered(town.dana.id).split('under way').length - 1;
      const cancelled = await town.until(plan, /cancelled/);
      await town.world.alibaba.cloud.settle();

      expect(writes(town).length - answered).toBeLessThanOrEqual(underWay);
      const text = words(cancelled);
      expect(text).toMatch(/Done so far[^]*exists: Security group live-security-group-nodes/);
      expect(offers(cancelled, 'Retry') && offers(cancelled, 'Roll back')).toBe(true);
      const note = () =>
        town.world.slack
          .messages(town.channel)
          .find((one) => one.thread_ts === plan.ts && one.text.includes('Stopped: nothing new begins'));
      await expect
        .poll(() => note()?.text, { timeout: 20_000 })
        .toMatch(/exists: .*Roll back removes all that it made/s);

      await town.alex.click(cancelled, 'Roll back');
      const back = await asks();
      await town.alex.click(back, 'Approve');
      await expect
        .poll(() => town.whispered(town.alex.id), { timeout: 20_000 })
        .toMatch(/nobody may approve their own/);
      const done = await approve(back, town.kim);

      expect(done.text).toBe(`Done: roll back ${id} of live.`);
      await expectAsBefore();
    },
    LONG,
  );
});

describe('a change of numbers that failed', () => {
  let failed: Message;
  let created: Message;
  const group = () => holdingsOf(town.world, 'live').scalingGroup('edge');

  beforeAll(async () => {
    created = await town.run(`create-cluster live --edge 1 --edge-min 1 ${OUTSIDE}`);
    town.world.alibaba.cloud.settings.soldOut = [{}];
    failed = await town.approve(await town.plan('scale edge 12 live --with-limits'));
    town.world.alibaba.cloud.settings.soldOut = [];
  }, LONG);

  it('is no reason to take back what succeeded before', async () => {
    await refusedWith(
      `rollback ${idOf(created)}`,
      /succeeded, so there is nothing to roll back.*destroy-cluster live/,
    );
  });

  it(
    'gives the group back the numbers of before, which the plan shows',
    async () => {
      expect(failed.text).toMatch(/^Failed: scale edge of live to 12/);
      expect(group()).toMatchObject({ desired: 12, max: 12 });
      expect(words(failed)).toContain('brings the group back to 1 node (1 to 10)');

      await town.dana.command(`rollback ${idOf(failed)}`, { channel: town.channel });
      const plan = await asks();
      const text = words(plan);
      expect(text).toMatch(/max 12 -> 10/);
      expect(text).toMatch(/desired 12 -> 1/);
      const done = await town.approve(plan);

      expect(done.text).toBe(`Done: roll back ${idOf(failed)} of live.`);
      expect(group()).toMatchObject({ min: 1, max: 10, desired: 1 });
      expect(holdingsOf(town.world, 'live').health('edge')).toEqual(['Healthy']);
    },
    LONG,
  );

  it(
    'is not taken back below a later change',
    async () => {
      town.world.alibaba.cloud.settings.soldOut = [{}];
      const first = await town.approve(await town.plan('scale edge 2 live'));
      expect(first.text).toMatch(/^Failed/);
      town.world.alibaba.cloud.settings.soldOut = [];
      await town.run('scale edge 3 live');

      await refusedWith(`rollback ${idOf(first)}`, /op-\S+ has changed live since op-\S+/);
    },
    LONG,
  );
});
