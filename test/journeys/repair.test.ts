import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import { expectOneWorkingLogin, writes } from '../chaos/right-end.ts';
import { colleagueOf, removeListener, sharedKeys, surely } from '../support/colleague.ts';
import { holdingsOf } from '../support/holdings.ts';
import { offers, openTown } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';

/** What people do to a cluster behind the bot's back, and how it is set right. */
let town: Town;
/** Actions refused to the product's key; changed by tests. */
const denied: string[] = [];

const LONG = 40_000;
const own = () => holdingsOf(town.world, 'live');

beforeAll(async () => {
  town = await openTown({ alibaba: { accessKeys: sharedKeys(denied) } });
  await town.run('create-cluster live --edge 1 --edge-min 1');
}, LONG);

afterAll(() => town?.close());

const colleague = () => colleagueOf(town).in('eu-central-1');
const withoutListener = (port: number) => removeListener(town, port);

function words(message: Message): string {
  return town.world.slack.render(message).replace(/\s+/g, ' ');
}

/** Types the command and returns what the channel reads when it is planned. */
async function typed(command: string): Promise<Message> {
  await town.dana.command(command, { channel: town.channel });
  return town.next((message) => offers(message, 'Approve') || /^(Cannot|Nothing|Plan: )/.test(message.text));
}

async function expectNothingDiffers(): Promise<void> {
  const before = writes(town).length;
  const answer = await typed('repair live');

  expect(answer.text).toBe(
    'Nothing of live differs from what it should be, and all its nodes serve. Nothing was started.',
  );
  expect(offers(answer, 'Approve')).toBe(false);
  expect(writes(town)).toHaveLength(before);
}

describe('a cluster that is as it should be', () => {
  it('is left alone, in one sentence', expectNothingDiffers, LONG);
});

