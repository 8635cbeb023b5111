import { expect, it, onTestFinished } from 'vitest';
import { albOf } from '../../sandbox/alibaba/alb/lookup.ts';
import { addZone, dnsOf } from '../../sandbox/alibaba/alidns/lookup.ts';
import { makeCertificate } from '../../sandbox/certificates.ts';
import { colleagueOf, sharedKeys, surely } from '../support/colleague.ts';
import { holdingsOf } from '../support/holdings.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { CREATE, expectOneOfEach, expectOneWorkingLogin } from './right-end.ts';

const READS = /^(Describe|List|Get|Query|CheckProductOpen)/;
/** The answers to so many calls of each action are lost. */
const LOST = 2;
/** All that a repair of this damage has to call. */
const CHANGES = [
  'AttachAlbServerGroups',
  'AuthorizeSecurityGroup',
  'CreateListener',
  'CreateScalingRule',
  'EnableScalingGroup',
  'ModifyScalingGroup',
  'ModifyScalingRule',
  'ModifySecurityGroupPolicy',
  'RevokeSecurityGroup',
  'UpdateDomainRecord',
  'UpdateListenerAttribute',
  'UpdateServerGroupAttribute',
];

/** Something of every kind that somebody can change in the consoles. */
async function damage(town: Town): Promise<void> {
  const { cloud } = town.world.alibaba;
  const own = holdingsOf(town.world, 'live');
  const account = colleagueOf(town);
  const { alb, ess, ecs } = account.in('eu-central-1');

  const { chainPem, keyPem } = await makeCertificate({ names: ['*.example.com'] });
  const cas = account.cas('eu-central-1');
  const certificateId = (await cas.detail(await cas.upload({ name: 'theirs', chainPem, keyPem })))
    ?.certIdentifier;
  const edge = own.serverGroup('edge').id;
  const origin = own.serverGroup('origin');
  const [first, second, third] = [443, 80, 5443].map((port) => own.listener(port).id);
  await surely(() => alb.updateListener({ listenerId: first ?? '', certificateId }));
  await surely(() =>
    alb.updateListener({ listenerId: second ?? '', serverGroupId: edge, idleTimeoutSeconds: 15 }),
  );
  await surely(() => alb.deleteListener(third ?? ''));
  await surely(() =>
    alb.updateServerGroup({
      serverGroupId: origin.id,
      stickySession: { enabled: false },
      healthCheck: { enabled: true, protocol: 'HTTP', method: 'HEAD', path: '/', codes: ['http_2xx'] },
    }),
  );
  await cloud.settle();

  const group = own.scalingGroup('origin');
  group.serverGroups = [];
  albOf(cloud).serverGroups.get(origin.id)?.scalingGroups.delete(group.id);
  origin.servers.splice(0);
  await ess.modifyGroup(group.id, { cooldownSeconds: 11 });
  await ess.modifyRule(own.scalingRule('origin').id, { target: 20, warmupSeconds: 60 });
  await ess.deleteRule(own.scalingRule('edge').id);
  await ess.disableGroup(own.scalingGroup('edge').id);
  await ecs.deleteInstance(own.nodes('edge')[0]?.instance.id ?? '');

  const nodes = own.securityGroup('nodes').id;
  const rules = (await ecs.securityGroup(nodes))?.ingress ?? [];
  await ecs.revokeIngress(
    nodes,
    rules.filter((rule) => rule.portRange === '5000/5000'),
  );
  await ecs.authorizeIngress(nodes, [
    { protocol: 'TCP', portRange: '22/22', cidr: '0.0.0.0/0', policy: 'accept' },
  ]);
  await ecs.setInnerAccess(nodes, 'Drop');

  const [record] = dnsOf(cloud).records.values();
  await account.dns.update({
    recordId: record?.id ?? '',
    rr: record?.rr ?? '',
    type: 'CNAME',
    value: 'elsewhere.example.net',
  });
  await cloud.settle();
}

it.each<[when: string, visibleAfterMs: number]>([
  ['at once', 1_500],
  ['half a minute late', 30_000],
])(
  'the answers to every change of a repair are lost, lists show what is new %s: all is as before, once',
  async (_when, visibleAfterMs) => {
    const town = await openTown({ alibaba: { accessKeys: sharedKeys([]) } });
    onTestFinished(() => town.close());
    const { cloud } = town.world.alibaba;
    addZone(cloud, 'example.com');
    await town.run(`${CREATE} --dns alidns`);
    await damage(town);
    cloud.settings.visibleAfterMs = visibleAfterMs;
    const plan = await town.plan('repair live');
    const struck = new Map<string, number>();
    const undo = cloud.faults.decide(({ action, when }) => {
      const times = struck.get(action) ?? 0;
      if (when !== 'after' || READS.test(action) || times >= LOST) return undefined;
      struck.set(action, times + 1);
      return { action, when, kind: 'cut' };
    });

    const done = await town.approve(plan);
    undo();

    expect(done.text, town.world.slack.transcript(town.channel)).toBe('Done: repair cluster live.');
    expect([...struck.keys()]).toEqual(expect.arrayContaining(CHANGES));
    expectOneOfEach(town);
    await expectOneWorkingLogin(town);
    expect([...dnsOf(cloud).records.values()].map((one) => one.value)).toEqual([
      holdingsOf(town.world, 'live').loadBalancer().dnsName,
    ]);
    await town.dana.command('repair live', { channel: town.channel });
    const again = await town.next((message) => /^(Nothing|Cannot|Plan: )/.test(message.text));
    expect(again.text).toMatch(/^Nothing of live differs/);
  },
  240_000,
);
