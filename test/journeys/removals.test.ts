import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { addZone } from '../../sandbox/alibaba/alidns/lookup.ts';
import { CREATE, DESTROY, expectNothingLeft } from '../chaos/right-end.ts';
import { sharedKeys } from '../support/colleague.ts';
import { holdingsOf } from '../support/holdings.ts';
import { openTown } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';

/** A removal that meets what nobody thought of: tags that are gone, rights that are missing. */
let town: Town;
/** Actions refused to the product's key. */
const denied: string[] = [];
const LONG = 150_000;

/** Whichever the cloud is asked for first is refused first. */
const REMOVALS = [
  'alb:DeleteListener',
  'alb:DeleteLoadBalancer',
  'alb:DeleteServerGroup',
  'alidns:DeleteDomainRecord',
  'ecs:DeleteInstance',
  'ecs:DeleteKeyPairs',
  'ecs:DeleteLaunchTemplate',
  'ecs:DeleteSecurityGroup',
  'ess:DeleteScalingGroup',
  'ess:DeleteScalingRule',
  'vpc:DeleteVSwitch',
  'vpc:DeleteVpc',
  'yundun-cert:DeleteUserCertificate',
];

beforeAll(async () => {
  town = await openTown({ alibaba: { accessKeys: sharedKeys(denied) } });
  addZone(town.world.alibaba.cloud, 'example.com');
  await town.run(`${CREATE} --dns alidns`);
}, LONG);

afterAll(() => town?.close());

function words(message: Message): string {
  return town.world.slack.render(message).replace(/\s+/g, ' ');
}

it(
  'names what would be left behind, since somebody took its tags off',
  async () => {
    const own = holdingsOf(town.world, 'live');
    const [balancer, vpc] = [own.loadBalancer(), own.vpc()];
    const balancerTags = balancer.tags.splice(0);
    const vpcTags = [...vpc.tags];
    vpc.tags.clear();

    const plan = await town.plan(DESTROY);

    expect(words(plan)).toMatch(new RegExp(`${balancer.id} bears the name live-load-balancer .*it stays`));
    expect(words(plan)).toMatch(new RegExp(`${vpc.id} bears the name live-vpc .*it stays`));
    await town.dana.click(plan, 'Withdraw');
    await town.until(plan, /cancelled/);
    balancer.tags.push(...balancerTags);
    for (const [key, value] of vpcTags) vpc.tags.set(key, value);
  },
  LONG,
);

it(
  'names each right that is missing, and each Retry carries it on',
  async () => {
    const plan = await town.plan(DESTROY);
    denied.push(...REMOVALS);
    const told: string[] = [];
    const now = () => town.world.slack.messages(town.channel).find((one) => one.ts === plan.ts) ?? plan;
    await town.alex.click(plan, 'Approve');
    let end = await town.until(plan, /^(Done|Failed)/);
    while (told.length < REMOVALS.length && end.text.startsWith('Failed')) {
      const action =
        /Allow ([a-z-]+:\w+) to the credentials' user or role in RAM/.exec(words(end))?.[1] ?? '';
      expect(denied, words(end)).toContain(action);
      told.push(action);
      denied.splice(denied.indexOf(action), 1);
      const before = end.text;
      await town.dana.click(end, 'Retry');
      await vi.waitFor(() => expect(now().text).not.toBe(before), { timeout: 30_000 });
      end = await town.until(plan, /^(Done|Failed)/);
    }

    expect(end.text).toBe('Done: remove cluster live.');
    expect(told.toSorted()).toEqual(REMOVALS.toSorted());
    await expectNothingLeft(town);
  },
  LONG,
);
