import { ecsState } from '../../sandbox/alibaba/ecs/state.ts';
import type { InstanceEntry } from '../../sandbox/alibaba/ecs/state.ts';
import type { World } from '../../sandbox/world.ts';
import { resourceTags } from '../../src/cluster/names.ts';
import { HERE } from './plan-bench.ts';

/** Puts an instance that runs into the simulated cloud, as one of an earlier operation on a cluster. */
export function runningInstance(
  cloud: World['alibaba']['cloud'],
  {
    id,
    cluster = 'live',
    part,
    ...change
  }: { id: string; cluster?: string; part: string } & Partial<InstanceEntry>,
): void {
  const entry = {
    id,
    regionId: HERE,
    zoneId: `${HERE}a`,
    visibleAt: 0,
    status: 'Running',
    instanceType: 'ecs.c7.xlarge',
    privateIp: '10.0.0.9',
    securityGroupIds: [],
    createdAt: new Date(),
    tags: new Map(Object.entries(resourceTags(cluster, part, 'op-old'))),
    ...change,
  };
  ecsState(cloud).instances.set(id, entry as unknown as InstanceEntry);
}
