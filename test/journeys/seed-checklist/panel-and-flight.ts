import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { albOf } from '../../../sandbox/alibaba/alb/lookup.ts';
import { addZone } from '../../../sandbox/alibaba/alidns/lookup.ts';
import { converse, openSocket, visit } from '../../support/visitor.ts';
import type { Built } from './built.ts';

/** Tables G and H: the panel, the name and the test flight. */
export function panelAndFlight(built: () => Built): void {
  describe('G. the panel and the name', () => {
    it('G1 the panel belongs to somebody already, and its address is told', async () => {
      const { town, domain, done } = built();
      const first = await visit(town.world, `https://${domain}/rest/v2/first-login-status`);

      expect(JSON.parse(first.body)).toMatchObject({ success: false });
      expect(done).toContain(`Panel https://${domain}/`);
    });

    it('G2 the password that the requester alone was shown opens it, as the form of the panel sends it', async () => {
      const { town, domain, admin } = built();
      const login = (password: string) =>
        visit(town.world, `https://${domain}/rest/v2/users/authenticate`, {
          method: 'POST',
          body: { email: admin.email, password: createHash('md5').update(password).digest('hex') },
        });

      expect(JSON.parse((await login(admin.password)).body)).toMatchObject({ success: true });
      expect(JSON.parse((await login('wrong')).body)).toMatchObject({ success: false });
      expect(JSON.stringify(town.world.slack.messages(town.channel))).not.toContain(admin.password);
    });

    it('G3 the record to add is printed with the name of the load balancer, or planned where the zone is ours', async () => {
      const { done, domain, own, town, plan } = built();
      addZone(town.world.alibaba.cloud, 'example.com');

      expect(done).toContain(`DNS, to be set \`${domain}\` CNAME \`${own.loadBalancer().dnsName}\``);
      expect(await plan('create-cluster other --dns alidns')).toMatch(/CNAME.*other\.live\.example\.com/);
    });

    it('G4 a flight of its own says what is known of the name, and that the rest of the way works', async () => {
      const { town, domain } = built();
      await town.dana.command('test-fly live', { channel: town.channel });
      const flight = await town.next((message) => message.text.includes('test flight'));
      const told = town.world.slack.render(flight).replaceAll(/\s+/g, ' ');

      expect(told).toMatch(/live passed its test flight/);
      // The world leads every name to its load balancers by configuration, which the bot says instead of guessing.
      expect(told).toMatch(new RegExp(`Name The address of ${domain} is configured here`));
      expect(told).not.toContain(':x:');
    });
  });

  describe('H. the test flight', () => {
    it('H1 the publish page is there under the printed link, and an origin gives it', async () => {
      const { town, domain, done } = built();
      const link = /Publish (https:\S+)/.exec(done)?.[1] ?? '';
      const page = await visit(town.world, link);

      expect([page.status, link]).toEqual([200, `https://${domain}/WebRTCAppEE/?id=stream1`]);
      expect(page.body).toContain('WebRTC Publish');
    });

    it('H2 both links name the stream stream1', () => {
      expect(built().done.match(/\?id=stream1/g)).toHaveLength(2);
    });

    it('H3 the play page is there under the printed link, and an edge gives it', async () => {
      const { town, domain, done } = built();
      const link = /Play (https:\S+)/.exec(done)?.[1] ?? '';
      const [page, mark] = await Promise.all([
        visit(town.world, link),
        visit(town.world, `https://${domain}:5443/ams-node.json`),
      ]);

      expect([page.status, link]).toEqual([200, `https://${domain}:5443/WebRTCAppEE/player.html?id=stream1`]);
      expect(page.body).toContain('WebRTC Play');
      expect(JSON.parse(mark.body)).toMatchObject({ role: 'edge' });
    });

    it('H4 the plan says before anything runs which address publishes and which plays', () => {
      const { planned, domain } = built();

      expect(planned).toContain(`publish on https://${domain}/, play on https://${domain}:5443/`);
    });

    it('H5 signalling answers over WebSocket on both ports', async () => {
      const { town, domain } = built();

      for (const address of [`wss://${domain}`, `wss://${domain}:5443`]) {
        const socket = await openSocket(town.world, `${address}/WebRTCAppEE/websocket`);
        expect(await converse(socket, { command: 'ping' })).toEqual({ command: 'pong' });
        socket.close();
      }
    });

    it('H6 UDP 50000 to 60000 is open to the world, and people are told so', () => {
      const { own, planned } = built();

      expect(own.rules('nodes')).toContain('UDP 50000/60000 from 0.0.0.0/0');
      expect(planned).toMatch(/UDP 50000-60000 from anywhere/);
    });

    it('H7 the nodes alive in the node list are the members of both groups, which status tells', async () => {
      const { town, own } = built();
      await town.dana.command('status live', { channel: town.channel });
      const status = await town.next((message) => message.text.startsWith('live is'));
      const told = town.world.slack.render(status).replaceAll(/\s+/g, ' ');

      expect(told).toMatch(/1 of 1 serving/);
      expect(told).toMatch(/2 of 2 serving/);
      for (const { instance } of [...own.nodes('origin'), ...own.nodes('edge')])
        expect(told).toContain(instance.id);
      expect(albOf(town.world.alibaba.cloud).loadBalancers.size).toBe(1);
    });
  });
}
