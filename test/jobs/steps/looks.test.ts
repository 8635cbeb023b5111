import { describe, expect, it } from 'vitest';
import type { StepRecord } from '../../../src/cluster/operation.ts';
import type { PlanStep } from '../../../src/cluster/plan.ts';
import { Looks } from '../../../src/jobs/steps/looks.ts';
import type { Looker } from '../../../src/jobs/steps/looks.ts';
import { planStep } from '../../support/plan-step.ts';

const PENDING: StepRecord = { state: 'pending' };
const WAITING: StepRecord = { state: 'waiting' };

function looker(step: PlanStep, of: Partial<Looker> = {}): Looker {
  return { operation: 'op-1', run: 1, fence: 1, record: PENDING, others: [], step, ...of };
}

describe('how new answers must be', () => {
  function clocked() {
    const clock = { now: 1_000 };
    const looks = new Looks(1, () => clock.now);
    const begun = looks.starting('op-1');
    clock.now = 5_000;
    return { clock, looks, begun };
  }

  it('a step that nobody ever visited goes by the look right before the start', () => {
    const { looks, begun } = clocked();

    expect(looks.freshness(looker(planStep('a')))).toEqual({ since: begun, early: true });
    const removal = looker(planStep('b', { action: 'remove', after: ['a'] }));
    expect(looks.freshness(removal)).toEqual({ since: begun, early: true });
  });

  it('what was listed by other tags at the start is listed so again, but for what steps before a create have made', () => {
    const looks = new Looks(1, () => 1_000);
    const tags = { 'ams-managed': 'ams' };
    looks.starting('op-1', tags);

    const tagsOf = (action: PlanStep['action']) => looks.freshness(looker(planStep('a', { action }))).tags;

    expect([tagsOf('remove'), tagsOf('update'), tagsOf('create')]).toEqual([tags, tags, undefined]);
  });

  it('a step of which no visit has looked at anything goes by the look right before the start still', () => {
    const { clock, looks, begun } = clocked();
    const step = planStep('a', { action: 'create' });
    looks.ended(looker(step), false);
    looks.unbegun(looker(step));
    clock.now = 8_000;

    const second = looker(step, { fence: 2, record: WAITING });
    expect(looks.freshness(second)).toMatchObject({ since: begun, early: true });
    expect(looks.freshness(looker(step, { fence: 3, record: WAITING })).early).toBe(false);
    expect(looks.freshness(looker(step, { fence: 2, record: WAITING, run: 2 })).early).toBe(false);

    looks.ended(second, true);
    expect(looks.freshness(looker(step, { fence: 3, record: WAITING })).early).toBe(false);
  });

  it('a visit that had begun and was held goes on from the one before it', () => {
    const { clock, looks } = clocked();
    const step = planStep('a', { action: 'create' });
    looks.ended(looker(step), true);
    looks.waits(looker(step), 'r', 1_000);
    clock.now = 7_000;

    looks.held('op-1', 'a', 2);

    // Its pause was over at 6,000; two per cent of it are no matter.
    expect(looks.freshness(looker(step, { fence: 3, record: WAITING })).since).toBe(5_980);
    expect(looks.freshness(looker(step, { fence: 4, record: WAITING })).since).toBe(7_000);
  });

  it('a step that anybody may have visited goes by what begins with the visit', () => {
    const { clock, looks } = clocked();
    const now = { since: clock.now, early: false };

    expect(looks.freshness(looker(planStep('a'), { fence: 2 }))).toEqual(now);
    expect(looks.freshness(looker(planStep('a'), { run: 2 }))).toEqual(now);
    expect(looks.freshness(looker(planStep('a'), { record: { state: 'running' } }))).toEqual(now);
    expect(looks.freshness(looker(planStep('a'), { operation: 'begun elsewhere' }))).toEqual(now);
  });

  it('a step that Redis forgot was visited goes by what begins with the visit', () => {
    const { clock, looks } = clocked();
    const now = { since: clock.now, early: false };
    looks.ended(looker(planStep('a')), true);
    expect(looks.freshness(looker(planStep('a')))).toEqual(now);

    expect(looks.freshness(looker(planStep('b'))).early).toBe(true);
    looks.forget();
    expect(looks.freshness(looker(planStep('b')))).toEqual(now);
  });

  it('a step that waits goes by what began when it was due, and never by what began before its last visit ended', () => {
    const { clock, looks } = clocked();
    const first = looker(planStep('a'));
    looks.ended(first, true);
    looks.waits(first, 'r', 10_000);
    clock.now = 16_000;

    const { since, early } = looks.freshness(looker(planStep('a'), { fence: 2, record: WAITING }));
    expect(early).toBe(false);
    expect(since).toBeGreaterThan(14_500);
    expect(since).toBeLessThanOrEqual(15_000);

    const second = looker(planStep('a'), { fence: 2, record: WAITING });
    looks.ended(second, true);
    clock.now = 17_000;
    const third = looks.freshness(looker(planStep('a'), { fence: 3, record: WAITING }));
    expect(third.since).toBe(17_000);
  });

  it('after a visit somewhere else only what begins now', () => {
    const { clock, looks } = clocked();
    const first = looker(planStep('a'));
    looks.ended(first, true);
    looks.waits(first, 'r', 1_000);
    clock.now = 60_000;

    const after = looks.freshness(looker(planStep('a'), { fence: 3, record: WAITING }));
    expect(after).toEqual({ since: 60_000, early: false });
  });

  it('a proof goes by what began after the last change, if all of them were made here', () => {
    const { clock, looks } = clocked();
    looks.ended(looker(planStep('a')), true);
    clock.now = 20_000;
    const proof = planStep('proof', { action: 'check', after: ['a'] });

    expect(looks.freshness(looker(proof, { others: ['a'] })).since).toBe(5_000);
    expect(looks.freshness(looker(proof, { others: ['a', 'elsewhere'] })).since).toBe(20_000);
    clock.now = 100_000;
    expect(looks.freshness(looker(proof, { others: ['a'] })).since).toBe(70_000);
  });
});

describe('that nothing of a kind is left', () => {
  function begun() {
    const clock = { now: 1_000 };
    const looks = new Looks(1, () => clock.now);
    looks.starting('op-1');
    return { clock, looks };
  }

  it('is known of what a removal has seen gone', () => {
    const { looks } = begun();
    looks.sawNone('op-1', 'vpc', 40_000);

    expect(looks.isNoneLeft('op-1', 'vpc')).toBe(true);
    expect(looks.isNoneLeft('op-1', 'vswitch')).toBe(false);
    expect(looks.isNoneLeft('op-2', 'vpc')).toBe(false);
  });

  it('is not known of a look that came before everything made earlier had to be shown', () => {
    const { looks } = begun();
    looks.sawNone('op-1', 'vpc', 30_999);
    expect(looks.isNoneLeft('op-1', 'vpc')).toBe(false);
    looks.sawNone('op-1', 'vpc', 31_000);
    expect(looks.isNoneLeft('op-1', 'vpc')).toBe(true);
  });

  it('is not known any more once Redis was away, nor where the operation began elsewhere', () => {
    const { looks } = begun();
    looks.sawNone('op-1', 'vpc', 40_000);
    looks.forget();
    expect(looks.isNoneLeft('op-1', 'vpc')).toBe(false);
    looks.sawNone('elsewhere', 'vpc', 40_000);
    expect(looks.isNoneLeft('elsewhere', 'vpc')).toBe(false);
  });
});
