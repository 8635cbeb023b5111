import { describe, expect, it } from 'vitest';
import { refuseBlocks, refuseView } from '../../sandbox/slack/block-kit/validate.ts';
import { COMMANDS } from '../../src/bot/commands/list.ts';
import { answerWindow, looking, refusal } from '../../src/bot/views/answers.ts';
import { createForm } from '../../src/bot/views/create-form.ts';
import { destroyForm } from '../../src/bot/views/destroy-form.ts';
import { homeView } from '../../src/bot/views/home.ts';
import { commandHelp, helpView } from '../../src/bot/views/help.ts';
import {
  clustersView,
  flightView,
  historyView,
  operationsView,
  problemView,
} from '../../src/bot/views/lists.ts';
import { noteView } from '../../src/bot/views/note.ts';
import { operationView } from '../../src/bot/views/operation.ts';
import { adminOfferView, passwordForm } from '../../src/bot/views/password.ts';
import { planForm } from '../../src/bot/views/plan-form.ts';
import { remainingMs } from '../../src/bot/views/progress.ts';
import { rejectForm } from '../../src/bot/views/reject-form.ts';
import { scaleForm } from '../../src/bot/views/scale-form.ts';
import { commandsOn } from '../../src/bot/views/stopped.ts';
import { statusView } from '../../src/bot/views/status.ts';
import { clip, duration, escape, lines, markup, money, when } from '../../src/bot/views/text.ts';
import type { View } from '../../src/bot/views/text.ts';
import { glanceOf } from '../../src/cluster/glance.ts';
import { Settings } from '../../src/cluster/settings.ts';
import type { OperationState, Wish } from '../../src/cluster/operation.ts';
import type { CostLine } from '../../src/cluster/plan.ts';
import { NOW, operation, planStep, samplePlan, seen, status } from './samples.ts';

const EVIL = '<!channel> & <@U1> *bold*';
const STATES: OperationState[] = [
  'draft',
  'refused',
  'planned',
  'awaiting-approval',
  'approved',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'rejected',
  'expired',
  'superseded',
];
const outcome = {
  domain: 'live.example.com',
  publishUrl: 'https://live.example.com/',
  playUrl: 'https://live.example.com:5443/',
  panelUrl: 'https://live.example.com/',
  cname: { name: 'live.example.com', value: 'alb-1.aliyuncs.com', set: false },
  adminSecret: 'admin',
  adminEmail: 'admin@ams.local',
  notes: ['a note'],
};
const problem = {
  code: 'no_stock',
  message: 'Sold out: ecs.c7.xlarge.',
  hint: 'Choose another with `--edge-type`.',
  cloud: { action: 'CreateScalingGroup', code: 'OperationDenied.NoStock', requestId: 'REQ-1' },
};
const options = { now: NOW, timeScale: 1, planBlock: false };

function fine(view: View): string {
  expect(refuseBlocks(view.blocks)).toBeUndefined();
  expect(view.text.length).toBeGreaterThan(0);
  expect(view.text.length).toBeLessThanOrEqual(4_000);
  return JSON.stringify(view);
}

