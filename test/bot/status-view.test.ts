import { describe, expect, it } from 'vitest';
import { statusView } from '../../src/bot/views/status.ts';
import { LISTENERS } from '../../src/cluster/names.ts';
import { EVIL, fine, status } from './samples.ts';

describe('listeners of which nobody could read where they lead', () => {
  const listeners = LISTENERS.map((one) => ({ ...one, exists: true, state: 'Running', leadsRight: true }));

  it('are called neither right nor wrong', () => {
    const text = fine(statusView(status({ listeners, unread: ['server groups'] })));

    expect(text).toContain(
      '*Load balancer*\\n:white_circle: Active, 4 of 4 listeners run, where they lead could not be read',
    );
    expect(text).toContain('80, 443, 5080, 5443  :white_circle: where they lead could not be read');
    expect(text).not.toContain('listeners right');
  });

  it('are still called missing or stopped if they are', () => {
    const [first, second, third, fourth] = listeners;
    if (!first || !second || !third || !fourth) throw new Error('four listeners are needed');
    const some = [
      first,
      { ...second, state: 'Stopped' },
      third,
      { ...fourth, exists: false, state: 'missing' },
    ];

    const text = fine(statusView(status({ listeners: some, unread: ['server groups'] })));

    expect(text).toContain(':warning: Active, 2 of 4 listeners run, where they lead could not be read');
    expect(text).toContain('443 Stopped');
    expect(text).toContain('5443 is missing');
  });
});

describe('a certificate that could not be looked at', () => {
  it('is unknown without the domain that it is served under', () => {
    const { domain: _none, ...nameless } = status({ certificate: undefined });

    const text = fine(statusView(nameless));

    expect(text).toContain('*Certificate*\\n:white_circle: unknown, the domain is not on record');
    expect(text).not.toContain('missing');
  });

  it('is not missing because the load balancer is', () => {
    const text = fine(statusView(status({ certificate: undefined, loadBalancer: undefined })));

    expect(text).toContain('*Certificate*\\n:white_circle: not served, there is no load balancer');
  });

  it('is unknown while the load balancer has no address', () => {
    const loadBalancer = { state: 'Provisioning', dnsName: '' };

    const text = fine(statusView(status({ certificate: undefined, loadBalancer })));

    expect(text).toContain('*Certificate*\\n:white_circle: unknown, the load balancer has no address yet');
  });
});

describe('a status', () => {
  it('names the nodes to look at first: of a hundred and fifty not all lines fit', () => {
    const [origin, edge] = status().groups;
    const node = origin?.nodes[0];
    if (!origin || !edge || !node) throw new Error('sample without groups');
    const nodes = Array.from({ length: 150 }, (_none, at) => ({
      ...node,
      instanceId: `i-bp1234567890abcdef${at}`,
      privateIp: `10.0.100.${at}`,
      healthy: at !== 147,
    }));
    const group = { ...edge, nodes, max: 200, desired: 150, serving: 149 };

    const text = fine(statusView(status({ groups: [origin, group] })));

    expect(text).toMatch(/…and \d+ more/);
    expect(text).toMatch(/abcdef147`.*unhealthy behind the load balancer/);
  });

  it('says at its head that somebody works on the cluster', () => {
    const { blocks } = statusView(status({ health: 'bad', operation: 'op-7k3m9q2x' }));

    expect(JSON.stringify(blocks.slice(0, 2))).toContain('operation op-7k3m9q2x is planned or under way');
  });

  it('lets nobody be called by what the tag of the domain says', () => {
    const evil = `https://${EVIL}/`;

    const text = fine(statusView(status({ publishUrl: evil, playUrl: evil, panelUrl: evil })));

    expect(text).not.toContain('<!channel>');
  });
});
