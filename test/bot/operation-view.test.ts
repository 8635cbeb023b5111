import { describe, expect, it } from 'vitest';
import { homeView } from '../../src/bot/views/home.ts';
import { endView } from '../../src/bot/views/note.ts';
import { operationView } from '../../src/bot/views/operation.ts';
import { remainingMs } from '../../src/bot/views/progress.ts';
import { commandsOn } from '../../src/bot/views/stopped.ts';
import type { OperationState, Wish } from '../../src/cluster/operation.ts';
import type { CostLine } from '../../src/cluster/plan.ts';
import { aSpec } from '../jobs/resources/spec.ts';
import { EVIL, NOW, fine, options, outcome, planStep, problem, samplePlan, seen } from './samples.ts';

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
    expect(text).toContain('at least USD 0.5100 an hour, USD 372.30 a month (730 h); 1 more price not known');
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
      'nodes whose licence has no price',
      { kind: 'create', options: {} },
      [
        { what: 'edge nodes', count: 2, perHour: 1.16 },
        { what: 'Load balancer', count: 1, perHour: undefined },
      ],
      [
        '*Cost*  at least USD 1.16 an hour, USD 846.80 a month (730 h); 1 more price not known',
        '• 1 × Load balancer: price not known',
      ],
    ],
    [
      'nodes without any price',
      { kind: 'create', options: {} },
      [{ what: 'edge nodes', count: 2, perHour: undefined }],
      ['*Cost*  not known: no price of it could be read.', '• 2 × edge nodes: price not known'],
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

  it('says how approvers find a plan that was asked for in a direct message, which they do not see', () => {
    const { requester } = seen('draft').operation;
    const shown = (channel: string) =>
      fine(operationView(seen('awaiting-approval', { requester: { ...requester, channel } }), options));

    expect(shown('D0ALICE001')).toContain('or type `/ams approve op-7k3m9q2x`.');
    expect(shown('C0OPS00001')).not.toContain('/ams approve');
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

  it.each(['failed', 'cancelled'] as const)(
    'offers for one that is %s where a part was gone a repair: a retry would not make it',
    (state) => {
      const gone = { code: 'missing_part', message: 'vpc of cluster live is gone.', hint: 'Plan it anew.' };
      const change = { startedAt: NOW - 1_000, endedAt: NOW };
      const text = fine(operationView(seen(state, { ...change, problems: [gone] }), options));
      const other = fine(operationView(seen(state, { ...change, problems: [problem] }), options));

      expect(text).toContain('`/ams repair live` plans what is missing. Roll back removes all that it made.');
      expect(text).toContain('"action_id":"ams_repair","value":"live"');
      expect(text).toContain('ams_roll_back');
      expect(text).not.toMatch(/ams_retry|Retry/);
      expect(other).toContain('Retry carries on from there.');
      expect(other).toContain('ams_retry');
      expect(other).not.toContain('ams_repair');
    },
  );

  it('ends with addresses, the CNAME to set and what to do next', () => {
    const text = fine(
      operationView(seen('succeeded', { outcome, startedAt: NOW - 480_000, endedAt: NOW }), options),
    );

    expect(text).toContain('https://live.example.com:5443/');
    expect(text).toContain('`live.example.com`  CNAME  `alb-1.aliyuncs.com`');
    expect(text).toContain('/ams test-fly live');
    expect(text).toContain('took 8 min');
  });

  it.each<[what: string, serving: string, notes: string[], words: RegExp | undefined]>([
    ['as many as were asked for', '4', [], undefined],
    ['fewer', '3', [], /edge: 3 nodes serve, not 4: .* has changed the number that is wanted/],
    ['more', '5', [], /edge: 5 nodes serve, not 4/],
    ['more, of which a step has told why', '5', ['edge: 5 nodes serve, 4 are wanted'], undefined],
  ])('ends with how many nodes serve unless it is what was asked for: %s', (_what, nodes, notes, words) => {
    const wish: Wish = { kind: 'scale', role: 'edge', amount: { set: 4 }, withLimits: false };
    const spec = aSpec();
    const change = { wish, spec: { ...spec, edge: { ...spec.edge, desired: 4 } }, outcome: { notes } };
    const steps = { 'nodes-edge': { state: 'done', output: { nodes } } } as const;

    const text = fine(operationView(seen('succeeded', change, steps), options));

    if (words) expect(text).toMatch(words);
    else expect(text).not.toContain('not 4');
  });

  it('quotes every line of a reason, so that none passes for a word of the bot', () => {
    const reason = 'no\n:white_check_mark: *Approved.*';
    const decisions = [{ user: 'U0BOB00001', verdict: 'reject', at: NOW, reason } as const];
    const quoted = '> no\\n> :white_check_mark: *Approved.*';

    expect(fine(operationView(seen('rejected', { decisions }), options))).toContain(quoted);
    expect(JSON.stringify(endView(seen('rejected', { decisions }).operation, 'rejected-1'))).toContain(
      quoted,
    );
  });

  it('shows the reason of a rejection', () => {
    const decisions = [{ user: 'U0BOB00001', verdict: 'reject', at: NOW, reason: 'too <large>' } as const];

    expect(fine(operationView(seen('rejected', { decisions }), options))).toContain('too &lt;large&gt;');
  });

  it('tells the requester of the end, and not to look in the channel, which may not take its message', () => {
    const { operation: done } = seen('succeeded', { outcome: { notes: [] } });

    expect(endView(done, 'succeeded-1')?.text).toBe(
      ':white_check_mark: *Create cluster live* (op-7k3m9q2x), asked for in <#C0OPS00001>, is done.',
    );
  });

  it.each<[approved: string[], words: string]>([
    [[], 'nobody approved the plan in time'],
    [['U0BOB00001'], 'only 1 of 2 approvals came in time'],
  ])('tells of a plan that expired how many approvals it had: %j', (approved, words) => {
    const decisions = approved.map((user) => ({ user, verdict: 'approve', at: NOW }) as const);
    const policy = { ...seen('expired').operation.policy, quorum: 2 };
    const expired = seen('expired', { decisions, policy });

    expect(fine(operationView(expired, options))).toContain(words);
    expect(endView(expired.operation, 'expired-1')?.text).toContain(words);
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
      runningCount: 1,
      lately: [],
    });

    expect(commandsOn(running.operation)).toContain('/ams retry op-7k3m9q2x');
    expect(commandsOn(running.operation).includes('/ams rollback op-7k3m9q2x')).toBe(back);
    expect(JSON.stringify(home).includes('carried on or rolled back.')).toBe(back);
  });
});
