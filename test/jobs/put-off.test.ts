import { expect, it } from 'vitest';
import { PutOff } from '../../src/jobs/put-off.ts';

const EVERY = 30_000;
const HOUR = 3_600_000;

/** Looks each interval at a schedule of which the test says when it comes next. */
function looks(nextAt: (look: number) => number, many = 4): boolean[] {
  let now = 1_000_000;
  const putOff = new PutOff({ now: () => now, steady: () => now });
  return Array.from({ length: many }, (_none, look) => {
    const isLeft = putOff.isLeft('sweep', { next: nextAt(look), every: EVERY }, EVERY / 2);
    now += EVERY;
    return isLeft;
  });
}

it('a schedule that a clock put off which was ahead is begun anew once nobody has moved it for an interval', () => {
  expect(looks(() => 1_000_000 + HOUR, 2)).toEqual([false, true]);
});

it('one that somebody moves on whose clock is ahead is left to them', () => {
  expect(looks((look) => 1_000_000 + HOUR + look * EVERY)).toEqual([false, false, false, false]);
});

it('one that comes in time is left alone, however long it stands', () => {
  expect(looks(() => 1_000_000 + EVERY)).toEqual([false, false, false, false]);
});
