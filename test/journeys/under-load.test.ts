import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';

const OPERATIONS = 50;
/** Slack waits no longer for an acknowledgement. */
const SLACK_WAITS_MS = 3_000;

let town: Town;
let redis: Redis;

/** State of each operation by its id. */
async function states(): Promise<ReadonlyMap<string, string>> {
  const keys = (await redis.keys('{ams}:op:*')).filter((key) => /:op:op-[a-z0-9]+$/.test(key));
  const found = await Promise.all(
    keys.map(async (key) => {
      const { id, state } = JSON.parse((await redis.hget(key, 'doc')) ?? '{}') as {
        id: string;
        state: string;
      };
      return [id, state] as const;
    }),
  );
  return new Map(found);
}

async function all(state: string): Promise<readonly string[]> {
  return vi.waitFor(
    async () => {
      const now = await states();
      const refused = town.world.slack
        .ephemerals(town.dana.id, town.channel)
        .filter((one) => !one.text.startsWith('Planning'));
      expect(refused.map((one) => town.world.slack.render(one))).toEqual([]);
      expect([...now.values()].filter((each) => each !== state)).toEqual([]);
      expect(now.size).toBe(OPERATIONS);
      return [...now.keys()];
    },
    { timeout: 60_000, interval: 200 },
  );
}

/** Fifty clusters under way at once; none gets beyond its VPC, which the cloud does not finish in this test. */
beforeAll(async () => {
  town = await openTown({
    idle: true,
    timeScale: 0.1,
    alibaba: {
      durations: { vpcCreate: 36_000_000 },
      quotas: { vpcs: 200, vCpus: 10_000, instances: 1_000, launchTemplates: 500, scalingGroups: 500 },
    },
  });
  // As one runs them where much is to be done.
  await Promise.all([town.start('bot'), town.start('worker')]);
  redis = new Redis(town.redis.url);
  for (let number = 1; number <= OPERATIONS; number += 1) {
    await town.dana.command(`create-cluster load-${number} --edge 1 --edge-min 1`, { channel: town.channel });
  }
  const waiting = await all('awaiting-approval');
  for (const id of waiting) await town.alex.command(`approve ${id}`, { channel: town.channel });
  await all('running');
}, 150_000);

afterAll(async () => {
  redis?.disconnect();
  await town?.close();
});

it('commands are acknowledged at once while fifty operations run', async () => {
  const taken: number[] = [];
  for (const command of [
    'help',
    'clusters',
    'ops --live',
    'status load-7',
    'scale edge 4 load-9',
    'history load-3',
    'creat-cluster x',
    'plan create-cluster one-more',
    'create-cluster',
    'destroy-cluster load-11 --confirm load-12',
  ]) {
    const { acked, ms } = await town.dana.command(command, { channel: town.channel });
    expect(acked, command).toBe(true);
    taken.push(ms);
  }

  expect(Math.max(...taken)).toBeLessThan(SLACK_WAITS_MS);
  expect([...(await states()).values()].filter((state) => state === 'running').length).toBeGreaterThanOrEqual(
    OPERATIONS,
  );
});

it('twenty people typing at the same moment are, too', async () => {
  const typed = [town.dana, town.alex, town.kim, town.sam].flatMap((person, at) =>
    [1, 2, 3, 4, 5].map((nth) => person.command(`status load-${at * 5 + nth}`, { channel: town.channel })),
  );

  const reactions = await Promise.all(typed);

  expect(reactions.map((one) => one.acked)).toEqual(reactions.map(() => true));
  expect(Math.max(...reactions.map((one) => one.ms))).toBeLessThan(SLACK_WAITS_MS);
});

it('clicks are acknowledged at once, and what they ask for is seen', async () => {
  const message = await town.world.slack.waitForMessage(
    (each) => JSON.stringify(each.blocks ?? []).includes('"text":"Show plan"'),
    { channel: town.channel, timeoutMs: 60_000 },
  );
  const taken: number[] = [];
  for (let click = 0; click < 5; click += 1) {
    const { acked, ms } = await town.sam.click(message, 'Show plan');
    expect(acked).toBe(true);
    taken.push(ms);
    await expect.poll(() => JSON.stringify(town.sam.openView() ?? '')).toContain('load-');
    town.sam.closeView({ all: true });
  }

  expect(Math.max(...taken)).toBeLessThan(SLACK_WAITS_MS);
});
