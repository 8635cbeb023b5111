import { describe, expect, it } from 'vitest';
import { casOf } from '../../../sandbox/alibaba/cas/lookup.ts';
import { converse, openSocket, visit } from '../../support/visitor.ts';
import { MS_PER_SECOND } from './built.ts';
import type { Built } from './built.ts';

/** Table F: the entrance. */
export function entrance(built: () => Built): void {
  /** Which group answers at an address. */
  async function roleAt(address: string): Promise<unknown> {
    const answer = await visit(built().town.world, `${address}/ams-node.json`);
    return (JSON.parse(answer.body) as { role: unknown }).role;
  }

  /** Whom a listener leads to by its own configuration. */
  function leadsTo(port: number): readonly string[] {
    const { own } = built();
    return own
      .listener(port)
      .defaultActions.flatMap((action) => action.ForwardGroupConfig?.ServerGroupTuples ?? [])
      .map((tuple) => (tuple.ServerGroupId === own.serverGroup('origin').id ? 'origin' : 'edge'));
  }

  describe('F. the load balancer', () => {
    it('F1 it faces the internet in two zones, with the edition that can drain connections', () => {
      const balancer = built().own.loadBalancer();

      expect(balancer).toMatchObject({ addressType: 'Internet', edition: 'Standard', status: 'Active' });
      expect(balancer.zones.map((zone) => zone.ZoneId)).toEqual(['eu-central-1a', 'eu-central-1b']);
      expect(balancer.zones.every((zone) => zone.publicAddress !== undefined)).toBe(true);
    });

    it('F2 it was made with name, VPC and vSwitches, and waited for before any listener', () => {
      const { own, calls, steps } = built();
      const asked = calls.find((call) => call.action === 'CreateLoadBalancer')?.params;

      expect(asked).toMatchObject({ LoadBalancerName: 'live-load-balancer', VpcId: own.vpc().id });
      expect(own.loadBalancer().zones.map((zone) => zone.VSwitchId)).toEqual(
        own.vSwitches().map((one) => one.id),
      );
      const waited = steps.indexOf('load-balancer');
      expect(waited).toBeGreaterThanOrEqual(0);
      for (const port of [80, 443, 5080, 5443])
        expect(steps.indexOf(`listener-${port}`), `listener-${port}`).toBeGreaterThan(waited);
    });

    it('F3 HTTP 80 is answered by an origin', async () => {
      expect(leadsTo(80)).toEqual(['origin']);
      expect(await roleAt(`http://${built().domain}`)).toBe('origin');
    });

    it('F4 HTTPS 443 is answered by an origin, over TLS 1.2 at least', async () => {
      const { domain, own, town } = built();

      expect(leadsTo(443)).toEqual(['origin']);
      expect(await roleAt(`https://${domain}`)).toBe('origin');
      expect(own.listener(443).securityPolicyId).toBe('tls_cipher_policy_1_2');
      expect((await visit(town.world, `https://${domain}/`)).tls).toMatch(/^TLSv1\.[23]$/);
      await expect(visit(town.world, `https://${domain}/`, { maxVersion: 'TLSv1.1' })).rejects.toThrow();
    });

    it('F5 HTTP 5080 is answered by an edge', async () => {
      expect(leadsTo(5080)).toEqual(['edge']);
      expect(await roleAt(`http://${built().domain}:5080`)).toBe('edge');
    });

    it('F6 HTTPS 5443 is answered by an edge, with the same certificate', async () => {
      const { own, domain } = built();

      expect(leadsTo(5443)).toEqual(['edge']);
      expect(await roleAt(`https://${domain}:5443`)).toBe('edge');
      expect(own.listener(5443).certificateIds).toEqual(own.listener(443).certificateIds);
    });

    it('F7 each listener leads to its one group, asked a dozen times', async () => {
      const { domain } = built();
      const asked = async (address: string) =>
        new Set(await Promise.all(Array.from({ length: 12 }, () => roleAt(address))));

      expect(await asked(`https://${domain}`)).toEqual(new Set(['origin']));
      expect(await asked(`https://${domain}:5443`)).toEqual(new Set(['edge']));
    });

    it('F8 the certificate was uploaded once under a name of its own, which both listeners serve', () => {
      const { own, calls, town } = built();
      const [certificate, ...others] = own.certificates();

      expect(others).toEqual([]);
      expect(calls.filter((call) => call.action === 'UploadUserCertificate')).toHaveLength(1);
      expect(own.listener(443).certificateIds).toEqual([certificate?.identifier]);
      expect(certificate?.identifier).toMatch(/^\d+-[a-z0-9-]+$/);
      expect(casOf(town.world.alibaba.cloud).certificates.size).toBe(1);
    });

    it('F9 it covers the domain with its whole chain, which a browser accepts', async () => {
      const { town, domain, own } = built();
      const [certificate] = own.certificates();

      expect(certificate?.parsed.sans).toContain('*.live.example.com');
      expect(certificate?.parsed.chain).toHaveLength(2);
      expect((await visit(town.world, `https://${domain}/`)).status).toBe(200);
      await expect(visit(town.world, 'https://live.other.example.com/')).rejects.toThrow();
    });

    it('F10 people are told where to publish and where to play', async () => {
      const { done, domain, planned, refusal } = built();

      expect(done).toMatch(new RegExp(`Publish https://${domain}/`));
      expect(done).toMatch(new RegExp(`Play https://${domain}:5443/`));
      expect(planned).toMatch(/Listener HTTPS 443 to the origin group/);
      expect(planned).toMatch(/Listener HTTPS 5443 to the edge group/);
      expect(await refusal('help')).toMatch(/take streams on 443 .* play them on 5443/);
    });

    it('F11 a WebSocket stays open beyond the idle time as long as it is pinged', async () => {
      const { own, town, domain } = built();
      const idleMs = own.listener(443).idleTimeout * MS_PER_SECOND;
      const socket = await openSocket(town.world, `wss://${domain}/WebRTCAppEE/websocket`);

      const endsAt = Date.now() + 1.4 * idleMs;
      while (Date.now() < endsAt) {
        expect(await converse(socket, { command: 'ping' })).toEqual({ command: 'pong' });
        await new Promise((next) => setTimeout(next, idleMs / 10));
      }

      expect(own.listener(443)).toMatchObject({ idleTimeout: 60, requestTimeout: 60 });
      socket.close();
    });

    it('F12 nobody reaches the panel on the nodes around the load balancer', () => {
      const { own } = built();
      const wide = own.rules('nodes').filter((rule) => /TCP.*from 0\.0\.0\.0\/0/.test(rule));

      expect(wide).toEqual([]);
      expect(own.listeners().map((listener) => listener.port)).toEqual([80, 443, 5080, 5443]);
    });
  });
}