describe('a cluster that people worked on', () => {
  it(
    'gets back what is missing and what differs, and keeps the numbers that somebody chose',
    async () => {
      const { alb, ess, ecs } = colleague();
      const nodes = own().securityGroup('nodes').id;
      await withoutListener(443);
      const listenerId = own().listener(5443).id;
      await surely(() => alb.updateListener({ listenerId, serverGroupId: own().serverGroup('origin').id }));
      await expect.poll(() => own().listener(5443).status).toBe('Running');
      await ess.deleteRule(own().scalingRule('edge').id);
      await ess.disableGroup(own().scalingGroup('origin').id);
      await ess.modifyGroup(own().scalingGroup('origin').id, {
        multiAzPolicy: 'PRIORITY',
        healthCheckTypes: ['ECS', 'LOAD_BALANCER'],
      });
      own().scalingGroup('origin').suspended.add('ScaleOut').add('ScheduledAction');
      own().scalingGroup('edge').suspended.add('HealthCheck');
      await ess.modifyRule(own().scalingRule('origin').id, { disableScaleIn: true });
      await ess.modifyGroup(own().scalingGroup('edge').id, { max: 7, healthCheckTypes: ['NONE'] });
      const rules = (await ecs.securityGroup(nodes))?.ingress ?? [];
      await ecs.revokeIngress(
        nodes,
        rules.filter((rule) => rule.portRange === '5000/5000'),
      );
      await ecs.authorizeIngress(nodes, [
        { protocol: 'TCP', portRange: '22/22', cidr: '0.0.0.0/0', policy: 'accept' },
        { protocol: 'TCP', portRange: '3389/3389', cidr: '::/0', policy: 'accept' },
      ]);
      await town.world.alibaba.cloud.settle();

      const before = writes(town).length;
      const plan = await typed('repair live');
      const text = words(plan);
      expect(text).toContain('Plan: repair cluster live');
      expect(text).toContain('Listener HTTPS 443 to the origin group');
      expect(text).toContain('listener 5443 leads to the origin group, must lead to the edge group');
      expect(text).toContain('Scaling rule live-scaling-rule-edge');
      expect(text).toContain('origin group: it is disabled, must be enabled');
      expect(text).toContain(
        'origin group: broken nodes are judged by ECS, LOAD_BALANCER, must be by ECS alone',
      );
      expect(text).toContain('origin group: zones of new nodes are chosen by PRIORITY, must be by BALANCE');
      expect(text).toContain(
        'origin group: no nodes are started (its process ScaleOut is suspended); it must',
      );
      expect(text).toContain('its process HealthCheck is suspended); it must be resumed');
      expect(text).toContain('origin group: its rule takes no nodes away (scale-in is switched off), must');
      expect(text).toContain('edge group: nodes that break are not replaced (no ECS health check), must be');
      expect(text).toContain('TCP 5000 from the group itself is not allowed; it must be.');
      expect(text).toContain('TCP 22 from 0.0.0.0/0 is allowed; it must not be.');
      expect(text).toContain('TCP 3389 from ::/0 is allowed; it must not be.');
      expect(text).not.toMatch(/max 7|Load balancer live|Database instance/);
      expect(writes(town)).toHaveLength(before);
      const done = await town.approve(plan);

      expect(done.text).toBe('Done: repair cluster live.');
      expect(own().listener(443).protocol).toBe('HTTPS');
      expect(own().scalingRule('edge').name).toBe('live-scaling-rule-edge');
      expect(own().scalingGroup('origin')).toMatchObject({
        state: 'Active',
        multiAz: 'BALANCE',
        healthCheckTypes: ['ECS'],
        suspended: new Set(['ScheduledAction']),
      });
      expect([...own().scalingGroup('edge').suspended]).toEqual([]);
      expect(own().scalingRule('origin').settings['DisableScaleIn']).toBe(false);
      expect(own().scalingGroup('edge')).toMatchObject({ max: 7, desired: 1, healthCheckTypes: ['ECS'] });
      expect(own().rules('nodes').join()).toMatch(/TCP 5000\/5000 from live-security-group-nodes/);
      expect(own().rules('nodes').join()).not.toMatch(/22\/22|3389/);
      expect(own().health('edge')).toEqual(['Healthy']);
    },
    LONG,
  );

  it('is then as it should be', expectNothingDiffers, LONG);

  it(
    'asks again when something else was changed after the plan',
    async () => {
      await withoutListener(80);
      const plan = await typed('repair live');
      await colleague().ess.deleteRule(own().scalingRule('origin').id);

      await town.alex.click(plan, 'Approve');
      await town.until(plan, /asks again/);
      const again = await town.next((message) => offers(message, 'Approve'));
      expect(words(again)).toMatch(/Changed since the plan .* New: Scaling rule live-scaling-rule-origin/);
      const done = await town.approve(again);

      expect(done.text).toBe('Done: repair cluster live.');
      expect(own().listener(80).protocol).toBe('HTTP');
    },
    LONG,
  );

  it(
    'has replaced what cannot be changed, and the plan says so',
    async () => {
      const old = own().scalingRule('edge');
      (old as { type: string }).type = 'SimpleScalingRule';

      const plan = await typed('repair live');
      expect(words(plan)).toMatch(/Replace scaling-rule-edge: remove the old one.*SimpleScalingRule/);
      expect(words(plan)).toContain('Replaced, since it cannot be changed in place: scaling-rule-edge.');
      const done = await town.approve(plan);

      expect(done.text).toBe('Done: repair cluster live.');
      expect(own().scalingRule('edge').id).not.toBe(old.id);
    },
    LONG,
  );

  it(
    'that lost a node waits for the one that Auto Scaling starts',
    async () => {
      const [node] = own().nodes('edge');
      const { timeScale } = town.world;
      // Time to look before the new node is there.
      town.world.setTimeScale(timeScale * 10);
      await colleague().ecs.deleteInstance(node?.instance.id ?? '');
      await vi.waitFor(
        () =>
          expect(
            own()
              .nodes('edge')
              .map(({ instance }) => instance.id),
          ).not.toContain(node?.instance.id),
        { timeout: 20_000 },
      );

      const plan = await typed('plan repair live');
      town.world.setTimeScale(timeScale);
      if (plan.text.startsWith('Nothing')) throw new Error('the new node was there before anybody looked');
      expect(words(plan)).toMatch(
        /1 edge node in service.*Auto Scaling replaces the missing nodes by itself/,
      );
      expect(words(plan)).not.toContain('Scaling group');
      // The node may come before the second look.
      const again = await typed('repair live');
      const done = offers(again, 'Approve') ? await town.approve(again) : again;

      expect(done.text).toMatch(/^Done: repair cluster live|^Nothing of live differs/);
      expect(essOf(town.world.alibaba.cloud).instancesOf(own().scalingGroup('edge').id)).toHaveLength(1);
    },
    LONG,
  );
});

