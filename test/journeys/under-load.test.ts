import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { albOf } from '../../sandbox/alibaba/alb/lookup.ts';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import { vpcState } from '../../sandbox/alibaba/vpc/state.ts';
import type { Operation } from '../../src/cluster/operation.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { Store } from '../../src/jobs/store/store.ts';
import { openSlackWay } from '../support/slack-way.ts';
import type { SlackWay } from '../support/slack-way.ts';
import { openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Town } from '../support/town.ts';

const OPERATIONS = 50;
/** The window that `Show plan` opens. */
const PLAN_WINDOW = /"title":\{"type":"plain_text","text":"Plan"/;
const NAMES = Array.from({ length: OPERATIONS }, (_none, at) => `load-${at + 1}`);

let town: Town;
let way: SlackWay;
let redis: Redis;
let store: Store;
/** In order: envelopes as the bot acknowledged them, and what one person alone was shown, as text. */
const seen: { readonly acked?: string; readonly shown?: string }[] = [];

/** The operations that make the clusters. */
async function creates(): Promise<readonly Operation[]> {
  const all = await store.list({ limit: 10 * OPERATIONS });
  return all.filter((one) => NAMES.includes(one.cluster));
}

async function all(state: string): Promise<readonly string[]> {
  return vi.waitFor(
    async () => {
      const now = await creates();
      const refused = town.world.slack
        .ephemerals(town.dana.id, town.channel)
        .filter((one) => !one.text.startsWith('Planning'));
      expect(refused.map((one) => town.world.slack.render(one))).toEqual([]);
      expect(now.map((one) => one.state).filter((each) => each !== state)).toEqual([]);
      expect(now).toHaveLength(OPERATIONS);
      return now.map((one) => one.id);
    },
    { timeout: 60_000, interval: 200 },
  );
}

type Reaction = Awaited<ReturnType<Town['dana']['command']>>;

function typed(person: Town['dana'], text: string): Promise<Reaction> {
  return person.command(text, { channel: town.channel });
}

/** Where in `seen` something that somebody did was acknowledged. */
function acksOf({ delivery }: Reaction): readonly number[] {
  return seen.flatMap((one, at) => (one.acked === delivery.envelopeId ? [at] : []));
}

/** Sees that a command or click was acknowledged once, and answered after that. @param from seen before it */
async function expectAnswered(reaction: Reaction, answer: RegExp, from: number): Promise<void> {
  const shownAt = () => seen.findIndex(({ shown = '' }, at) => at >= from && answer.test(shown));
  await vi.waitFor(() => expect(shownAt(), String(answer)).not.toBe(-1), { timeout: 60_000, interval: 20 });
  const acks = acksOf(reaction);

  // In the eyes of Slack, which waits for 3 s and no longer.
  expect(reaction.acked, String(answer)).toBe(true);
  expect(acks, String(answer)).toHaveLength(1);
  expect(acks[0], String(answer)).toBeLessThan(shownAt());
}

/** VPCs of the clusters, by name. */
function vpcs(): readonly string[] {
  const names = [...vpcState(town.world.alibaba.cloud).vpcs.values()].map((one) => one.name);
  return names.filter((name) => name.startsWith('load-')).toSorted();
}

/** Fifty clusters under way at once; none gets beyond its VPC, which the cloud does not finish in this test. */
beforeAll(async () => {
  town = await openTown({
    ...QUICK,
    idle: true,
    timeScale: 0.1,
    alibaba: {
      durations: { vpcCreate: 36_000_000 },
      quotas: { vpcs: 200, vCpus: 10_000, instances: 1_000, launchTemplates: 500, scalingGroups: 500 },
    },
  });
  const { slack } = town.world;
  way = await openSlackWay(slack.apiUrl, (acked) => seen.push({ acked }));
  town.env['SLACK_API_URL'] = way.apiUrl;
  slack.onEvent((event) => {
    if (event.type === 'ephemeral') seen.push({ shown: JSON.stringify(event.message) });
    if (event.type === 'view' && event.change === 'opened') seen.push({ shown: JSON.stringify(event.view) });
  });
  // As one runs them where much is to be done.
  await Promise.all([town.start('bot'), town.start('worker')]);
  redis = new Redis(town.redis.url);
  store = new Store(redis, new Keys());
  for (const name of NAMES)
    await town.dana.command(`create-cluster ${name} --edge 1 --edge-min 1 ${OUTSIDE}`, {
      channel: town.channel,
    });
  const waiting = await all('awaiting-approval');
  for (const id of waiting) await town.alex.command(`approve ${id}`, { channel: town.channel });
  await all('running');
}, 150_000);

afterAll(async () => {
  redis?.disconnect();
  await town?.close();
  await way?.close();
});

it.each<[command: string, answer: RegExp]>([
  ['help', /Commands of \/ams/],
  ['clusters', /Asked which clusters there are/],
  ['ops --live', /\d+ operations/],
  ['status load-7', /Asked how load-7 is/],
  ['scale edge 4 load-9', /Cluster load-9 is busy/],
  ['history load-3', /History of load-3/],
  ['creat-cluster x', /There is no command/],
  ['create-cluster', /Create a cluster/],
  ['destroy-cluster load-11 --confirm load-12', /The names differ/],
])('%s is acknowledged once, then answered, while fifty operations run', async (command, answer) => {
  const from = seen.length;

  await expectAnswered(await typed(town.dana, command), answer, from);

  expect((await creates()).map((one) => one.state)).toEqual(NAMES.map(() => 'running'));
});

it('a plan that is asked for meanwhile is acknowledged once, and made', async () => {
  const reaction = await typed(town.dana, 'plan create-cluster one-more');

  await vi.waitFor(
    async () => {
      const [plan] = await store.list({ cluster: 'one-more', limit: 1 });
      expect(plan?.state).toBe('planned');
    },
    { timeout: 60_000, interval: 200 },
  );
  expect(acksOf(reaction)).toHaveLength(1);
});

it('twenty people typing at the same moment are, too', async () => {
  const from = seen.length;
  const people = [town.dana, town.alex, town.kim, town.sam].flatMap((person, at) =>
    [1, 2, 3, 4, 5].map((nth) => ({ person, name: `load-${at * 5 + nth}` })),
  );

  const reactions = await Promise.all(
    people.map(async ({ person, name }) => ({ name, reaction: await typed(person, `status ${name}`) })),
  );

  for (const { name, reaction } of reactions)
    await expectAnswered(reaction, new RegExp(`Asked how ${name} is`), from);
});

it('clicks are acknowledged once, and what they ask for is seen', async () => {
  const message = await town.world.slack.waitForMessage(
    (each) => JSON.stringify(each.blocks ?? []).includes('"text":"Show plan"'),
    { channel: town.channel, timeoutMs: 60_000 },
  );
  for (let click = 0; click < 5; click += 1) {
    const from = seen.length;
    await expectAnswered(await town.sam.click(message, 'Show plan'), PLAN_WINDOW, from);
    town.sam.closeView({ all: true });
  }
});

it('all fifty end as they should when they are cancelled, and nothing was made twice', async () => {
  const ids = (await creates()).map((one) => one.id);
  const wanted = NAMES.map((name) => `${name}-vpc`).toSorted();
  await vi.waitFor(() => expect(vpcs()).toEqual(wanted), { timeout: 60_000, interval: 200 });
  const from = seen.length;
  const reactions = new Map<string, Reaction>();

  for (const id of ids) reactions.set(id, await typed(town.dana, `cancel ${id}`));

  for (const [id, reaction] of reactions)
    await expectAnswered(reaction, new RegExp(`${id} is stopped: nothing new begins`), from);
  const isQuiet = async () =>
    (await Promise.all(ids.map((id) => store.steps(id)))).every((steps) =>
      Object.values(steps).every((step) => step.changing !== true),
    );
  await expect.poll(isQuiet, { timeout: 60_000 }).toBe(true);
  expect((await creates()).map((one) => one.state)).toEqual(NAMES.map(() => 'cancelled'));
  const ends = (await store.history({ limit: 100_000 })).filter((one) => one.event === 'cancelled');
  expect(ends.map((one) => one.operation).toSorted()).toEqual(ids.toSorted());
  expect(vpcs()).toEqual(wanted);
  const { cloud } = town.world.alibaba;
  expect([essOf(cloud).groups.size, albOf(cloud).loadBalancers.size]).toEqual([0, 0]);
  // Whatever was acknowledged in all this time was acknowledged once.
  const acks = seen.flatMap(({ acked }) => acked ?? []);
  expect(new Set(acks).size).toBe(acks.length);
});
