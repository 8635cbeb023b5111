import { afterAll, beforeAll, expect, it } from 'vitest';
import { addZone, dnsOf } from '../../sandbox/alibaba/alidns/lookup.ts';
import { CREATE, expectOneOfEach, expectOneWorkingLogin } from '../chaos/right-end.ts';
import { colleagueOf, sharedKeys, surely } from '../support/colleague.ts';
import { holdingsOf } from '../support/holdings.ts';
import { offers, openTown } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';

/** What people do to a cluster in the consoles, on a larger scale than one setting. */
let town: Town;
const LONG = 150_000;
const own = () => holdingsOf(town.world, 'live');

beforeAll(async () => {
  town = await openTown({ alibaba: { accessKeys: sharedKeys([]) } });
  addZone(town.world.alibaba.cloud, 'example.com');
  await town.run(`${CREATE} --dns alidns`);
}, LONG);

afterAll(() => town?.close());

function words(message: Message): string {
  return town.world.slack.render(message).replace(/\s+/g, ' ');
}

async function repair(): Promise<Message> {
  await town.dana.command('repair live', { channel: town.channel });
  return town.next((message) => offers(message, 'Approve') || /^(Cannot|Nothing)/.test(message.text));
}

it(
  'the load balancer, a scaling group with its nodes, and the DNS record are all removed: a repair makes them anew',
  async () => {
    const { alb, ess } = colleagueOf(town).in('eu-central-1');
    const before = own().loadBalancer().dnsName;
    await surely(() => alb.deleteLoadBalancer(own().loadBalancer().id));
    await ess.deleteGroup(own().scalingGroup('edge').id);
    dnsOf(town.world.alibaba.cloud).records.clear();
    await town.world.alibaba.cloud.settle();

    const plan = await repair();
    expect(words(plan)).toContain('Load balancer live-load-balancer');
    expect(words(plan)).toContain('Scaling group live-scaling-group-edge');
    const done = await town.approve(plan);

    expect(done.text, words(done)).toBe('Done: repair cluster live.');
    expectOneOfEach(town);
    await expectOneWorkingLogin(town);
    expect(own().loadBalancer().dnsName).not.toBe(before);
    expect([...dnsOf(town.world.alibaba.cloud).records.values()].map((one) => one.value)).toEqual([
      own().loadBalancer().dnsName,
    ]);
    expect((await repair()).text).toMatch(/^Nothing of live differs/);
  },
  LONG,
);

it(
  'both scaling groups, their templates and all listeners are removed: a repair makes them anew with the old login',
  async () => {
    const { alb, ess, ecs } = colleagueOf(town).in('eu-central-1');
    for (const { id } of own().listeners()) await surely(() => alb.deleteListener(id));
    for (const role of ['origin', 'edge'] as const) {
      await ess.deleteGroup(own().scalingGroup(role).id);
      await ecs.deleteTemplate(own().template(role).id);
    }
    await town.world.alibaba.cloud.settle();
    const database = own().database().id;

    const done = await town.approve(await repair());

    expect(done.text, words(done)).toBe('Done: repair cluster live.');
    expect(own().database().id).toBe(database);
    expectOneOfEach(town);
    await expectOneWorkingLogin(town);
    expect((await repair()).text).toMatch(/^Nothing of live differs/);
  },
  LONG,
);

it(
  'a rule that somebody added and that keeps nodes from going out is found and taken away',
  async () => {
    const group = own().securityGroup('nodes');
    const theirs = {
      id: 'sgr-theirs',
      direction: 'egress',
      protocol: 'TCP',
      portRange: '27017/27017',
      cidrIp: '0.0.0.0/0',
      groupId: '',
      prefixListId: '',
      policy: 'Drop',
      priority: 1,
      description: '',
      createdAt: new Date(),
    } as const;
    group.rules = [...group.rules, theirs];

    const plan = await repair();
    expect(words(plan)).toContain('TCP 27017 to 0.0.0.0/0 is dropped');
    const done = await town.approve(plan);

    expect(done.text).toBe('Done: repair cluster live.');
    expect(group.rules).not.toContain(theirs);
  },
  LONG,
);
