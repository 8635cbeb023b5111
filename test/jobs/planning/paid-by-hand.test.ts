import { expect, it } from 'vitest';
import { ecsState } from '../../../sandbox/alibaba/ecs/state.ts';
import type { InstanceEntry } from '../../../sandbox/alibaba/ecs/state.ts';
import { resourceTags } from '../../../src/cluster/names.ts';
import type { Wish } from '../../../src/cluster/operation.ts';
import type { ReadyPlan } from '../../../src/jobs/planning/prepared.ts';
import { HERE, draft, planBench } from '../../support/plan-bench.ts';
import { runningInstance } from '../../support/running-instance.ts';
import { aSpec } from '../resources/spec.ts';

/** What plans say of things that cost money because somebody changed them in the console. */
const bench = planBench();
const SPEC = aSpec({ name: 'live', database: { source: 'uri', uri: 'mongodb://10.255.0.9:27017/' } });

async function planned(wish: Wish, spec = SPEC): Promise<ReadyPlan> {
  await bench.store.clusters.remember({ cluster: 'live', regionId: HERE, spec });
  const prepared = await bench.plan(draft(wish));
  if (!('plan' in prepared)) throw new Error(JSON.stringify(prepared));
  return prepared;
}

it('a version whose nodes would be paid otherwise is no right one, so that no group is moved to it', async () => {
  const { ecs } = bench.cloud.in(HERE);
  const { launchTemplateId } = await ecs.createTemplate({
    name: 'live-launch-template-edge',
    tags: resourceTags('live', 'launch-template-edge', 'op-old'),
    content: {
      imageId: SPEC.image.imageId,
      instanceType: SPEC.edge.instanceTypes[0] ?? '',
      securityGroupId: 'sg-1',
      keyPairName: 'live-key-pair',
      diskGiB: 40,
      bandwidthMbps: 100,
      userData: Buffer.from('#!/bin/sh').toString('base64'),
      instanceTags: {},
    },
  });
  const template = ecsState(bench.world.alibaba.cloud).templates.get(launchTemplateId);
  const made = template?.versions.get(1);
  if (!template || !made) throw new Error('the template has no version');
  const changes = async () =>
    (await planned({ kind: 'repair' })).plan.steps.find(({ part }) => part === 'launch-template-edge')
      ?.changes ?? [];
  const before = await changes();

  const data = {
    ...made.data,
    InternetChargeType: 'PayByBandwidth',
    SpotStrategy: 'SpotAsPriceGo',
    SystemDisk: { Category: 'cloud_auto', Size: 40, DeleteWithInstance: false },
    DataDisk: [{ Category: 'cloud_essd', Size: 500 }],
  };
  template.versions.set(1, { ...made, data });

  const paid = [
    'new edge nodes: public bandwidth is paid PayByBandwidth -> PayByTraffic',
    'new edge nodes: disk category cloud_auto -> cloud_essd',
    'new edge nodes: spot instances SpotAsPriceGo -> NoSpot',
    'new edge nodes: their disks stay, and cost, when the nodes go; they must go with them',
    'new edge nodes: further disks 1 -> 0',
  ];
  expect(before).not.toEqual(expect.arrayContaining([expect.stringMatching(/paid|disk|spot/)]));
  expect(await changes()).toEqual(expect.arrayContaining(paid));
});

it('an elastic address of an instance that goes is told before approval, since it stays and costs', async () => {
  const put = (change: Partial<InstanceEntry> = {}) =>
    runningInstance(bench.world.alibaba.cloud, { id: 'i-database', part: 'database', ...change });
  const risks = async () =>
    (await planned({ kind: 'destroy' }, aSpec({ name: 'live' }))).plan.risks.join(' ');
  put();
  expect(await risks()).not.toContain('Elastic');

  put({ elasticIp: '203.0.113.80' });

  expect(await risks()).toContain(
    'Elastic IP addresses stay, and cost money, when their instances go: 203.0.113.80 of i-database.',
  );
});
