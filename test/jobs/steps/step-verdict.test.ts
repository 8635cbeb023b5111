import { expect, it } from 'vitest';
import { jumpedFor, unseenFor } from '../../../src/jobs/steps/step-verdict.ts';

const HOUR_MS = 3_600_000;

it('tells by how much a clock has jumped ahead in the middle of a visit, and takes a long visit for no jump', () => {
  const clock = (lateMs: number) => ({ now: () => 1_000 + lateMs, timeScale: 1 });

  expect(jumpedFor(1_000, performance.now(), clock(HOUR_MS))).toBeCloseTo(HOUR_MS, -3);
  expect(jumpedFor(1_000, performance.now() - HOUR_MS, clock(HOUR_MS))).toBe(0);
  expect(jumpedFor(1_000, performance.now(), clock(-HOUR_MS))).toBe(0);
});

it('adds up the times in which nobody looked, from where something is known of the step', () => {
  const seen = (record: object) =>
    unseenFor({ state: 'waiting', startedAt: 0, ...record }, 2 * HOUR_MS, { timeScale: 1 });

  expect(seen({ lookAgainAt: HOUR_MS })).toBe(HOUR_MS);
  expect(seen({ lookAgainAt: HOUR_MS, unseenMs: 5 })).toBe(HOUR_MS + 5);
  expect(seen({ lookAgainAt: 2 * HOUR_MS - 50_000, unseenMs: 5 })).toBe(5);
  expect(seen({ state: 'running', changedAt: HOUR_MS / 2 })).toBe(1.5 * HOUR_MS);
  expect(unseenFor({ state: 'pending' }, HOUR_MS, { timeScale: 1 })).toBe(0);
});
