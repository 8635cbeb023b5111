import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { albOf } from '../../sandbox/alibaba/alb/lookup.ts';
import { vpcState } from '../../sandbox/alibaba/vpc/state.ts';
import { writes } from '../chaos/right-end.ts';
import { holdingsOf } from '../support/holdings.ts';
import { offers, openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

/** What people do to a cluster in the console that no single setting shows. */
let town: Town;
let seen: Watcher;
const LONG = 150_000;
const own = () => holdingsOf(town.world, 'live');

beforeAll(async () => {
  town = await openTown(QUICK);
  seen = watch(town);
  await town.run(`create-cluster live --edge 1 --edge-min 1 ${OUTSIDE}`);
}, LONG);

afterAll(() => town?.close());

const words = (message: Message) => seen.words(message);
const edges = () =>
  own()
    .nodes('edge')
    .map(({ instance }) => instance.id);
const status = () => seen.asked('status live', /^live /);

async function repair(): Promise<Message> {
  await town.dana.command('repair live', { channel: town.channel });
  return town.next((message) => offers(message, 'Approve') || /^(Cannot|Nothing)/.test(message.text));
}

describe('a server group that somebody emptied', () => {
  it(
    'gets its nodes back, without replacing them',
    async () => {
      const nodes = edges();
      own().serverGroup('edge').servers.splice(0);

      const plan = await repair();
      expect(words(plan)).toContain(`server-group-edge lacks 1 of its nodes: ${nodes.join()}`);
      const done = await town.approve(plan);

      expect(done.text).toBe('Done: repair cluster live.');
      expect(own().health('edge')).toEqual(['Healthy']);
      expect(edges()).toEqual(nodes);
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

describe('a health check that knocks at another port', () => {
  it(
    'knocks at that of the nodes after a repair',
    async () => {
      const group = own().serverGroup('edge');
      group.healthCheck = { ...group.healthCheck, HealthCheckConnectPort: 9999 };

      const plan = await repair();
      expect(words(plan)).toContain('server-group-edge: health check port is 9999, must be 5080');
      const done = await town.approve(plan);

      expect(done.text).toBe('Done: repair cluster live.');
      expect(group.healthCheck.HealthCheckConnectPort).toBe(0);
      expect((await repair()).text).toContain('Nothing of live differs');
    },
    LONG,
  );
});

/** Puts the edges into their server group under another port, as somebody does who mistakes one. */
async function misplaceEdges(): Promise<void> {
  const group = own().serverGroup('edge');
  group.servers.splice(0, group.servers.length, ...group.servers.map((one) => ({ ...one, port: 5081 })));
  albOf(town.world.alibaba.cloud).changed(group.vpcId);
  await vi.waitFor(() => expect(new Set(own().health('edge'))).toEqual(new Set(['Unhealthy'])), {
    timeout: 30_000,
    interval: 50,
  });
}

/** Tells Auto Scaling to put edges in under another port. */
function misleadEdges(): void {
  const group = own().scalingGroup('edge');
  group.serverGroups = group.serverGroups.map((one) => ({ ...one, port: 5081 }));
}

/** Every edge is in the server group once, under the right port, and so will be those to come. */
function expectEdgesInPlace(): void {
  const servers = own().serverGroup('edge').servers;
  expect(servers.map((one) => `${one.serverId} ${one.port} ${one.status}`).toSorted()).toEqual(
    edges()
      .map((id) => `${id} 5080 Available`)
      .toSorted(),
  );
  expect(own().scalingGroup('edge').serverGroups).toMatchObject([{ port: 5080 }]);
  expect(new Set(own().health('edge'))).toEqual(new Set(['Healthy']));
}

describe('nodes that are in their server group under a wrong port', () => {
  it(
    'are named, and put under the right one by a repair instead of waited for',
    async () => {
      const nodes = edges();
      await misplaceEdges();
      const named = `server-group-edge has nodes under another port than 5080: ${nodes.join()} (5081)`;

      expect(await status()).toContain(named);
      expect(await seen.asked('test-fly live', /live (failed|passed)/)).toMatch(
        /live failed.*edge: 0 of 1 nodes serve; i-\S+ is in its server group under the wrong port 5081/,
      );
      const plan = await repair();
      expect(words(plan)).toContain(named);
      expect(words(plan)).not.toMatch(/Auto Scaling replaces|lacks/);
      const done = await town.approve(plan);

      expect(done.text).toBe('Done: repair cluster live.');
      expectEdgesInPlace();
      expect(edges()).toEqual(nodes);
      expect((await repair()).text).toContain('Nothing of live differs');
    },
    LONG,
  );

  it(
    'are put under the right one for good where their scaling group puts them there',
    async () => {
      misleadEdges();
      await misplaceEdges();

      const plan = await repair();
      expect(words(plan)).toContain('under port 5081; they must not be');
      const done = await town.approve(plan);

      expect(done.text).toBe('Done: repair cluster live.');
      expectEdgesInPlace();
      expect((await repair()).text).toContain('Nothing of live differs');
    },
    LONG,
  );
});

describe('a listener that leads to both groups', () => {
  it(
    'is named by the status, and leads to its own alone after a repair',
    async () => {
      const listener = own().listener(5443);
      const edge = { ServerGroupId: own().serverGroup('edge').id };
      const origin = { ServerGroupId: own().serverGroup('origin').id };
      const leadTo = { ServerGroupTuples: [edge, origin] };
      listener.defaultActions = [{ Type: 'ForwardGroup', Order: 1, ForwardGroupConfig: leadTo }];
      const alb = albOf(town.world.alibaba.cloud);
      alb.listeners.remark(listener.id);
      alb.changed();

      expect(await status()).toContain('Port 5443 does not lead to the edge nodes');
      const plan = await repair();
      expect(words(plan)).toContain(
        'listener 5443 leads to the edge group and the origin group, must lead to the edge group',
      );
      const done = await town.approve(plan);

      expect(done.text).toBe('Done: repair cluster live.');
      expect(own().listener(5443).defaultActions).toMatchObject([
        { ForwardGroupConfig: { ServerGroupTuples: [edge] } },
      ]);
      expect(await status()).not.toContain('5443 does not lead');
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

describe('a scaling group that puts its nodes under a wrong port', () => {
  it(
    'is named where more nodes are asked for, and puts old and new ones under the right one',
    async () => {
      misleadEdges();
      await misplaceEdges();
      const { id } = own().serverGroup('edge');

      const plan = await town.plan('scale edge 3 live');
      expect(words(plan)).toContain(`its nodes are put into server group ${id} under port 5081`);
      const done = await town.approve(plan);

      expect(done.text).toMatch(/^Done/);
      expect(edges()).toHaveLength(3);
      expectEdgesInPlace();
    },
    LONG,
  );
});
