import { describe, expect, it } from 'vitest';
import { essOf } from '../../../sandbox/alibaba/ess/lookup.ts';
import type { Built } from './built.ts';

const ROLES = ['origin', 'edge'] as const;

/** Tables D and E: the groups of nodes. */
export function scalingGroups(built: () => Built): void {
  describe('D. the scaling groups', () => {
    it('D1 each is bound to its template and to that very version', () => {
      const { own } = built();

      for (const role of ROLES) {
        expect(own.scalingGroup(role).templateId).toBe(own.template(role).id);
        expect(own.scalingGroup(role).templateVersion).toBe('1');
      }
    });

    it('D2 origins go from 1 to 10 and begin with 1; numbers that contradict each other are refused', async () => {
      const { min, max, desired } = built().own.scalingGroup('origin');

      expect([min, desired, max]).toEqual([1, 1, 10]);
      expect(await built().refusal('create-cluster other --edge-min 5 --edge 2')).toMatch(
        /edge.*desired number \(2\).*below.*min \(5\)/,
      );
    });

    it('D3 it rests 300 seconds between two changes', () => {
      expect(ROLES.map((role) => built().own.scalingGroup(role).cooldown)).toEqual([300, 300]);
    });

    it('D4 its nodes are spread over both vSwitches', () => {
      const { own } = built();

      for (const role of ROLES) {
        expect(own.scalingGroup(role).vSwitchIds).toEqual(own.vSwitches().map((one) => one.id));
        expect(own.scalingGroup(role).multiAz).toBe('BALANCE');
      }
      expect(new Set(own.nodes('edge').map(({ instance }) => instance.zoneId)).size).toBe(2);
    });

    it('D5 its server group speaks HTTP to 5080, checks health, prefers the idle node and drains', () => {
      const { own } = built();

      for (const role of ROLES) {
        const group = own.serverGroup(role);
        expect(group).toMatchObject({ protocol: 'HTTP', scheduler: 'Wlc', vpcId: own.vpc().id });
        expect(group.healthCheck).toMatchObject({ HealthCheckEnabled: true, HealthCheckMethod: 'GET' });
        expect(group.healthCheck.HealthCheckCodes).toContain('http_2xx');
        expect(group.connectionDrain.ConnectionDrainEnabled).toBe(true);
        expect(group.servers.map((server) => server.port)).toEqual(group.servers.map(() => 5080));
      }
      expect(own.serverGroup('origin').sticky.StickySessionEnabled).toBe(true);
      expect(own.loadBalancer().edition).not.toBe('Basic');
    });

    it('D6 it is attached before the group may start a node, and every node is in it with weight 100', () => {
      const { own, calls } = built();
      const created = calls.filter((call) => call.action === 'CreateScalingGroup');

      for (const role of ROLES) {
        const group = own.serverGroup(role);
        const asked = created.find((call) => call.params['ScalingGroupName'] === own.scalingGroup(role).name);
        expect(asked?.params['AlbServerGroups']).toEqual([
          { AlbServerGroupId: group.id, Port: 5080, Weight: 100 },
        ]);
        expect(group.servers.map((server) => `${server.serverId} ${server.weight}`).toSorted()).toEqual(
          own
            .nodes(role)
            .map(({ instance }) => `${instance.id} 100`)
            .toSorted(),
        );
      }
    });

    it('D7 it is enabled', () => {
      const enabled = built().calls.filter((call) => call.action === 'EnableScalingGroup');

      expect(enabled.map((call) => call.code)).toEqual(['OK', 'OK']);
      expect(ROLES.map((role) => built().own.scalingGroup(role).state)).toEqual(['Active', 'Active']);
    });

    it('D8 one rule holds the average CPU at 60 %', () => {
      for (const role of ROLES) {
        const rule = built().own.scalingRule(role);
        expect(rule.type).toBe('TargetTrackingScalingRule');
        expect(rule.settings).toMatchObject({ MetricName: 'CpuUtilization', TargetValue: 60 });
      }
    });

    it('D9 nodes of an old template go first, connections drain, and who takes nodes away is told whom it cuts', async () => {
      const { own, plan } = built();

      for (const role of ROLES) {
        expect(own.scalingGroup(role).removalPolicies[0]).toBe('OldestScalingConfiguration');
        expect(own.serverGroup(role).connectionDrain.ConnectionDrainTimeout).toBe(300);
      }
      expect(await plan('scale edge 1 live --with-limits')).toMatch(
        /Players on the removed edge nodes are cut off/,
      );
    });

    it('D10 no node was taken for sick while it started: as many were started as are wanted', () => {
      const { own, town } = built();
      const ess = essOf(town.world.alibaba.cloud);

      for (const role of ROLES) {
        const { id, desired, healthCheckTypes } = own.scalingGroup(role);
        expect(healthCheckTypes).toContain('ECS');
        expect(ess.activitiesOf(id).flatMap((activity) => activity.created)).toHaveLength(desired ?? 0);
        expect(ess.activitiesOf(id).flatMap((activity) => activity.destroyed)).toEqual([]);
      }
    });

    it("D11 every node is in service, alive in the cluster's own node list and healthy", () => {
      const { own } = built();
      const listed = own.databaseMachine().mongod?.state.collection('clusterdb', 'clusternode') ?? [];
      const nodes = ROLES.flatMap((role) => own.nodes(role));

      expect(nodes.map(({ member }) => member.state)).toEqual(['InService', 'InService', 'InService']);
      expect(listed.map((node) => node['ip']).toSorted()).toEqual(
        nodes.map(({ instance }) => instance.privateIp).toSorted(),
      );
      expect(ROLES.flatMap((role) => own.health(role))).toEqual(['Healthy', 'Healthy', 'Healthy']);
    });
  });

  describe('E. the edges', () => {
    it('E1 they are made beside the origins, neither waiting for the other', () => {
      const { calls, own } = built();
      const enabled = calls.filter((call) => call.action === 'EnableScalingGroup' && call.code === 'OK');
      const inService = ROLES.map((role) => own.nodes(role).map(({ member }) => member.inServiceAt ?? 0));

      expect(new Set(enabled.map((call) => call.params['ScalingGroupId']))).toEqual(
        new Set(ROLES.map((role) => own.scalingGroup(role).id)),
      );
      expect(inService.map((of) => of.length)).toEqual([1, 2]);
      expect(Math.max(...enabled.map((call) => call.at.getTime()))).toBeLessThan(
        Math.min(...inService.flat()),
      );
    });

    it('E2 they bear names of their own', () => {
      const { own } = built();

      expect([
        own.template('edge').name,
        own.scalingGroup('edge').name,
        own.serverGroup('edge').name,
      ]).toEqual(['live-launch-template-edge', 'live-scaling-group-edge', 'live-server-group-edge']);
    });

    it('E3 they go from 2 to 10 and begin with 2; type, numbers and CPU are theirs to choose', async () => {
      const { min, max, desired } = built().own.scalingGroup('edge');
      const planned = await built().plan(
        'create-cluster other --edge-type ecs.c6.2xlarge --edge-min 3 --edge 4 --edge-max 8 --edge-cpu 55',
      );

      expect([min, desired, max]).toEqual([2, 2, 10]);
      expect(planned).toMatch(/other-scaling-group-edge: 4 nodes \(3 to 8\)/);
      expect(planned).toMatch(/other-launch-template-edge.*ecs\.c6\.2xlarge/);
      expect(planned).toMatch(/other-scaling-rule-edge: average CPU near 55 %/);
      expect(planned).toMatch(/other-scaling-rule-origin: average CPU near 60 %/);
    });

    it('E4 whoever has questions is helped by /ams help', async () => {
      expect(await built().refusal('help')).toContain('/ams create-cluster');
    });
  });
}
