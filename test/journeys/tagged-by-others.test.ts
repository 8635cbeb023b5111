import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { albOf } from '../../sandbox/alibaba/alb/lookup.ts';
import type { LoadBalancer } from '../../sandbox/alibaba/alb/state.ts';
import { ecsState } from '../../sandbox/alibaba/ecs/state.ts';
import { vpcState } from '../../sandbox/alibaba/vpc/state.ts';
import { newSshKeyPair } from '../../src/cloud/ssh.ts';
import { colleagueOf, sharedKeys } from '../support/colleague.ts';
import { holdingsOf } from '../support/holdings.ts';
import { openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

/**
 * People who put the cost of their own things down to a cluster: these bear `ams-cluster` and nothing else of what we
 * write, so they are nobody's but theirs.
 */
let town: Town;
let seen: Watcher;
let monitorId: string;

const LONG = 180_000;
const COST = { 'ams-cluster': 'live', team: 'payments' };
const SHOP = 'alb-shop0000000000001';

beforeAll(async () => {
  town = await openTown({ ...QUICK, alibaba: { accessKeys: sharedKeys([]) } });
  seen = watch(town);
  plantBalancer();
  monitorId = await startMonitor();
  await town.run(`create-cluster live --origin 1 --edge 1 --edge-min 1 ${OUTSIDE}`);
}, LONG);

afterAll(() => town?.close());

/** Of a shop, and older than anything of ours. */
function plantBalancer(): void {
  const shop: LoadBalancer = {
    id: SHOP,
    regionId: 'eu-central-1',
    name: 'shop',
    vpcId: 'vpc-shop000000000001',
    addressType: 'Internet',
    addressIpVersion: 'IPv4',
    edition: 'Standard',
    dnsName: `${SHOP}.eu-central-1.alb.aliyuncs.com`,
    createdAt: new Date(Date.now() - 86_400_000),
    visibleAt: 0,
    status: 'Active',
    zones: [],
    deletionProtection: false,
    modificationProtection: 'NonProtection',
    resourceGroupId: 'rg-default',
    tags: Object.entries(COST).map(([Key, Value]) => ({ Key, Value })),
    busy: undefined,
  };
  albOf(town.world.alibaba.cloud).loadBalancers.set(SHOP, shop);
}

/** An instance in a network of its own. */
async function startMonitor(): Promise<string> {
  const { ecs, vpc } = colleagueOf(town).in('eu-central-1');
  const { vpcs, vSwitches } = vpcState(town.world.alibaba.cloud);
  const named = { name: 'monitor', tags: {}, token: 'monitor' };
  const vpcId = await vpc.createVpc({ ...named, cidr: '172.30.0.0/16' });
  await vi.waitFor(() => expect(vpcs.get(vpcId)?.status).toBe('Available'), 30_000);
  const zoneId = 'eu-central-1a';
  const vSwitchId = await vpc.createVSwitch({ ...named, vpcId, zoneId, cidr: '172.30.0.0/24' });
  await vi.waitFor(() => expect(vSwitches.get(vSwitchId)?.status).toBe('Available'), 30_000);
  const securityGroupId = await ecs.createSecurityGroup({ ...named, vpcId });
  const { publicKey } = await newSshKeyPair();
  await ecs.importKeyPair({ name: 'monitor', publicKey, tags: {} });
  const instanceId = await ecs.runInstance({
    ...named,
    instanceType: 'ecs.c7.large',
    imageId: 'ubuntu_22_04_x64_20G_alibase_20251015.vhd',
    vSwitchId,
    securityGroupId,
    keyPairName: 'monitor',
    diskGiB: 40,
    bandwidthMbps: 0,
    tags: COST,
  });
  await town.world.alibaba.cloud.settle();
  return instanceId;
}

describe('things of others that bear the name of a cluster in a tag', () => {
  it('are not taken for parts of the cluster by its status', async () => {
    const status = await seen.asked('status live', /^live /);

    expect(status).toMatch(/live is working/);
    expect(status).not.toContain('is missing');
  });

  it(
    'are named by the plan to remove it, do not keep it from being removed, and stay',
    async () => {
      const { ecs } = colleagueOf(town).in('eu-central-1');
      const vpcId = holdingsOf(town.world, 'live').vpc().id;
      const jump = await ecs.createSecurityGroup({ name: 'jump', vpcId, tags: COST, token: 'jump' });
      const plan = await town.plan('destroy-cluster live --confirm live');
      const text = seen.words(plan);
      await ecs.deleteSecurityGroup(jump);

      const done = await town.approve(plan);

      expect(text).toContain(`stay: ${monitorId} (monitor).`);
      expect(text).toContain(`stops the removal of its VPC: security group ${jump} (jump).`);
      expect(text).not.toMatch(new RegExp(`Remove \\S+ \\(${SHOP}`));
      expect(done.text, seen.words(done)).toBe('Done: remove cluster live.');
      const { cloud } = town.world.alibaba;
      expect(ecsState(cloud).instances.get(monitorId)?.status).toBe('Running');
      expect([...albOf(cloud).loadBalancers.keys()]).toEqual([SHOP]);
    },
    LONG,
  );
});
