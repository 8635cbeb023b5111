import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { instanceType } from '../../../sandbox/alibaba/ecs/instance-types.ts';
import { tagsOf } from '../../support/holdings.ts';
import { visit } from '../../support/visitor.ts';
import type { Built } from './built.ts';

const ROLES = ['origin', 'edge'] as const;

/** Table C: what a node is made of. */
export function launchTemplates(built: () => Built): void {
  describe('C. the launch templates', () => {
    it('C1 they exist before the scaling groups that use them', () => {
      const order = built()
        .calls.map((call) => call.action)
        .filter((action) => action === 'CreateLaunchTemplate' || action === 'CreateScalingGroup');

      expect(order).toEqual([
        'CreateLaunchTemplate',
        'CreateLaunchTemplate',
        'CreateScalingGroup',
        'CreateScalingGroup',
      ]);
    });

    it('C2 they carry the tags and a described version', () => {
      for (const role of ROLES) {
        const template = built().own.template(role);
        expect(tagsOf(template.tags)).toMatchObject({ 'ams-cluster': 'live', 'ams-managed': 'ams-chatops' });
        expect(template.versions.get(1)?.description).toMatch(/^ams-chatops [0-9a-f]+$/);
      }
    });

    it('C3 they name the Ant Media Enterprise image of the Marketplace; one that is not there is refused', async () => {
      const { own, planned, plan } = built();

      expect(own.templateData('origin')['ImageId']).toMatch(/^m-/);
      expect(planned).toMatch(/Ant Media Server Enterprise/);
      expect(await plan('create-cluster other --image m-gw80000000000000none')).toMatch(
        /Cannot create cluster other.*m-gw80000000000000none/,
      );
    });

    it('C4 the nodes say themselves that they are the Enterprise Edition of generation 3', async () => {
      const { own, town, domain } = built();
      const version = await visit(town.world, `https://${domain}/rest/v2/version`, {
        headers: { proxyauthorization: tokenOf(own.userData('origin')) },
      });

      expect(JSON.parse(version.body)).toMatchObject({
        versionName: expect.stringMatching(/^3\./) as string,
        versionType: 'Enterprise Edition',
      });
      for (const { instance } of ROLES.flatMap((role) => own.nodes(role)))
        expect(own.machine(instance.id).spec.amsEdition).toBe('Enterprise Edition');
    });

    it('C5 nodes of both groups get a public address with a cap, paid by traffic', () => {
      const { own } = built();

      for (const { instance } of ROLES.flatMap((role) => own.nodes(role))) {
        expect(instance.publicIp).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
        expect([instance.internetMaxBandwidthOut, instance.internetChargeType]).toEqual([50, 'PayByTraffic']);
      }
    });

    it('C6 they start in the vSwitches of the cluster', () => {
      const { own } = built();
      const switches = own.vSwitches().map((one) => one.id);

      for (const { instance } of ROLES.flatMap((role) => own.nodes(role)))
        expect(switches).toContain(instance.vSwitchId);
    });

    it('C7 they let in the load balancer, each other, and media over UDP; nothing else', () => {
      const { own } = built();

      expect(own.rules('nodes')).toEqual([
        'TCP 1935/1935 from live-security-group-nodes',
        'TCP 5000/5000 from live-security-group-nodes',
        'TCP 5080/5080 from 10.0.0.0/24',
        'TCP 5080/5080 from 10.0.1.0/24',
        'TCP 5080/5080 from live-security-group-nodes',
        'UDP 50000/60000 from 0.0.0.0/0',
      ]);
      for (const { instance } of ROLES.flatMap((role) => own.nodes(role)))
        expect(instance.securityGroupIds).toEqual([own.securityGroup('nodes').id]);
    });

    it('C8 they take the key pair of the cluster', () => {
      for (const role of ROLES)
        expect(built().own.templateData(role)['KeyPairName']).toBe(built().own.keyPair().name);
    });

    it('C9 nodes are named after cluster and role and carry both as tags', () => {
      for (const role of ROLES) {
        for (const { instance } of built().own.nodes(role)) {
          expect(instance.name).toBe(`live-${role}`);
          expect(tagsOf(instance.tags)).toMatchObject({ 'ams-cluster': 'live' });
          expect(tagsOf(instance.tags)['ams-resource']).toMatch(new RegExp(`-${role}$`));
        }
      }
    });

    it('C10 their script waits for the database, joins with a full address, proves it and only then serves', () => {
      const { own } = built();
      const script = own.userData('origin');

      expect(script.startsWith('#!/bin/bash\n')).toBe(true);
      expect(script).toContain('exec </dev/null');
      expect(/change_server_mode\.sh cluster \S+ <\/dev\/null/.test(script)).toBe(true);
      const places = [
        'systemctl disable antmedia',
        'does not accept connections',
        'change_server_mode.sh cluster',
        'does not answer in cluster mode',
        'systemctl enable antmedia',
      ].map((words) => script.indexOf(words));
      expect(
        places.every((at) => at >= 0),
        places.join(),
      ).toBe(true);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      for (const { instance } of ROLES.flatMap((role) => own.nodes(role))) {
        const { root, ams } = own.machine(instance.id);
        expect(root.exists('/usr/local/antmedia/conf/ams-joined')).toBe(true);
        expect(ams?.property('clusterdb.host')).toContain(own.database().privateIp);
        expect(ams?.mode()).toBe('cluster');
      }
    });

    it('C11 they are confirmed by the groups that start nodes from them', () => {
      const { own } = built();

      for (const role of ROLES) expect(own.scalingGroup(role).templateId).toBe(own.template(role).id);
    });

    it('C12 nodes have 4 vCPU and 8 GiB, with other types of that size in reserve', () => {
      const { own } = built();

      for (const role of ROLES) {
        expect(own.templateData(role)['InstanceType']).toBe('ecs.c7.xlarge');
        expect(own.scalingGroup(role).overrides.length).toBeGreaterThan(1);
        for (const { InstanceType } of own.scalingGroup(role).overrides) {
          const type = instanceType(InstanceType);
          expect(type?.cores).toBe(4);
          expect((type?.cores ?? 0) * (type?.memoryGiB ?? 0)).toBeGreaterThanOrEqual(8);
        }
      }
    });

    it('C13 each node has 40 GiB of ESSD that go with it', () => {
      const { own } = built();

      for (const { instance } of ROLES.flatMap((role) => own.nodes(role))) {
        expect(own.disksOf(instance.id)).toMatchObject([
          { category: 'cloud_essd', sizeGiB: 40, deleteWithInstance: true },
        ]);
      }
    });

    it('C14 a licence key of ones own reaches the nodes, and neither Slack nor the log', () => {
      const { own, town } = built();
      const told = [
        JSON.stringify(town.world.slack.messages(town.channel)),
        ...town.products.flatMap((product) => product.output),
      ].join('\n');

      for (const { instance } of ROLES.flatMap((role) => own.nodes(role)))
        expect(own.machine(instance.id).ams?.property('server.licence_key')).toBe('licence-of-the-test');
      expect(told).not.toContain('licence-of-the-test');
    });

    it('C15 all nodes take tokens of one key, by which any of them tells the node list', async () => {
      const { own, town, domain } = built();
      const key = /^JWT='([^']+)'$/m.exec(own.userData('origin'))?.[1] ?? '';
      const token = tokenOf(own.userData('origin'));
      const nodesAt = (port: number, headers: Record<string, string>) =>
        visit(town.world, `https://${domain}:${port}/rest/v2/cluster/nodes/0/50`, { headers });

      expect(key.length).toBeGreaterThanOrEqual(32);
      expect(own.userData('edge')).toContain(`JWT='${key}'`);
      for (const port of [443, 5443]) {
        const list = await nodesAt(port, { proxyauthorization: token });
        expect(list.status).toBe(200);
        expect(JSON.parse(list.body)).toHaveLength(3);
      }
      expect((await nodesAt(443, {})).status).toBe(403);
    });

    it('C16 the STUN server of the settings reaches the nodes; a region of China is warned of', async () => {
      const { own, plan } = built();
      const [node] = own.nodes('edge');
      const file = '/usr/local/antmedia/webapps/WebRTCAppEE/WEB-INF/red5-web.properties';

      expect(own.userData('edge')).toContain("STUN='stun:stun.example.net:3478'");
      expect(own.machine(node?.instance.id ?? '').root.read(file)).toContain('stun:stun.example.net:3478');
      expect(await plan('create-cluster other --region cn-hangzhou')).toMatch(/licence check needs a proxy/);
      expect(built().planned).not.toMatch(/mainland China/);
    });
  });
}

/** A token of the panel's REST API, made with the key that a node was told. */
function tokenOf(script: string): string {
  const key = /^JWT='([^']+)'$/m.exec(script)?.[1] ?? '';
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ exp: Math.floor(Date.now() / 1000) + 60 })}`;
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
}
