import { describe, expect, it } from 'vitest';
import { createNetwork } from '../../../sandbox/alibaba/ecs/network.ts';
import type { Built } from './built.ts';

/** Table A: what the words of the seed mean. */
export function definitions(built: () => Built): void {
  describe('A. what a cluster is', () => {
    it('A1 one database, proven before anything that nodes are made of exists', () => {
      const { calls, steps, own } = built();
      const proven = steps.indexOf('database-install');

      expect(own.database().status).toBe('Running');
      expect(calls.filter((call) => call.action === 'RunInstances')).toHaveLength(1);
      for (const later of ['launch-template-origin', 'launch-template-edge', 'scaling-group-edge']) {
        expect(steps.indexOf(later), later).toBeGreaterThan(proven);
      }
      expect(proven).toBeGreaterThan(0);
    });

    it('A2 one load balancer with four listeners is the entrance', () => {
      const { own } = built();

      expect(own.loadBalancer().status).toBe('Active');
      expect(own.listeners().map(({ port, protocol, status }) => `${protocol} ${port} ${status}`)).toEqual([
        'HTTP 80 Running',
        'HTTPS 443 Running',
        'HTTP 5080 Running',
        'HTTPS 5443 Running',
      ]);
    });

    it('A3 a scaling group of origins that never falls below one', () => {
      const group = built().own.scalingGroup('origin');

      expect([group.state, group.min]).toEqual(['Active', 1]);
      expect(built().own.nodes('origin')).toHaveLength(1);
    });

    it('A4 a scaling group of edges, which reach origins where they fetch streams and nothing else does', () => {
      const { own, town } = built();
      const network = networkOf(built());
      const origin = own.nodes('origin')[0]?.instance;
      const edge = own.nodes('edge')[0]?.instance;

      expect(own.scalingGroup('edge').min).toBeGreaterThan(0);
      for (const port of [5000, 5080, 1935]) {
        expect(network(edge?.privateIp, origin?.id, port), `${port} edge to origin`).toBe(true);
        expect(network(origin?.privateIp, edge?.id, port), `${port} origin to edge`).toBe(true);
        expect(network('203.0.113.200', origin?.id, port), `${port} from outside`).toBe(false);
      }
      expect(network(own.database().privateIp, origin?.id, 5000)).toBe(false);
      expect(town.world.plane.portFor(5000)).toBeUndefined();
    });

    it('A5 origins and edges come from one image and one script; name, tag and listener alone make the role', () => {
      const { own } = built();
      const [origin, edge] = [own.templateData('origin'), own.templateData('edge')];
      const script = (role: 'origin' | 'edge') =>
        own.userData(role).replace(`{"cluster":"live","role":"${role}"}`, '{}');
      const rest = ({
        UserData: _u,
        InstanceName: _n,
        Tag: _t,
        ...others
      }: Readonly<Record<string, unknown>>) => others;

      expect(rest(origin)).toEqual(rest(edge));
      expect(script('origin')).toBe(script('edge'));
      expect(own.userData('origin')).not.toBe(own.userData('edge'));
    });
  });
}

/** Whether the security groups let a private address open a TCP port of an instance. */
function networkOf({ town }: Built) {
  const { cloud } = town.world.alibaba;
  return (from = '', to = '', port = 0) => createNetwork(() => cloud).allows(from, to, 'tcp', port);
}
