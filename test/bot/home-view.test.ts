import type { App } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import { readHome } from '../../src/bot/home/read-home.ts';
import { registerHome } from '../../src/bot/home/register.ts';
import type { BotParts } from '../../src/bot/parts.ts';
import { homeView } from '../../src/bot/views/home.ts';
import type { Health } from '../../src/cluster/answers.ts';
import { RefusedError } from '../../src/cluster/errors.ts';
import { glanceOf } from '../../src/cluster/glance.ts';
import type { Operation, OperationState } from '../../src/cluster/operation.ts';
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
    runningCount: 40,
    lately: Array.from({ length: 40 }, () => operation('failed')),
  };

  it('is one that Slack shows, however much there is', () => {
    const view = homeView(full);

    expect(refuseView(view, ['home'])).toEqual([]);
    expect(view.blocks.length).toBeLessThanOrEqual(100);
    expect(JSON.stringify(view)).toContain('…and 40 more. `/ams clusters` lists all.');
  });

  it('invites whoever has no cluster yet to make one', () => {
    const none = { clusters: [], pending: [], running: [], runningCount: 0, lately: [] };
    const view = homeView({ ...full, ...none });

    expect(refuseView(view, ['home'])).toEqual([]);
    expect(JSON.stringify(view)).toContain('No clusters yet');
    // Its memory may be empty while clusters are there.
    expect(JSON.stringify(view)).toContain('`/ams clusters` looks for them in the cloud');
    expect(JSON.stringify(view)).not.toContain('Scale…');
  });

  it('offers the decision to those whose decision counts', () => {
    const [plan] = full.pending;
    const one = { ...full, pending: plan ? [plan] : [], running: [], runningCount: 0, clusters: [] };
    const offered = (change: Partial<typeof one>) => JSON.stringify(homeView({ ...one, ...change }));

    expect(offered({})).toContain('"Approve"');
    expect(offered({ isApprover: false })).not.toContain('ams_reject');
    expect(offered({ isApprover: false })).toContain('from <@U0BOB00001>');
    expect(offered({ user: 'U0ALICE001' })).not.toContain('ams_approve');
    expect(offered({ user: 'U0ALICE001' })).toContain('Withdraw');
  });

  it('counts no nodes of a group that could not be read', () => {
    const groups = status().groups.map((group) =>
      group.role === 'origin' ? { ...group, exists: false, serving: 0, desired: 0 } : group,
    );
    const partly = glanceOf(status({ health: 'unknown', groups, unread: ['origin group'] }));
    const [one] = clusters;
    const view = homeView({ ...full, clusters: one ? [{ ...one, glance: partly }] : [] });

    expect(JSON.stringify(view)).toContain('edge 1/2');
    expect(JSON.stringify(view)).not.toContain('origin 0/0');
  });

  it('shows how a cluster is while a plan for it waits, and not while one is carried out', () => {
    const ill = glanceOf(status({ health: 'bad', findings: ['No edge node serves.'], drift: ['a'] }));
    const record = { cluster: 'live', regionId: 'eu-central-1' };
    const shown = (state: OperationState) => {
      const one = { record, glance: ill, operation: operation(state) };
      const nothingElse = { pending: [], running: [], runningCount: 0, lately: [] };
      return JSON.stringify(homeView({ ...full, ...nothingElse, clusters: [one] }));
    };

    for (const state of ['draft', 'awaiting-approval'] as const) {
      expect(shown(state)).toContain(':red_circle: *live* not working');
      expect(shown(state)).toContain('No edge node serves.');
      expect(shown(state)).toContain('differs from what it should be');
    }
    expect(shown('awaiting-approval')).toContain('(`op-7k3m9q2x`) waits for approval');
    expect(shown('running')).toContain(':hourglass_flowing_sand: *live*');
    expect(shown('running')).not.toContain('No edge node serves.');
  });
});

