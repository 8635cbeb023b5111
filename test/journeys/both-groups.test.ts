import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { colleagueOf, sharedKeys } from '../support/colleague.ts';
import { holdingsOf } from '../support/holdings.ts';
import { offers, openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

/** Changes of the groups of a small network's cluster: at the same moment, and while others change them. */
let town: Town;
let seen: Watcher;

const LONG = 150_000;
const own = () => holdingsOf(town.world, 'live');

beforeAll(async () => {
  town = await openTown({ ...QUICK, alibaba: { accessKeys: sharedKeys([]) } });
  seen = watch(town);
  await town.run(
    `create-cluster live --cidr 10.9.0.0/25 --origin 1 --origin-max 3 --edge 1 --edge-min 1 ${OUTSIDE}`,
  );
}, LONG);

afterAll(() => town?.close());

/** The next plan that asks for approval. */
const asks = (): Promise<Message> => town.next((message) => offers(message, 'Approve'));

/** What the two are told in private of a cluster that is busy. */
function refusals(): readonly string[] {
  return [town.dana.id, town.kim.id]
    .flatMap((user) => town.world.slack.ephemerals(user, town.channel))
    .map((message) => seen.words(message))
    .filter((words) => words.includes('busy'));
}

describe('a scale beyond the addresses of the vSwitches', () => {
  it('is refused with how many nodes find room', async () => {
    const answer = await seen.refused('scale edge 104 live --with-limits');

    expect(answer).toMatch(
      /live would need 105 IP addresses, and its vSwitches .* have 104 .* room for 103 edge nodes\. .*--cidr/,
    );
    expect(own().scalingGroup('edge').desired).toBe(1);
  });

  it('is a risk where its maximum alone is beyond them', async () => {
    const text = await seen.asked('plan scale edge 102 live --with-limits', /^(Plan: |Cannot)/);

    expect(text).toContain('At its maximum the cluster needs 105 IP addresses');
  });
});

describe('two people who scale both groups of a cluster at the same moment', () => {
  it(
    'get one plan and one clear refusal, and the other one once the first is done',
    async () => {
      await Promise.all([
        town.dana.command('scale edge 2 live', { channel: town.channel }),
        town.kim.command('scale origin 2 live', { channel: town.channel }),
      ]);
      const plan = await asks();
      const [id = ''] = /op-[a-z0-9]+/.exec(JSON.stringify(plan.blocks)) ?? [];
      await expect.poll(refusals).toEqual([expect.stringMatching(`live is busy with operation ${id}`)]);

      const first = await town.approve(plan);
      const other = first.text.includes('edge') ? 'origin' : 'edge';
      expect(first.text).toMatch(/^Done: scale (edge|origin) of live to 2\.$/);
      expect(own().scalingGroup(other).desired).toBe(1);
      const second = await town.run(`scale ${other} 2 live`);

      expect(second.text).toBe(`Done: scale ${other} of live to 2.`);
      for (const role of ['origin', 'edge'] as const)
        expect(own().health(role)).toEqual(['Healthy', 'Healthy']);
    },
    LONG,
  );
});

describe('a scale while others change the group', () => {
  it(
    'ends with how many nodes serve when a scaling rule wants fewer by then',
    async () => {
      const plan = await town.plan('scale edge 4 live');
      const stop = town.world.alibaba.cloud.on('request', ({ action }) => {
        if (action !== 'ModifyScalingGroup') return;
        stop();
        own().scalingGroup('edge').desired = 3;
      });

      const end = await town.approve(plan);

      expect(own().scalingGroup('edge').desired).toBe(3);
      expect(seen.words(end)).toMatch(
        /Done: .*edge: 3 nodes serve, not 4: .* changed the number that is wanted/,
      );
    },
    LONG,
  );

  it(
    'fails with what to do when somebody removes the group',
    async () => {
      const { ess } = colleagueOf(town).in('eu-central-1');
      const plan = await town.plan('scale origin 3 live');
      let removing: Promise<unknown> = Promise.resolve();
      const stop = town.world.alibaba.cloud.on('request', ({ action }) => {
        if (action !== 'ModifyScalingGroup') return;
        stop();
        removing = ess.deleteGroup(own().scalingGroup('origin').id);
      });

      const end = seen.words(await town.approve(plan));
      await removing;

      expect(end).toContain('Failed: scale origin of live to 3');
      expect(end).toMatch(/origin.*(?:not there any more|removed|deleted).*\/ams repair live/);
    },
    LONG,
  );
});
