import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/cluster/operation.ts';
import { checkMayRollBack, laterChange } from '../../src/cluster/roll-back.ts';

function operation(change: Partial<Operation> & Pick<Operation, 'id'>): Operation {
  return {
    cluster: 'live',
    regionId: 'eu-central-1',
    wish: { kind: 'create', options: {} },
    state: 'failed',
    requester: { user: 'U0DANA0001', channel: 'C0EVENTS01', text: '' },
    policy: { approvers: [], quorum: 1, selfApproval: false, expiresAfterMs: 1 },
    spec: undefined,
    plan: undefined,
    digest: undefined,
    decisions: [],
    createdAt: 1_000,
    startedAt: 1_100,
    run: 1,
    problems: [],
    ...change,
  };
}

function refusal(one: Operation, others: readonly Operation[] = []): string {
  try {
    checkMayRollBack(one, others);
    return '';
  } catch (error) {
    const { message, hint } = error as Error & { hint: string };
    return `${message} ${hint}`;
  }
}

const failed = operation({ id: 'op-a' });
const scaled = {
  wish: { kind: 'scale', role: 'edge', amount: { add: 2 }, withLimits: false },
  before: { min: 1, max: 10, desired: 3 },
} as const;
const rollBack = { wish: { kind: 'rollback', of: 'op-a' } } as const;

describe('a roll back', () => {
  it('is for what failed, or was cancelled after it had begun', () => {
    expect(refusal(failed)).toBe('');
    expect(refusal(operation({ id: 'op-a', state: 'cancelled' }))).toBe('');
  });

  it.each([
    ['what runs', operation({ id: 'op-a', state: 'running' }), /is running.*\/ams cancel op-a/],
    ['what is about to start', operation({ id: 'op-a', state: 'approved' }), /about to start/],
    ['a create that succeeded', operation({ id: 'op-a', state: 'succeeded' }), /destroy-cluster live/],
    [
      'a change of numbers that succeeded',
      operation({ id: 'op-a', state: 'succeeded', ...scaled }),
      /\/ams scale edge 3 live/,
    ],
    [
      'a removal',
      operation({ id: 'op-a', wish: { kind: 'destroy' } }),
      /cannot be brought back.*\/ams retry op-a/,
    ],
    ['a roll back', operation({ id: 'op-b', ...rollBack }), /is a roll back itself.*\/ams rollback op-a/],
  ])('is refused for %s, with what to do instead', (_what, one, words) => {
    expect(refusal(one)).toMatch(words);
  });

  it('is refused for what never began', () => {
    const { startedAt: _never, ...rest } = operation({ id: 'op-a', state: 'rejected' });

    expect(refusal(rest)).toMatch(/never began \(rejected\)/);
  });

  it('happens once; one that did not end well may be asked for again', () => {
    const done = operation({ id: 'op-b', ...rollBack, state: 'succeeded', createdAt: 2_000 });

    expect(refusal(failed, [done])).toMatch(/rolled back already, by op-b/);
    expect(refusal(failed, [{ ...done, state: 'failed' }])).toBe('');
  });

  it('is refused below a later change, unless that was taken back itself', () => {
    const later = operation({ id: 'op-c', ...scaled, createdAt: 2_000 });
    const back = operation({
      id: 'op-d',
      wish: { kind: 'rollback', of: 'op-c' },
      state: 'succeeded',
      createdAt: 3_000,
    });

    expect(refusal(failed, [later])).toMatch(/op-c has changed live since op-a.*\/ams rollback op-c/);
    expect(refusal(failed, [later, back])).toBe('');
  });

  it('is a change itself only for what came after the operation that it takes back', () => {
    const repair = operation({ id: 'op-c', wish: { kind: 'repair' }, createdAt: 2_000 });
    const back = operation({ id: 'op-d', ...rollBack, createdAt: 3_000 });
    const again = operation({ id: 'op-e', ...rollBack, createdAt: 4_000 });

    expect(laterChange(repair, [back])?.id).toBe('op-d');
    expect(laterChange(failed, [back])).toBeUndefined();
    expect(laterChange(back, [again])).toBeUndefined();
  });

  it('minds neither what came before nor what never began', () => {
    const { startedAt: _never, ...refused } = operation({ id: 'op-r', state: 'refused', createdAt: 3_000 });

    expect(laterChange(failed, [operation({ id: 'op-0', createdAt: 500 }), refused, failed])).toBeUndefined();
  });
});
