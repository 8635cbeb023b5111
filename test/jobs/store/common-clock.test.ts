import { expect, it, onTestFinished, vi } from 'vitest';
import { CommonClock } from '../../../src/jobs/store/common-clock.ts';

const HOUR_MS = 3_600_000;

it('tells how far a clock is ahead of that of Redis, as far as answers allow, and nothing of clocks that agree', () => {
  let now = 1_000_000_000;
  const clock = new CommonClock(() => now);
  const ask = (tookMs: number, toldAt: number): number => {
    const heard = clock.asking();
    now += tookMs;
    heard(toldAt);
    return clock.aheadMs;
  };

  expect(ask(2, now + 1)).toBe(0);
  expect(ask(4, now - HOUR_MS)).toBe(HOUR_MS);
  expect(ask(4, now - HOUR_MS + 2)).toBe(HOUR_MS);
  // A process that was stopped in between does not know when Redis looked at its clock.
  expect(ask(2 * HOUR_MS, now)).toBe(HOUR_MS);
  now -= HOUR_MS;
  expect(ask(4, now + 2)).toBe(0);
  expect(ask(4, now + HOUR_MS)).toBe(-HOUR_MS + 4);
});

it('goes on evenly while somebody sets the clock of the machine', () => {
  const right = Date.now;
  const wall = vi.spyOn(Date, 'now');
  onTestFinished(() => wall.mockRestore());
  const clock = new CommonClock();
  const before = clock.now();

  for (const aheadMs of [HOUR_MS, -HOUR_MS]) {
    wall.mockImplementation(() => right() + aheadMs);
    expect(clock.now() - before).toBeLessThan(HOUR_MS / 2);
    expect(clock.now()).toBeGreaterThanOrEqual(before);
  }
});
