import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import { openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

let town: Town;
let seen: Watcher;
let before: number;

beforeAll(async () => {
  town = await openTown(QUICK);
  seen = watch(town);
  await town.run(`create-cluster live --origin 1 --edge 1 --edge-min 1 --edge-max 3 ${OUTSIDE}`);
  before = seen.writes().length;
}, 150_000);

afterAll(() => town.close());

function idOf(message: Message): string {
  return /op-[a-z0-9]+/.exec(JSON.stringify(message.blocks))?.[0] ?? '';
}

function wanted(role: string): number | undefined {
  return [...essOf(town.world.alibaba.cloud).groups.values()].find((one) => one.name.endsWith(role))?.desired;
}

async function withdraw(plan: Message): Promise<void> {
  await town.dana.command(`cancel ${idOf(plan)}`, { channel: town.channel });
  await town.until(plan, /cancelled/);
}

describe('a change that cannot be is refused, and nothing is touched', () => {
  it.each<[what: string, command: string, words: RegExp]>([
    ['beyond max', 'scale edge 9 live', /9 is above its max 3.*\/ams scale edge 9 live --with-limits/],
    ['below min', 'scale origin 0 live', /0 is below its min 1.*--with-limits/],
    ['to the number that is there', 'scale edge 1 live', /edge group of live has 1 node already/],
    ['to less than nothing', 'scale edge -5 live', /-4 nodes cannot be/],
    [
      'of an unknown cluster',
      'scale edge +2 life --with-limits',
      /no cluster `life`.*There is live.*To copy: ```\/ams scale edge \+2 live --with-limits```/,
    ],
    [
      'a plan of an unknown cluster',
      'plan scale edge 2 life',
      /no cluster `life`.*To copy: ```\/ams plan scale edge 2 live```/,
    ],
    ['repair of an unknown cluster', 'repair life', /no cluster `life`.*To copy: ```\/ams repair live```/],
    [
      'removal of an unknown cluster',
      'destroy-cluster life --confirm life',
      /no cluster `life`.*There is live.*To copy: ```\/ams destroy-cluster live```/,
    ],
    [
      'a cluster that is there',
      `create-cluster live --edge 2 ${OUTSIDE}`,
      /Cluster live exists already.*status live/,
    ],
  ])('%s', async (_what, command, words) => {
    expect(await seen.refused(command)).toMatch(words);
    expect(seen.writes()).toHaveLength(before);
  });

  it('status of an unknown cluster names those that are there', async () => {
    await town.dana.command('status life', { channel: town.channel });

    await expect
      .poll(() => town.whispered(town.dana.id))
      .toMatch(/no cluster `life`.*Did you mean live\?.*To copy:\\n```\/ams status live```/);
    await town.dana.command('test-fly life', { channel: town.channel });
    await expect.poll(() => town.whispered(town.dana.id)).toMatch(/To copy:\\n```\/ams test-fly live```/);
  });

  it.each(['ops', 'history'])('%s of an unknown cluster offers the one that was meant', async (command) => {
    const answer = await seen.told(town.dana, () =>
      town.dana.command(`${command} lvie`, { channel: town.channel }),
    );

    expect(answer).toMatch(/of lvie yet\..*Did you mean live\?/);
    expect(answer).toContain(`/ams ${command} live`);
  });

  it('ops of an operation that is not there is not taken for a cluster', async () => {
    const answer = await seen.told(town.dana, () =>
      town.dana.command('ops op-nothere1', { channel: town.channel }),
    );

    expect(answer).toMatch(/There is no operation op-nothere1\./);
  });

  it('the form of destroy-cluster wants the very name', async () => {
    await town.dana.command('destroy-cluster live', { channel: town.channel });
    await expect.poll(() => town.dana.openView()?.callback_id).toBeDefined();
    const form = town.dana.openView();
    if (!form) throw new Error('no form is open');

    const answer = await town.dana.submit(form, { name: 'life' });

    expect(answer.errors).toEqual({ name: expect.stringMatching(/not live\. Nothing was started/) });
    town.dana.closeView({ all: true });
    expect(seen.writes()).toHaveLength(before);
  });
});

it('a plan of one more node says what that node costs', async () => {
  await town.dana.command('plan scale edge 2 live', { channel: town.channel });
  const plan = await town.next((message) => message.text.startsWith('Plan: '));

  expect(JSON.stringify(plan.blocks)).toMatch(/\*Additional cost\*  USD [\d.]+ an hour.*• 1 × edge node \(/);
});

describe('a decision that does not count is answered to whoever made it', () => {
  it('of somebody who may not approve', async () => {
    const plan = await town.plan('scale edge 2 live');

    const answer = await seen.told(town.sam, () => town.sam.click(plan, 'Approve'));

    expect(answer).toMatch(/You are not an approver.*Ask @stream-leads/);
    expect(
      await seen.told(town.sam, () => town.sam.command(`approve ${idOf(plan)}`, { channel: town.channel })),
    ).toMatch(/You are not an approver/);
    expect(
      await seen.told(town.sam, () =>
        town.sam.command(`reject ${idOf(plan)} "no"`, { channel: town.channel }),
      ),
    ).toMatch(/You are not an approver, so your rejection/);
    expect(
      await seen.told(town.sam, () => town.sam.command(`cancel ${idOf(plan)}`, { channel: town.channel })),
    ).toMatch(/not yours/);
    await withdraw(plan);
    expect(seen.writes()).toHaveLength(before);
  });

  it('of the person who asked', async () => {
    await town.kim.command('scale edge 2 live', { channel: town.channel });
    const plan = await town.next((message) => JSON.stringify(message.blocks ?? []).includes('"Approve"'));

    const answer = await seen.told(town.kim, () => town.kim.click(plan, 'Approve'));

    expect(answer).toMatch(/You asked for op-\w+ yourself, and nobody may approve their own request/);
    await town.alex.command(`cancel ${idOf(plan)}`, { channel: town.channel });
    await town.until(plan, /cancelled/);
    expect(seen.writes()).toHaveLength(before);
  });

  it('a rejection wants a reason, and nothing counts after it', async () => {
    const plan = await town.plan('scale edge 2 live');
    await town.alex.click(plan, 'Reject');
    await expect.poll(() => town.alex.openView()?.callback_id).toBeDefined();
    const form = town.alex.openView();
    if (!form) throw new Error('no form is open');

    const empty = await town.alex.submit(form, { reason: '   ' });
    const long = await seen.told(town.alex, () =>
      town.alex.command(`reject ${idOf(plan)} ${'no '.repeat(180)}${'x'.repeat(700)}`, {
        channel: town.channel,
      }),
    );
    const secret = await town.alex.submit(form, { reason: 'use mongodb://team:hush-hush@10.0.0.9/ instead' });
    const good = await town.alex.submit(form, { reason: 'too early <!channel>' });
    const rejected = await town.until(plan, /rejected/);
    const late = await seen.told(town.kim, () => town.kim.click(plan, 'Approve'));

    expect(empty.result).toBe('errors');
    expect(secret.errors?.['reason']).toMatch(/holds a password/);
    expect(long).toMatch(/reason is too long/);
    expect(good.result).toBe('closed');
    expect(JSON.stringify(rejected)).toContain('too early &lt;!channel&gt;');
    expect(late).toMatch(/was rejected by @alex already.*fresh plan/);
    expect(seen.writes()).toHaveLength(before);
  });

  it('after the plan has expired', async () => {
    const plan = await town.plan('scale edge 2 live');
    const redis = new Redis(town.redis.url);
    const key = `{ams}:op:${idOf(plan)}`;
    const stored = JSON.parse((await redis.hget(key, 'doc')) ?? '{}') as object;
    await redis.hset(key, 'doc', JSON.stringify({ ...stored, expiresAt: Date.now() - 1 }));
    redis.disconnect();

    const answer = await seen.told(town.alex, () => town.alex.click(plan, 'Approve'));

    expect(answer).toMatch(/plan op-\w+ has expired and nothing was started.*fresh plan/);
    expect(seen.writes()).toHaveLength(before);
    await town.until(plan, /expired/);
  });

  it('two at once count as one, a third is told so, and a second operation waits its turn', async () => {
    const plan = await town.plan('scale edge 2 live');
    await Promise.all([
      town.alex.click(plan, 'Approve'),
      town.kim.click(plan, 'Approve'),
      town.alex.click(plan, 'Approve'),
    ]);

    const busy = await seen.answer('scale edge 3 live');
    const again = await seen.told(town.kim, () => town.kim.click(plan, 'Approve'));
    const end = await town.until(plan, /^(Done|Failed)/);

    expect(busy).toMatch(new RegExp(`live is busy with operation ${idOf(plan)}.*/ams ops live`));
    expect(again).toMatch(/has been approved by @(alex|kim) already/);
    expect(end.text).toBe('Done: scale edge of live to 2.');
    expect(wanted('edge')).toBe(2);
    const started = () =>
      town.world.slack.thread(town.channel, plan.ts).filter((one) => one.text.includes(':rocket: Started'));
    await expect.poll(() => started().length, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(started()).toHaveLength(1);
  });
});

describe('who may use the bot and where is what ams.yaml says', () => {
  it('others are told whom to ask, and no domain is a mistake', async () => {
    const other = await openTown({
      ...QUICK,
      settings: { domain: undefined, access: { requesters: ['U0DANA0001'] } },
    });
    const words = watch(other);

    const outsider = await words.told(other.sam, () => other.sam.command('help', { channel: other.channel }));
    const domain = await words.answer(`create-cluster live --edge 2 ${OUTSIDE}`);

    expect(outsider).toMatch(/You are not among those who may use me.*Ask @dana/);
    expect(domain).toMatch(/needs a domain, and ams\.yaml names none.*--domain/);
    expect(words.writes()).toEqual([]);
    await other.close();
  });

  it('other channels are told where', async () => {
    const other = await openTown({ ...QUICK, settings: { access: { channels: ['C0OTHER001'] } } });
    const words = watch(other);

    const answer = await words.answer(`create-cluster live --edge 2 ${OUTSIDE}`);

    expect(answer).toMatch(/This channel is not one where I may be used/);
    expect(words.writes()).toEqual([]);
    await other.close();
  });
});
