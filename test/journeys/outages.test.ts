import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addZone } from '../../sandbox/alibaba/alidns/lookup.ts';
import { offers, openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';

/** One API that is away while a plan is made, and rights that the key lacks and gets one by one. */
let town: Town;
const LONG = 150_000;
/** Actions refused to the product's key; changed by tests. */
const denied: string[] = [];

beforeAll(async () => {
  town = await openTown({
    ...QUICK,
    settings: { dns: 'alidns' },
    alibaba: { accessKeys: [{ id: 'sandbox-key-id', secret: 'sandbox-key-secret', deny: denied }] },
  });
  addZone(town.world.alibaba.cloud, 'live.example.com');
}, LONG);

afterAll(() => town?.close());

function words(message: Message): string {
  return town.world.slack.render(message).replace(/\s+/g, ' ');
}

const COMMAND = `create-cluster live --origin 1 --edge 1 --edge-min 1 ${OUTSIDE}`;

describe('a read that a plan needs and whose connection is cut', () => {
  it.each([
    ['cut', /ECS DescribeImages: no answer that can be read came back \(ECONNRESET\)\./],
    ['503', /ECS DescribeImages: Alibaba Cloud answered with a fault of its own \(ServiceUnavailable/],
    ['throttle', /ECS DescribeImages: Alibaba Cloud takes no more of these calls/],
  ] as const)(
    'for too long (%s) is told with what to type, and is not said to be tried again',
    async (kind, what) => {
      const fault = town.world.alibaba.cloud.faults.plan({
        product: 'ECS',
        action: 'DescribeImages',
        when: 'before',
        kind,
        times: Infinity,
      });

      const answer = await town.plan(COMMAND);
      fault.cancel();

      const text = words(answer) + town.whispered('U0DANA0001');
      expect(answer.text).toContain('Cannot create cluster live');
      expect(text).toMatch(what);
      expect(text).toContain('I tried for 90 seconds and gave up; nothing was started.');
      expect(text).toContain(`/ams ${COMMAND}`);
      expect(text).not.toMatch(/tried again by itself|had an effect/);
      expect(fault.hits).toBeGreaterThan(1);
    },
    LONG,
  );

  it(
    'for a while only is planned all the same',
    async () => {
      const fault = town.world.alibaba.cloud.faults.plan({
        product: 'ECS',
        action: 'DescribeImages',
        when: 'before',
        kind: 'cut',
        times: 3,
      });

      const plan = await town.plan(COMMAND);

      expect(offers(plan, 'Approve')).toBe(true);
      expect(fault.hits).toBe(3);
      await town.dana.click(plan, 'Withdraw');
      await town.until(plan, /cancelled/);
    },
    LONG,
  );
});

describe('an account that is busy with others', () => {
  it(
    'has every third call refused, and still is planned for',
    async () => {
      let calls = 0;
      const matches = (): boolean => (calls += 1) % 3 === 0;
      const { faults } = town.world.alibaba.cloud;
      const fault = faults.plan({ action: '*', when: 'before', kind: 'throttle', times: Infinity, matches });

      const plan = await town.plan(COMMAND);
      fault.cancel();

      expect(offers(plan, 'Approve')).toBe(true);
      expect(fault.hits).toBeGreaterThan(5);
      await town.dana.click(plan, 'Withdraw');
      await town.until(plan, /cancelled/);
    },
    LONG,
  );
});

describe('rights that cannot be tried before the approval', () => {
  it(
    'are named at their step with the policy that has them, and each Retry carries on after the grant',
    async () => {
      const lacking = [
        'ecs:ImportKeyPair',
        'ecs:CreateSecurityGroup',
        'ecs:CreateLaunchTemplate',
        'ess:CreateScalingGroup',
        'ess:CreateScalingRule',
        'yundun-cert:UploadUserCertificate',
        'alidns:AddDomainRecord',
      ];
      const plan = await town.plan(COMMAND);
      denied.push(...lacking);
      let end = await town.approve(plan);

      const told: string[] = [];
      for (let round = 0; round < lacking.length && end.text.startsWith('Failed'); round += 1) {
        const text = words(end);
        const action = /Allow ([a-z-]+:\w+) to the credentials' user or role in RAM/.exec(text)?.[1] ?? '';
        expect(denied, text).toContain(action);
        expect(text).toContain('deploy/ram-policy.json');
        told.push(action);
        denied.splice(denied.indexOf(action), 1);
        const before = town.world.slack.messages(town.channel).find((one) => one.ts === end.ts)?.text;
        await town.dana.click(end, 'Retry');
        await vi.waitFor(
          () =>
            expect(town.world.slack.messages(town.channel).find((one) => one.ts === end.ts)?.text).not.toBe(
              before,
            ),
          { timeout: 30_000 },
        );
        end = await town.until(end, /^(Done|Failed)/);
      }

      expect(end.text).toMatch(/^Done/);
      expect(told.toSorted()).toEqual(lacking.toSorted());
    },
    LONG,
  );
});
