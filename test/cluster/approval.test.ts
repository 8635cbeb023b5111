import { expect, it } from 'vitest';
import { applyVote } from '../../src/cluster/approval.ts';
import { RefusedError } from '../../src/cluster/errors.ts';
import type { Operation } from '../../src/cluster/operation.ts';

function operation(state: Operation['state'], approvers: readonly string[]): Operation {
  return {
    id: 'op-a',
    cluster: 'live',
    regionId: 'eu-central-1',
    wish: { kind: 'create', options: {} },
    state,
    requester: { user: 'U0DANA0001', channel: 'C0EVENTS01', text: '' },
    policy: { approvers, quorum: 1, selfApproval: false, expiresAfterMs: 1 },
    spec: undefined,
    plan: undefined,
    digest: undefined,
    decisions: [],
    createdAt: 1_000,
    run: 0,
    problems: [],
  };
}

/** What a person is told whose approval does not count, and what to do instead. */
function refusal(of: Operation, user: string, isApprover = true): readonly [message: string, hint: string] {
  try {
    applyVote(of, { user, verdict: 'approve', isApprover, at: 2_000 });
  } catch (error) {
    if (error instanceof RefusedError) return [error.message, error.hint];
    throw error;
  }
  throw new Error('it counts');
}

it('nobody is told that a plan which asks nobody was approved', () => {
  const planned: Operation = { ...operation('planned', ['U0ALEX0001']), planOnly: true };

  expect(refusal(planned, 'U0ALEX0001')[0]).toBe('op-a is only a plan, which nobody is asked to approve.');
});

it.each([
  [['U0DANA0001', 'U0ALEX0001', 'S0LEADS001'], 'Ask <@U0ALEX0001> or <!subteam^S0LEADS001>.'],
  [['U0DANA0001'], 'Ask whoever runs this bot to name approvers under approval.approvers in ams.yaml.'],
])('whoever may not approve their own request is sent to others (approvers: %j)', (approvers, hint) => {
  const waiting = operation('awaiting-approval', approvers);

  expect(refusal(waiting, 'U0DANA0001')).toEqual([
    'You asked for op-a yourself, and nobody may approve their own request.',
    hint,
  ]);
});

it('whoever is no approver is sent to all of them', () => {
  const waiting = operation('awaiting-approval', ['U0DANA0001', 'U0ALEX0001']);

  expect(refusal(waiting, 'U0SAM00001', false)[1]).toBe('Ask <@U0DANA0001> or <@U0ALEX0001>.');
});

it('whoever comes too late is told whether it was refused before or after it was approved', () => {
  const refused = operation('refused', ['U0ALEX0001']);
  const approved = { user: 'U0SAM00001', verdict: 'approve', at: 1_500 } as const;

  expect(refusal(refused, 'U0ALEX0001')[0]).toBe('op-a was refused by the checks before approval.');
  expect(refusal({ ...refused, decisions: [approved] }, 'U0ALEX0001')[0]).toBe(
    'op-a was approved by <@U0SAM00001>, and the last look before the start refused it.',
  );
});