describe('the message of an operation', () => {
  it.each(STATES.flatMap((state) => [[state, true] as const, [state, false] as const]))(
    '%s keeps within what Slack takes (plan block: %s)',
    (state, planBlock) => {
      const many = Array.from({ length: 30 }, (_, at) =>
        planStep(`s${at}`, { title: `${EVIL} ${'x'.repeat(200)}`, changes: ['y'.repeat(500)] }),
      );
      const steps = {
        s0: { state: 'done', startedAt: NOW - 90_000, endedAt: NOW } as const,
        s1: { state: 'waiting', startedAt: NOW - 9_000, why: EVIL, notes: ['took another type'] } as const,
      };
      const view = operationView(
        seen(
          state,
          {
            plan: samplePlan({ steps: many, risks: Array.from({ length: 60 }, () => EVIL.repeat(20)) }),
            problems: Array.from({ length: 40 }, () => ({ ...problem, message: EVIL.repeat(30) })),
            outcome,
            startedAt: NOW - 60_000,
            endedAt: NOW,
            differences: Array.from({ length: 100 }, () => EVIL),
          },
          steps,
        ),
        { ...options, planBlock },
      );

      const text = fine(view);
      if (!planBlock) expect(JSON.stringify(view.blocks)).not.toContain('<!channel>');
      expect(text).not.toContain('undefined');
    },
  );

  it('shows the plan in order, what it costs, who decides and until when', () => {
    const text = fine(operationView(seen('awaiting-approval'), options));

    expect(text.indexOf('VPC live-vpc')).toBeLessThan(text.indexOf('Edge group'));
    expect(text).toContain('USD 0.5100 an hour, USD 372.30 a month (730 h)');
    expect(text).toContain('Not included: traffic; the Ant Media licence');
    expect(text).toContain('price not known');
    expect(text).toContain('<@U0BOB00001>');
    expect(text).toContain('<!date^');
    expect(text).toContain('ams_approve');
  });

  it.each<[what: string, wish: Wish, lines: CostLine[], words: string[]]>([
    [
      'more nodes',
      { kind: 'scale', role: 'edge', amount: { add: 2 }, withLimits: false },
      [{ what: 'edge nodes (ecs.c7.xlarge, 40 GiB)', count: 2, perHour: 1.16 }],
      [
        '*Additional cost*  USD 1.16 an hour, USD 846.80 a month (730 h)',
        '• 2 × edge nodes (ecs.c7.xlarge, 40 GiB): USD 1.16 an hour',
      ],
    ],
    [
      'fewer nodes',
      { kind: 'scale', role: 'origin', amount: { add: -1 }, withLimits: false },
      [{ what: 'origin node (ecs.c7.xlarge, 40 GiB)', count: -1, perHour: -0.58 }],
      [
        '*Saved*  USD 0.5800 an hour, USD 423.40 a month (730 h)',
        '• 1 × origin node (ecs.c7.xlarge, 40 GiB): USD 0.5800 an hour',
      ],
    ],
    [
      'other limits alone',
      { kind: 'scale', role: 'edge', amount: { set: 2 }, withLimits: true },
      [],
      ['*Cost*  does not change.'],
    ],
    [
      'a part that is made anew',
      { kind: 'repair' },
      [{ what: 'Load balancer (ALB instance)', count: 1, perHour: 0.025 }],
      ['*Additional cost*  USD 0.0250 an hour'],
    ],
  ])('says of %s what it costs more, or saves', (_what, wish, all, words) => {
    const plan = samplePlan({ cost: { currency: 'USD', lines: all, notIncluded: [] } });

    const text = fine(operationView(seen('awaiting-approval', { wish, plan }), options));

    for (const each of words) expect(text).toContain(each);
  });

  it('shows a plan that nobody is asked for without buttons', () => {
    expect(fine(operationView(seen('planned', { planOnly: true }), options))).not.toContain('"button"');
  });

  it('says what happened, what Alibaba said and what to do', () => {
    const text = fine(
      operationView(seen('failed', { problems: [problem], startedAt: NOW - 1_000 }), options),
    );

    expect(text).toContain('Sold out');
    expect(text).toContain('OperationDenied.NoStock');
    expect(text).toContain('REQ-1');
    expect(text).toContain('--edge-type');
    expect(text).toContain('ams_retry');
  });

  it('ends with addresses, the CNAME to set and what to do next', () => {
    const text = fine(
      operationView(seen('succeeded', { outcome, startedAt: NOW - 480_000, endedAt: NOW }), options),
    );

    expect(text).toContain('https://live.example.com:5443/');
    expect(text).toContain('`live.example.com`  CNAME  `alb-1.aliyuncs.com`');
    expect(text).toContain('/ams test-fly live');
    expect(text).toContain('took 8 min');
  });

  it('shows the reason of a rejection', () => {
    const decisions = [{ user: 'U0BOB00001', verdict: 'reject', at: NOW, reason: 'too <large>' } as const];

    expect(fine(operationView(seen('rejected', { decisions }), options))).toContain('too &lt;large&gt;');
  });

  it('says nothing of buttons of a step that only waits its turn, and does not change with the clock alone', () => {
    const steps = { vpc: { state: 'waiting', startedAt: NOW - 11_000, why: 'Pending' } as const };
    const one = operationView(seen('running', { startedAt: NOW - 12_000 }, steps), {
      ...options,
      planBlock: true,
    });
    const two = operationView(seen('running', { startedAt: NOW - 12_000 }, steps), {
      ...options,
      planBlock: true,
      now: NOW + 1_000,
    });

    expect(two).toEqual(one);
  });
});

