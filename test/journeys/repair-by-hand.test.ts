import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { albOf } from '../../sandbox/alibaba/alb/lookup.ts';
import { vpcState } from '../../sandbox/alibaba/vpc/state.ts';
import { writes } from '../chaos/right-end.ts';
import { holdingsOf } from '../support/holdings.ts';
import { offers, openTown } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';

/** What people do to a cluster in the console that no single setting shows. */
let town: Town;
const LONG = 150_000;
const own = () => holdingsOf(town.world, 'live');

beforeAll(async () => {
  town = await openTown();
  await town.run('create-cluster live --edge 1 --edge-min 1');
}, LONG);

afterAll(() => town?.close());

function words(message: Message): string {
  return town.world.slack.render(message).replace(/\s+/g, ' ');
}

async function repair(): Promise<Message> {
  await town.dana.command('repair live', { channel: town.channel });
  return town.next((message) => offers(message, 'Approve') || /^(Cannot|Nothing)/.test(message.text));
}

describe('a server group that somebody emptied', () => {
  it(
    'gets its nodes back, without replacing them',
    async () => {
      const nodes = own()
        .nodes('edge')
        .map(({ instance }) => instance.id);
      own().serverGroup('edge').servers.splice(0);

      const plan = await repair();
      expect(words(plan)).toContain(`server-group-edge lacks 1 of its nodes: ${nodes.join()}`);
      const done = await town.approve(plan);

      expect(done.text).toBe('Done: repair cluster live.');
      expect(own().health('edge')).toEqual(['Healthy']);
      expect(
        own()
          .nodes('edge')
          .map(({ instance }) => instance.id),
      ).toEqual(nodes);
      expect((await repair()).text).toContain('Nothing of live differs');
    },
    LONG,
  );
});

describe('a health check that somebody switched off', () => {
  it(
    'is on again after a repair',
    async () => {
      const group = own().serverGroup('edge');
      group.healthCheck = { ...group.healthCheck, HealthCheckEnabled: false, HealthCheckProtocol: 'TCP' };

      const plan = await repair();
      expect(words(plan)).toContain('server-group-edge: health check is off, must be on');
      const done = await town.approve(plan);

      expect(done.text).toBe('Done: repair cluster live.');
      expect(group.healthCheck).toMatchObject({ HealthCheckEnabled: true, HealthCheckProtocol: 'HTTP' });
      expect((await repair()).text).toContain('Nothing of live differs');
    },
    LONG,
  );
});

describe('a resource whose tags somebody took off', () => {
  it(
    'is not made a second time; whoever asks is told which tags to put back',
    async () => {
      const balancer = own().loadBalancer();
      const vpc = own().vpc();
      const balancerTags = balancer.tags.splice(0);
      const vpcTags = [...vpc.tags];
      vpc.tags.clear();
      const before = writes(town).length;

      const answer = await repair();

      const text = words(answer) + town.whispered('U0DANA0001');
      expect(answer.text).toContain('Cannot repair cluster live');
      expect(text).toContain(`vpc is missing, and ${vpc.id} bears its name live-vpc without its tags.`);
      expect(text).toContain(`load-balancer is missing, and ${balancer.id} bears its name`);
      expect(text).toContain('ams-cluster=live, ams-resource=vpc, ams-managed=ams-chatops');
      expect(writes(town)).toHaveLength(before);

      balancer.tags.push(...balancerTags);
      for (const [key, value] of vpcTags) vpc.tags.set(key, value);
      expect((await repair()).text).toContain('Nothing of live differs');
      expect(albOf(town.world.alibaba.cloud).loadBalancers.size).toBe(1);
      expect(vpcState(town.world.alibaba.cloud).vpcs.size).toBe(1);
    },
    LONG,
  );
});

describe('a scaling group that lost its template', () => {
  it(
    'gets it back with the numbers that it has by then, however long the repair stood still',
    async () => {
      const group = own().scalingGroup('edge');
      group.templateVersion = 'Default';
      const refusal = town.world.alibaba.cloud.faults.plan({
        action: 'ModifyScalingGroup',
        when: 'before',
        kind: 'code',
        code: 'Forbidden.RAM',
        status: 403,
        times: Infinity,
      });
      const failed = await town.approve(await repair());
      expect(failed.text).toMatch(/^Failed: repair cluster live/);
      refusal.cancel();
      group.desired = 2;

      await town.dana.click(failed, 'Retry');
      const done = await town.until(failed, /^Done/);

      expect(done.text).toBe('Done: repair cluster live.');
      expect(group.templateVersion).toBe('1');
      expect(group.desired).toBe(2);
    },
    LONG,
  );
});
