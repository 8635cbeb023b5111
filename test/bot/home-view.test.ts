import { describe, expect, it } from 'vitest';
import { homeView } from '../../src/bot/views/home.ts';
import { glanceOf } from '../../src/cluster/glance.ts';
import { refuseView } from '../../sandbox/slack/block-kit/validate.ts';
import { EVIL, NOW, operation, seen, status } from './samples.ts';

describe('the home', () => {
  const glance = glanceOf(status({ findings: [EVIL], drift: ['a', 'b'] }));
  const clusters = Array.from({ length: 60 }, (_, at) => {
    const cluster = `live-${at}`;
    return { record: { cluster, regionId: 'eu-central-1', domain: EVIL }, glance, operation: undefined };
  });
  const full = {
    user: 'U0BOB00001',
    isApprover: true,
    clusters,
    pending: Array.from({ length: 40 }, (_, at) => operation('awaiting-approval', { id: `op-p${at}` })),
    running: Array.from({ length: 40 }, (_, at) => seen('running', { id: `op-r${at}`, startedAt: NOW })),
    lately: Array.from({ length: 40 }, () => operation('failed')),
  };

  it('is one that Slack shows, however much there is', () => {
    const view = homeView(full);

    expect(refuseView(view, ['home'])).toEqual([]);
    expect(view.blocks.length).toBeLessThanOrEqual(100);
    expect(JSON.stringify(view)).toContain('…and 40 more. `/ams clusters` lists all.');
  });

  it('invites whoever has no cluster yet to make one', () => {
    const view = homeView({ ...full, clusters: [], pending: [], running: [], lately: [] });

    expect(refuseView(view, ['home'])).toEqual([]);
    expect(JSON.stringify(view)).toContain('No clusters yet');
    expect(JSON.stringify(view)).not.toContain('Scale…');
  });

  it('offers the decision to those whose decision counts', () => {
    const [plan] = full.pending;
    const one = { ...full, pending: plan ? [plan] : [], running: [], clusters: [] };
    const offered = (change: Partial<typeof one>) => JSON.stringify(homeView({ ...one, ...change }));

    expect(offered({})).toContain('"Approve"');
    expect(offered({ isApprover: false })).not.toContain('ams_reject');
    expect(offered({ isApprover: false })).toContain('from <@U0BOB00001>');
    expect(offered({ user: 'U0ALICE001' })).not.toContain('ams_approve');
    expect(offered({ user: 'U0ALICE001' })).toContain('Withdraw');
  });
});