describe('the estimate', () => {
  it('is the longest chain of what is left', () => {
    const { steps } = samplePlan();

    expect(remainingMs(samplePlan(), {}, NOW, 1)).toBe(480_000);
    expect(remainingMs(samplePlan(), { vpc: { state: 'done', startedAt: 1, endedAt: 2 } }, NOW, 1)).toBe(
      420_000,
    );
    expect(steps).toHaveLength(3);
  });
});

describe('answers', () => {
  it('are announced in words that stay true once they are there', () => {
    expect(looking('live').text).toBe('Asked how live is: the answer comes as a message of its own.');
    expect(looking(undefined).text).toMatch(/^Asked which clusters there are: /);
  });

  it('tell a cluster at a glance', () => {
    const text = fine(
      statusView(status({ health: 'attention', findings: ['1 edge node is not in the node list'] })),
    );

    expect(text).toContain('live is working, with something to look at');
    expect(text).toContain('*1 of 2 serving*');
    expect(text).toContain('unhealthy behind the load balancer, not in the node list');
    expect(text).toContain('12 days left');
  });

  it('draw the CPU of the last hours, and say what could not be read', () => {
    const [origin, edge] = status().groups;
    if (!origin || !edge) throw new Error('sample without groups');
    const cpu = [5, 40, 40, 99, 60].map((percent, index) => ({ at: NOW + index * 300_000, percent }));
    const text = fine(
      statusView(
        status({ groups: [origin, { ...edge, cpu }], database: undefined, unread: ['database'], drift: [] }),
      ),
    );

    expect(text).toContain(
      '*CPU of edge nodes, last 20 min*\\n`▁▄▄█▅` 60 % now, 99 % at most, scales to hold 60 %',
    );
    expect(text).toContain('*MongoDB*\\n:white_circle: could not be read');
    expect(text).toContain('nothing differs');
    expect(text).not.toContain('CPU of origin');
  });

  it('list a repair that found nothing to do as one that is well', () => {
    const problem = {
      code: 'nothing_differs',
      message: 'Nothing of live differs.',
      hint: '',
      retryable: false,
    };
    const wish = { kind: 'repair', options: {} } as const;

    const well = fine(operationsView([operation('refused', { wish, problems: [problem] })], undefined));
    const refused = fine(
      operationsView(
        [operation('refused', { wish, problems: [{ ...problem, code: 'no_cluster' }] })],
        undefined,
      ),
    );

    expect(well).toContain(':white_check_mark: `op-7k3m9q2x`  *Repair cluster live*  nothing differed');
    expect(refused).toContain(':x: `op-7k3m9q2x`  *Repair cluster live*  refused');
  });

  it('call it no trouble that what was approved came true before it started', () => {
    const wish = { kind: 'scale', role: 'edge', amount: { set: 2 }, withLimits: false } as const;
    const problem = {
      code: 'already_so',
      message: 'The edge group of live has 2 nodes already.',
      hint: 'Nothing was started.',
      retryable: false,
    };
    const decisions = [{ user: 'U0BOB00001', verdict: 'approve', at: NOW } as const];

    const before = fine(operationView(seen('refused', { wish, problems: [problem] }), options));
    const after = fine(operationView(seen('refused', { wish, problems: [problem], decisions }), options));

    expect(before).toContain('Cannot scale');
    expect(after).toContain(
      ':white_check_mark: The edge group of live has 2 nodes already. See `/ams status live`.',
    );
    expect(after).not.toMatch(/Cannot|:x:|nothing was created/);
  });

  it('keep within what Slack takes with hundreds of nodes', () => {
    const [origin, edge] = status().groups;
    const node = edge?.nodes[0];
    if (!origin || !edge || !node) throw new Error('sample without groups');

    fine(
      statusView(status({ groups: [origin, { ...edge, nodes: Array.from({ length: 400 }, () => node) }] })),
    );
    fine(
      clustersView(
        Array.from({ length: 500 }, () => ({
          cluster: 'live',
          regionId: 'eu-central-1',
          originNodes: 1,
          edgeNodes: 2,
          operation: 'op-1',
        })),
      ),
    );
    fine(clustersView([]));
    fine(
      operationsView(
        Array.from({ length: 200 }, () => operation('running')),
        'live',
      ),
    );
    fine(operationsView([], undefined));
    fine(
      historyView(
        Array.from({ length: 200 }, () => ({
          at: NOW,
          operation: 'op-1',
          cluster: 'live',
          kind: 'create',
          event: 'approved',
          user: 'U1',
          digest: 'abc',
          detail: EVIL,
        })),
        undefined,
      ),
    );
    fine(
      flightView('live', {
        ok: false,
        publishUrl: 'https://a/',
        playUrl: 'https://b/',
        checks: [{ what: 'TLS', ok: false, detail: EVIL }],
      }),
    );
    fine(problemView({ ...problem, near: 'live' }, (near) => `/ams status ${near}`));
    fine(adminOfferView(operation('succeeded', { outcome }), false));
    fine(helpView(COMMANDS, ['live']));
    fine(helpView(COMMANDS, []));
    for (const command of COMMANDS) fine(commandHelp(command, command.examples));
  });

  it('call the approvers by a reply, since changing a message notifies nobody', () => {
    const note = noteView(seen('awaiting-approval'), 'ask');

    expect(note && fine(note)).toContain('<@U0BOB00001>');
    expect(noteView(seen('running'), 'ask')).toBeUndefined();
  });
});

