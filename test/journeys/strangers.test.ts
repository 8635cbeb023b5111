import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addZone } from '../../sandbox/alibaba/alidns/lookup.ts';
import { casOf } from '../../sandbox/alibaba/cas/lookup.ts';
import { vpcState } from '../../sandbox/alibaba/vpc/state.ts';
import { colleagueOf, sharedKeys } from '../support/colleague.ts';
import { holdingsOf } from '../support/holdings.ts';
import { offers, openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Town } from '../support/town.ts';

/** What others have put beside, onto and into a cluster of ours when it is to be removed. */
let town: Town;
/** Actions refused to the product's key; changed by tests. */
const denied: string[] = [];
const LONG = 150_000;
const own = () => holdingsOf(town.world, 'live');
/** A certificate of our name and content that a person uploaded. */
let certId = 0;
/** What stands in the way of the VPC. */
let inTheWay: { readonly instanceId: string; readonly vSwitchId: string; readonly groupId: string };

const account = () => colleagueOf(town);
const colleague = () => account().in('eu-central-1');

beforeAll(async () => {
  town = await openTown({
    ...QUICK,
    settings: { dns: 'alidns' },
    alibaba: { accessKeys: sharedKeys(denied) },
  });
  addZone(town.world.alibaba.cloud, 'live.example.com');
  const { chainPem, keyPem } = town.world.certificate;
  const sha256 = new X509Certificate(chainPem).fingerprint256.replaceAll(':', '').toLowerCase();
  certId = await account()
    .cas('eu-central-1')
    .upload({ name: `live-${sha256.slice(0, 12)}`, chainPem, keyPem });
}, LONG);

afterAll(() => town?.close());

function words(message: Parameters<Town['world']['slack']['render']>[0]): string {
  return town.world.slack.render(message).replace(/\s+/g, ' ');
}

describe('a certificate with our name and content that somebody else uploaded', () => {
  it(
    'is used, and the plan says so',
    async () => {
      const plan = await town.plan(`create-cluster live --edge 1 --edge-min 1 ${OUTSIDE}`);

      expect(words(plan)).toContain('holds this very certificate already, uploaded by somebody else');
      const done = await town.approve(plan);
      expect(done.text).toMatch(/^Done/);
      expect([...casOf(town.world.alibaba.cloud).certificates.keys()]).toEqual([certId]);
    },
    LONG,
  );
});

describe('the plan to remove a cluster', () => {
  async function removal(): Promise<string> {
    await town.dana.command('plan destroy-cluster live', { channel: town.channel });
    return words(await town.next((message) => message.text.startsWith('Plan: ')));
  }

  it('tells of nobody else where there is nobody', async () => {
    const text = await removal();

    expect(text).toContain('Everything that streams through this cluster stops at once.');
    expect(text).not.toMatch(/not the cluster's|others|could not be looked up/);
  });

  it(
    'names what others have on the load balancer, in the server groups, in the network and in DNS',
    async () => {
      const { alb, ecs, vpc } = colleague();
      const loadBalancerId = own().loadBalancer().id;
      const serverGroupId = own().serverGroup('edge').id;
      const listener = { loadBalancerId, serverGroupId, protocol: 'HTTP', tags: {} } as const;
      const { listenerId } = await alb.createListener({ ...listener, port: 8080, token: 'theirs' });
      await vi.waitFor(async () => expect((await alb.listener(listenerId))?.status).toBe('Running'), 20_000);
      await alb.createRule({
        listenerId: own().listener(443).id,
        name: 'to-our-shop',
        priority: 10,
        paths: ['/shop'],
        serverGroupId,
        tags: {},
        token: 'theirs',
      });
      const { dnsName } = own().loadBalancer();
      await account().dns.add({ domainName: 'live.example.com', rr: 'watch', type: 'CNAME', value: dnsName });
      const vpcId = own().vpc().id;
      const groupId = await ecs.createSecurityGroup({ name: 'jump', vpcId, tags: {}, token: 'theirs' });
      await ecs.authorizeIngress(groupId, [
        { protocol: 'TCP', portRange: '22/22', groupId: own().securityGroup('nodes').id, policy: 'accept' },
      ]);
      const vSwitchId = await vpc.createVSwitch({
        name: 'jump',
        vpcId,
        zoneId: 'eu-central-1a',
        cidr: '10.0.200.0/24',
        tags: {},
        token: 'theirs',
      });
      await vi.waitFor(() =>
        expect(vpcState(town.world.alibaba.cloud).vSwitches.get(vSwitchId)?.status).toBe('Available'),
      );
      const instanceId = await ecs.runInstance({
        name: 'jump-host',
        instanceType: 'ecs.c7.large',
        imageId: 'ubuntu_22_04_x64_20G_alibase_20251015.vhd',
        vSwitchId,
        securityGroupId: groupId,
        keyPairName: own().keyPair().name,
        diskGiB: 40,
        bandwidthMbps: 0,
        tags: {},
        token: 'theirs',
      });
      inTheWay = { instanceId, vSwitchId, groupId };
      await town.world.alibaba.cloud.settle();

      const text = await removal();

      expect(text).toContain(
        `Load balancer ${loadBalancerId} also has a listener that is not the cluster's: 8080 (HTTP). It goes with it.`,
      );
      expect(text).toMatch(
        /forwarding rules that are not the cluster's: to-our-shop of 443\. It goes with it/,
      );
      expect(text).toMatch(/DNS records of others lead to .*: watch\.live\.example\.com\./);
      expect(text).toContain(
        `Instances that are not the cluster's stop the removal: ${instanceId} (jump-host) in ${vpcId}.`,
      );
      expect(text).toMatch(
        new RegExp(
          `stops the removal of its VPC: vSwitch ${vSwitchId} \\(jump\\), security group ${groupId}`,
        ),
      );
      expect(text).toContain(`${groupId} names ${own().securityGroup('nodes').id}`);
    },
    LONG,
  );

  it('says what it may not look up, and is a plan all the same', async () => {
    denied.push('alb:ListRules', 'ecs:DescribeSecurityGroupReferences');

    const text = await removal();
    denied.length = 0;

    expect(text).toMatch(
      /Whether forwarding rules of others hang on what goes could not be looked up: .*ListRules/,
    );
    expect(text).toMatch(/Whether security groups of others .*DescribeSecurityGroupReferences/);
    expect(text).toContain('stop the removal');
  });

  it(
    'is carried out once they are out of the way, and leaves what is not ours',
    async () => {
      const { ecs, vpc } = colleague();
      await ecs.deleteInstance(inTheWay.instanceId);
      await town.world.alibaba.cloud.settle();
      await vi.waitFor(() => vpc.deleteVSwitch(inTheWay.vSwitchId), { timeout: 20_000, interval: 50 });
      await vi.waitFor(() => ecs.deleteSecurityGroup(inTheWay.groupId), { timeout: 20_000, interval: 50 });

      await town.dana.command('destroy-cluster live --confirm live', { channel: town.channel });
      const plan = await town.next((message) => offers(message, 'Approve'));
      const done = await town.approve(plan);

      expect(done.text).toBe('Done: remove cluster live.');
      expect([...casOf(town.world.alibaba.cloud).certificates.keys()]).toEqual([certId]);
    },
    LONG,
  );
});
