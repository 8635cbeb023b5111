import { expect, it, onTestFinished } from 'vitest';
import { CREATE } from '../chaos/right-end.ts';
import { colleagueOf, sharedKeys } from '../support/colleague.ts';
import { holdingsOf } from '../support/holdings.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';

/** What nodes are made from, when a person has made a version of their own. */
const OTHER_TYPE = 'ecs.g8i.xlarge';
const LONG = 150_000;

async function openWithCluster(): Promise<Town> {
  const town = await openTown({ alibaba: { accessKeys: sharedKeys([]) } });
  onTestFinished(() => town.close());
  await town.run(CREATE);
  return town;
}

/** As the console does it: a new version begins as a copy of the newest, of which one field is changed. */
async function changeTypeByHand(town: Town): Promise<void> {
  const { ecs } = colleagueOf(town).in('eu-central-1');
  const launchTemplateId = holdingsOf(town.world, 'live').template('edge').id;
  const [newest] = await ecs.templateVersions(launchTemplateId);
  if (newest === undefined) throw new Error('the template has no version');
  await ecs.createTemplateVersion({
    launchTemplateId,
    description: newest.description,
    content: {
      imageId: newest.imageId ?? '',
      instanceType: OTHER_TYPE,
      securityGroupId: newest.securityGroupIds[0] ?? '',
      keyPairName: newest.keyPairName ?? '',
      diskGiB: newest.diskGiB ?? 40,
      bandwidthMbps: newest.bandwidthMbps ?? 0,
      userData: newest.userData,
      instanceName: 'live-edge',
      instanceTags: newest.instanceTags,
    },
  });
}

function edge(town: Town) {
  const own = holdingsOf(town.world, 'live');
  return {
    type: own.templateData('edge')['InstanceType'],
    versions: [...own.template('edge').versions.keys()],
    used: own.scalingGroup('edge').templateVersion,
  };
}

it(
  'one that somebody made from ours is set right by one new version, though its answer is lost and lists are late',
  async () => {
    const town = await openWithCluster();
    const { cloud } = town.world.alibaba;
    const { type } = edge(town);
    await changeTypeByHand(town);
    const plan = await town.plan('repair live');
    expect(JSON.stringify(plan.blocks)).toContain(OTHER_TYPE);
    cloud.settings.visibleAfterMs = 30_000;
    const lost = cloud.faults.plan({ action: 'CreateLaunchTemplateVersion', when: 'after', kind: 'cut' });

    const end = await town.approve(plan);

    expect(end.text).toBe('Done: repair cluster live.');
    expect(lost.hits).toBe(1);
    expect(edge(town)).toEqual({ type, versions: [1, 2, 3], used: '3' });
  },
  LONG,
);