describe('forms', () => {
  const requester = operation('draft').requester;
  const many = Array.from({ length: 150 }, (_, at) => `live-${at}`);
  it.each([
    ['create, nothing configured', createForm({ settings: Settings.parse({}), name: undefined, requester })],
    [
      'create',
      createForm({
        settings: Settings.parse({
          domain: '{cluster}.example.com',
          zones: ['eu-central-1a', 'eu-central-1b'],
          certificates: { default: { chain: 'env:A', key: 'env:B' } },
        }),
        name: 'live',
        requester,
      }),
    ],
    [
      'create, from the home',
      createForm({
        settings: Settings.parse({}),
        name: undefined,
        requester,
        place: { initial: 'C0OPS00001' },
      }),
    ],
    ['scale', scaleForm({ clusters: many, cluster: 'live', requester, place: undefined })],
    ['an answer', answerWindow(refusal(EVIL, 'Ask <@U0BOB00001>.'))],
    ['reject', rejectForm({ id: 'op-1', digest: 'a'.repeat(64) }, 'C1')],
    ['destroy', destroyForm('live', { ...requester, text: '"'.repeat(500) })],
    ['plan', planForm(operation('running'))],
    ['password', passwordForm({ state: 'shown', email: 'a@b', password: 'p<&>' })],
  ])('%s is one that Slack opens', (_name, view) => {
    expect(refuseView(view, ['modal'])).toEqual([]);
  });
});

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

describe('the ways on', () => {
  const wishes = { create: { kind: 'create', options: {} }, destroy: { kind: 'destroy' } } as const;
  it.each([
    ['create', true],
    ['destroy', false],
  ] as const)('of a %s that is stopped name a roll back only where one is open', (kind, back) => {
    const running = seen('running', { wish: wishes[kind], startedAt: NOW });
    const home = homeView({
      user: 'U0BOB00001',
      isApprover: true,
      clusters: [],
      pending: [],
      running: [running],
      lately: [],
    });

    expect(commandsOn(running.operation)).toContain('/ams retry op-7k3m9q2x');
    expect(commandsOn(running.operation).includes('/ams rollback op-7k3m9q2x')).toBe(back);
    expect(JSON.stringify(home).includes('carried on or rolled back.')).toBe(back);
  });
});

describe('texts', () => {
  it('cannot ping anybody with foreign text', () => {
    expect(escape(EVIL)).not.toContain('<');
    expect(markup('Ask <@U0BOB00001> or <!subteam^S123>, not <!channel>')).toBe(
      'Ask <@U0BOB00001> or <!subteam^S123>, not &lt;!channel>',
    );
  });

  it('are cut without leaving half a mention', () => {
    expect(clip(`${'x'.repeat(20)}<@U0BOB00001>`, 25)).toBe(`${'x'.repeat(20)}…`);
    expect(clip('short', 10)).toBe('short');
  });

  it('count what did not fit', () => {
    const blocks = lines(
      Array.from({ length: 1_000 }, (_, at) => `line ${at} ${'x'.repeat(50)}`),
      2,
    );

    expect(blocks).toHaveLength(2);
    expect(blocks.at(-1)?.text?.text).toMatch(/…and \d+ more$/);
  });

  it('read like a person writes', () => {
    expect(duration(45_000)).toBe('45 s');
    expect(duration(4_800_000)).toBe('1 h 20 min');
    expect(money('USD', 1234.5)).toBe('USD 1,234.50');
    expect(when(NOW)).toContain('|2026-05-01 12:00 UTC>');
  });
});