describe('a repair that fails', () => {
  it(
    'is rolled back to what it found; what it cannot undo is said',
    async () => {
      const { ess, ecs } = colleague();
      const nodes = own().securityGroup('nodes').id;
      await withoutListener(5443);
      await ess.deleteRule(own().scalingRule('edge').id);
      await ecs.authorizeIngress(nodes, [
        { protocol: 'TCP', portRange: '22/22', cidr: '0.0.0.0/0', policy: 'accept' },
      ]);
      await town.world.alibaba.cloud.settle();
      const plan = await typed('repair live');
      const stop = town.world.alibaba.cloud.on('request', ({ action }) => {
        if (action === 'CreateListener') denied.push('alb:GetListenerHealthStatus');
      });
      const failed = await town.approve(plan);
      stop();
      denied.length = 0;
      expect(failed.text).toMatch(/^Failed: repair cluster live.*GetListenerHealthStatus/);

      await town.dana.click(failed, 'Roll back');
      const back = await town.next((message) => offers(message, 'Approve'));
      expect(words(back)).toMatch(/Remove listener-5443/);
      expect(words(back)).toContain(
        'security-group-nodes stays as the repair set it: TCP 22 from 0.0.0.0/0 is allowed; it must not be.',
      );
      const done = await town.approve(back);

      expect(done.text).toMatch(/^Done: roll back op-\S+ of live\.$/);
      expect(
        own()
          .listeners()
          .map((one) => one.port),
      ).not.toContain(5443);
      expect(own().rules('nodes').join()).not.toContain('22/22');
      await town.run('repair live');
    },
    LONG,
  );
});

describe('a cluster whose database machine is gone', () => {
  it(
    'gets a new one, and everything that carried the address of the old one',
    async () => {
      const old = own().database();
      const nodes = own()
        .nodes('edge')
        .map(({ instance }) => instance.id);
      await colleague().ecs.deleteInstance(old.id);
      await town.world.alibaba.cloud.settle();

      const plan = await typed('repair live');
      const text = words(plan);
      expect(text).toContain('The database machine is gone, and its data with it');
      expect(text).toMatch(/Launch template live-launch-template-edge.*must take over the new database/);
      expect(text).toMatch(/Replace scaling-group-edge.*Its nodes know the old database only/);
      expect(text).toMatch(/1 × Database/);
      const done = await town.approve(plan);

      expect(done.text).toBe('Done: repair cluster live.');
      expect(own().database().id).not.toBe(old.id);
      expect(own().userData('edge')).toContain(`@${own().databaseMachine().spec.privateIp}:27017`);
      expect(
        own()
          .nodes('edge')
          .map(({ instance }) => instance.id),
      ).not.toEqual(nodes);
      await expectOneWorkingLogin(town);
    },
    LONG,
  );

  it('is then as it should be', expectNothingDiffers, LONG);
});

describe('a cluster whose record is lost', () => {
  it(
    'is compared with what the cloud still tells',
    async () => {
      const redis = new Redis(town.redis.url);
      await redis.flushall();
      redis.disconnect();

      await withoutListener(5080);
      const plan = words(await typed('plan repair live'));

      expect(plan).toContain('Listener HTTP 5080 to the edge group');
      expect(plan).toContain('The record of this cluster was lost');
      expect(plan).toContain('The SSH keys of the database host are not in the store any more');
      expect(plan).not.toMatch(/vSwitch|[Ss]caling group|[Ss]erver group|Load balancer/);
    },
    LONG,
  );

  it(
    'gets a new login for its database machine, and so does a machine that is made anew after that',
    async () => {
      await town.run('repair live');
      const old = own().database();
      await colleague().ecs.deleteInstance(old.id);
      await town.world.alibaba.cloud.settle();

      const done = await town.run('repair live');

      expect(done.text).toBe('Done: repair cluster live.');
      expect(own().database().id).not.toBe(old.id);
      await expectOneWorkingLogin(town);
    },
    2 * LONG,
  );
});