describe('what a home has read anew', () => {
  const HOUR_MS = 3_600_000;
  const names = Array.from({ length: 30 }, (_, at) => `live-${String(at).padStart(2, '0')}`);

  /** A home of these clusters, and all that it has read. `readAt`: of their glances. */
  function homeOf(known: {
    readonly clusters: readonly string[];
    readonly readAt?: number;
    readonly health?: Health;
    readonly operations?: readonly Operation[];
    readonly mayUse?: boolean;
  }) {
    const { clusters, readAt, health = 'good', operations = [], mayUse = true } = known;
    const looked: string[] = [];
    const desk = {
      operations: async ({ live, limit }: { readonly live?: boolean; readonly limit: number }) =>
        operations.filter((one) => live !== true || one.endedAt === undefined).slice(0, limit),
      operation: async () => seen('running', { startedAt: NOW }),
      clusters: async () => clusters.map((cluster) => ({ cluster, regionId: 'eu-central-1' })),
      glances: async () =>
        readAt === undefined ? [] : clusters.map((cluster) => glanceOf(status({ cluster, readAt, health }))),
      lookAt: async (cluster: string) => void looked.push(cluster),
    };
    const access = {
      checkMayUse: async () => {
        if (!mayUse) throw new RefusedError('You may not.', 'Ask.');
      },
      isApprover: async () => true,
    };
    const parts = { desk, access, now: () => NOW };
    return { looked, parts, publish: () => readHome('U0ALICE001', parts) };
  }

  /** Opens the home as Slack tells it. */
  async function open({ parts }: ReturnType<typeof homeOf>): Promise<void> {
    const handlers: ((delivery: object) => Promise<void>)[] = [];
    const app = { event: (_name: string, one: (delivery: object) => Promise<void>) => handlers.push(one) };
    const homeOpened = async () => undefined;
    registerHome(app as unknown as App, { ...parts, homeOpened } as unknown as BotParts);
    for (const handler of handlers) await handler({ event: { tab: 'home', user: 'U0ALICE001' } });
  }

  it('is nothing when it changes because an operation has come further', async () => {
    const operations = [operation('running', { cluster: 'live-00', startedAt: NOW })];
    const home = homeOf({ clusters: names, readAt: NOW - HOUR_MS, operations });

    await home.publish();

    expect(home.looked).toEqual([]);
  });

  it('tells of a plan that waits behind hundreds of operations that are under way', async () => {
    const running = Array.from({ length: 300 }, (_, at) =>
      operation('running', { id: `op-run-${at}`, cluster: `event-${at}`, startedAt: NOW }),
    );
    const waiting = operation('awaiting-approval', { id: 'op-waits', cluster: 'live-00' });
    const home = homeOf({ clusters: names, readAt: NOW, operations: [...running, waiting] });

    const blocks = JSON.stringify((await home.publish()).blocks);

    expect(blocks).toContain('1 plan waiting for approval');
    expect(blocks).toContain('300 operations under way');
  });

  it('is what it shows and was not read within a minute, when somebody opens it', async () => {
    const old = homeOf({ clusters: names, readAt: NOW - 61_000 });
    const fresh = homeOf({ clusters: names, readAt: NOW - 59_000 });
    const unread = homeOf({ clusters: ['live'] });

    await Promise.all([open(old), open(fresh), open(unread)]);

    expect(old.looked).toEqual(names.slice(0, 20));
    expect(fresh.looked).toEqual([]);
    expect(unread.looked).toEqual(['live']);
  });

  it('is what could not be read, however lately that was tried, when somebody opens it', async () => {
    const failed = homeOf({ clusters: ['live'], readAt: NOW - 1_000, health: 'unknown' });

    await failed.publish();
    expect(failed.looked).toEqual([]);
    await open(failed);

    expect(failed.looked).toEqual(['live']);
  });

  it('is nothing when it is opened by whoever may not use the bot', async () => {
    const home = homeOf({ clusters: names, mayUse: false });

    await open(home);

    expect(home.looked).toEqual([]);
  });

  it('is a cluster whose operation ended since, if it is shown', async () => {
    const ended = (cluster: string, endedAt: number) =>
      operation('succeeded', { cluster, startedAt: endedAt - 1_000, endedAt });
    const operations = [
      ended('live-03', NOW),
      ended('live-04', NOW - 2 * HOUR_MS),
      // Nothing of it began.
      operation('rejected', { cluster: 'live-05', endedAt: NOW }),
      ended('live-25', NOW),
    ];
    const home = homeOf({ clusters: names, readAt: NOW - HOUR_MS, operations });

    await home.publish();

    expect(home.looked).toEqual(['live-03']);
  });

  it('is a cluster that was never read, unless the end of its operation will have it read', async () => {
    const operations = [operation('running', { cluster: 'live-00', startedAt: NOW })];
    const home = homeOf({ clusters: ['live-00', 'live-01'], operations });

    await home.publish();

    expect(home.looked).toEqual(['live-01']);
  });

  it('is a cluster that was never read although a plan for it waits', async () => {
    const operations = [operation('awaiting-approval', { cluster: 'live' })];
    const home = homeOf({ clusters: ['live'], operations });

    await home.publish();

    expect(home.looked).toEqual(['live']);
  });

  it('is of its operations no more than it shows, and it tells how many there are', async () => {
    const operations = Array.from({ length: 30 }, (_, at) =>
      operation('running', { id: `op-r${at}`, cluster: `live-${at}`, startedAt: NOW }),
    );
    const home = homeOf({ clusters: names, readAt: NOW, operations });

    const words = JSON.stringify(await home.publish());

    expect(words).toContain('30 operations under way');
    expect(words).toContain('…and 22 more. `/ams ops --live` lists all.');
  });
});
