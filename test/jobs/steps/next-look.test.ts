import { describe, expect, it } from 'vitest';
import { surelyOver } from '../../../src/jobs/steps/learned-waits.ts';
import type { SeenWait } from '../../../src/jobs/steps/learned-waits.ts';
import { nextLook } from '../../../src/jobs/steps/next-look.ts';
import type { Usual } from '../../../src/jobs/steps/next-look.ts';

/** Waits of a given length, looked at by what was learned of them. */
function play(
  lengths: readonly number[],
  usualMs: number,
  chance?: () => number,
): { late: number; looks: number }[] {
  const seen: { lasted: number; over: number }[] = [];
  return lengths.map((length) => {
    let now = 0;
    let lasted = 0;
    let likely = 0;
    let looks = 0;
    for (;;) {
      const next = nextLook(seen.slice(-12), now, likely, { usualMs, chance: chance?.() });
      now += next.inMs;
      looks += 1;
      if (now >= length) break;
      lasted = now;
      if (next.likely) likely += 1;
    }
    seen.push({ lasted, over: now });
    return { late: now - length, looks };
  });
}

/** Moments at which one of many looks, up to where such a wait is surely over. */
function patiently(seen: Parameters<typeof nextLook>[0], usual: Partial<Usual> = {}): readonly number[] {
  const moments: number[] = [];
  let now = 0;
  while (now < surelyOver(seen)) {
    now += nextLook(seen, now, moments.length, { usualMs: 5_000, isPatient: true, ...usual }).inMs;
    moments.push(now);
  }
  return moments;
}

describe('when to look again', () => {
  it('after the usual interval as long as nothing is known', () => {
    expect(nextLook([], 0, 0, { usualMs: 5_000 })).toEqual({ inMs: 5_000, likely: false });
  });

  it('a little later than need be where there is time, which teaches nothing', () => {
    const seen = [{ lasted: 19_900, over: 20_000 }];
    const time = (slackMs: number): Partial<Usual> => ({ slackMs, mayBeLate: true });
    const look = (usual: Partial<Usual>, elapsedMs = 0) =>
      nextLook(seen, elapsedMs, 0, { usualMs: 1_000, ...usual });

    expect(look({})).toEqual({ inMs: 20_000, likely: true });
    expect(look({ slackMs: 240_000 })).toEqual({ inMs: 20_000, likely: true });
    expect(look({ ...time(240_000) })).toEqual({ inMs: 21_000, likely: true, isLate: true });
    expect(look({ ...time(4_000) })).toEqual({ inMs: 20_250, likely: true, isLate: true });
    // Once it was looked at in vain it is looked at as always.
    expect(look({ ...time(240_000) }, 21_000).isLate).toBeUndefined();
  });

  it('little later than else where waits differ, however much time there is', () => {
    const seen = [20, 40, 60, 80, 100].map((s) => ({ lasted: s * 1_000 - 100, over: s * 1_000 }));
    const first = (usual: Partial<Usual>) => nextLook(seen, 0, 0, { usualMs: 1_000, ...usual }).inMs;

    expect(first({ slackMs: 16_000, mayBeLate: true })).toBe(first({}) + 1_000);
  });

  it('once, after the usual duration, where nothing is known and what is lost by that is not missed', () => {
    const look = (usual: Partial<Usual>, elapsedMs = 0) =>
      nextLook([], elapsedMs, 0, { usualMs: 1_000, typicalMs: 60_000, ...usual });

    expect(look({ slackMs: 60_000 })).toEqual({ inMs: 60_000, likely: false });
    expect(look({ slackMs: 59_000 })).toEqual({ inMs: 45_000, likely: false });
    expect(look({ slackMs: 80_000, mayBeLate: true })).toEqual({ inMs: 63_000, likely: false, isLate: true });
    // Some are looked at early nevertheless: else nobody would see that things take less.
    expect(look({ slackMs: 60_000, chance: 0.1 })).toEqual({ inMs: 45_000, likely: false });
    expect(look({ slackMs: 60_000 }, 60_000)).toEqual({ inMs: 6_000, likely: false });
  });

  it('finds the moment first, unless it has all of its time to spare', () => {
    const look = (seen: SeenWait, slackMs: number) =>
      nextLook([seen], 0, 0, { usualMs: 1_000, slackMs, mayBeLate: true });

    expect(look({ lasted: 10_000, over: 20_000 }, 240_000)).toEqual({ inMs: 15_000, likely: true });
    expect(look({ lasted: 0, over: 20_000 }, 19_000)).toEqual({ inMs: 15_000, likely: true });
    expect(look({ lasted: 0, over: 2_000 }, 1_900)).toEqual({ inMs: 1_940, likely: true });
    expect(look({ lasted: 0, over: 20_000 }, 240_000)).toEqual({ inMs: 21_000, likely: true, isLate: true });
  });

  it('more closely at what others wait for', () => {
    const look = (seen: SeenWait, slackMs: number) =>
      nextLook([seen], 0, 0, { usualMs: 1_000, slackMs }).inMs;

    expect(look({ lasted: 99_200, over: 100_000 }, 0)).toBe(99_600);
    expect(look({ lasted: 99_200, over: 100_000 }, 1_000)).toBe(100_000);
    expect(look({ lasted: 99_600, over: 100_000 }, 0)).toBe(100_000);
    // It was over at the first look.
    expect(look({ lasted: 0, over: 2_000 }, 0)).toBe(1_500);
    expect(look({ lasted: 0, over: 2_000 }, 1_000)).toBe(1_940);
  });

  it('once, where looks are few, at what is known to a thirtieth', () => {
    const look = (usual: Partial<Usual>) =>
      nextLook([{ lasted: 111_000, over: 113_400 }], 0, 0, { usualMs: 1_000, isAlone: true, ...usual }).inMs;

    // A little later than that: of many some take a little longer.
    expect(look({ isPatient: true })).toBe(115_400);
    expect(
      nextLook([{ lasted: 310_000, over: 319_000 }], 0, 0, { usualMs: 1_000, isPatient: true }).inMs,
    ).toBeLessThan(319_000);
    expect(look({})).toBe(112_200);
  });

  it('by what such things usually take, else by what this one takes at least, as long as nobody has seen one', () => {
    const moments = (usual: Usual, most: number): number[] => {
      const all = [0];
      for (let now = 0; now < most; all.push(now)) now += nextLook([], now, 0, usual).inMs;
      return all.slice(1).map(Math.round);
    };

    expect(moments({ usualMs: 1_000, typicalMs: 20_000 }, 23_000)).toEqual([15_000, 20_000, 22_000, 24_200]);
    // A short one, that others are likely to wait for, more often than one of which there is time for as much again.
    expect(moments({ usualMs: 1_000, typicalMs: 8_000 }, 8_000)).toEqual([
      4_000, 4_800, 5_600, 6_400, 7_200, 8_000,
    ]);
    const some: Usual = { usualMs: 1_000, typicalMs: 8_000, slackMs: 8_000, chance: 0.1 };
    expect(moments(some, 8_000)).toEqual([4_000, 6_000, 8_000]);
    expect(moments({ usualMs: 1_000, typicalMs: 8_000, isPatient: true }, 8_000)).toEqual([
      4_000, 6_000, 8_000,
    ]);
    expect(moments({ usualMs: 1_000, typicalMs: 3_000 }, 3_000)).toEqual([1_500, 2_000, 2_500, 3_000]);
    expect(moments({ usualMs: 1_000, typicalMs: 8_000, mayBeLate: true }, 8_000)).toEqual([8_000]);
    expect(moments({ usualMs: 1_000, leastMs: 300_000 }, 309_000)).toEqual([
      150_000, 300_000, 304_500, 309_068,
    ]);
    // What costs no request of the cloud's is looked at more often.
    expect(moments({ usualMs: 5_000, isCheap: true }, 3_000)).toEqual([1_000, 2_000, 3_000]);
    expect(nextLook([], 150_000, 0, { usualMs: 5_000, isCheap: true }).inMs).toBe(1_500);
    expect(nextLook([], 150_000, 0, { usualMs: 5_000, isCheap: true, isPatient: true }).inMs).toBe(15_000);
  });

  it('with few looks and hardly late once the length of such waits is known', () => {
    const later = play(Array(30).fill(61_000), 5_000).slice(10);

    expect(Math.max(...later.map((one) => one.late))).toBeLessThan(61_000 * 0.01);
    expect(later.reduce((sum, one) => sum + one.looks, 0) / later.length).toBeLessThan(1.5);
  });

  it('hardly late as soon as one wait was seen, however late that was noticed', () => {
    const [, second, third] = play(Array(3).fill(320_000), 5_000);

    expect(second?.late).toBeLessThan(320_000 * 0.03);
    expect(third?.late).toBeLessThan(320_000 * 0.015);
  });

  it.each([
    [30_000, 5, 0.04],
    [75_000, 6.5, 0.03],
    [360_000, 12, 0.02],
  ])('neither often nor late when waits of %i ms differ by a fifth', (typical, mostLooks, mostLate) => {
    const lengths = Array.from({ length: 90 }, (_none, at) => typical * (0.8 + ((at * 0.618) % 0.4)));
    const later = play(lengths, 5_000).slice(12);
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / later.length;

    expect(mean(later.map((one) => one.looks))).toBeLessThan(mostLooks);
    expect(mean(later.map((one) => one.late))).toBeLessThan(typical * mostLate);
  });

  it('the more rarely the less is known of when it will be over, and not too rarely a little beyond all others', () => {
    const waits = (lengths: readonly number[]) =>
      lengths.map((one) => ({ lasted: one - 50, over: one + 50 }));
    const narrow = waits([99_000, 100_000, 101_000]);
    const wide = waits([80_000, 100_000, 120_000]);
    const gap = (seen: ReturnType<typeof waits>, now: number) =>
      nextLook(seen, now, 3, { usualMs: 5_000 }).inMs;

    expect(gap(wide, 85_000)).toBeGreaterThan(3 * gap(narrow, 99_100));
    expect(gap(narrow, 102_000)).toBeLessThan(2_500);
    expect(gap(narrow, 130_000)).toBeGreaterThan(gap(narrow, 102_000));
    expect(gap(narrow, 130_000)).toBeLessThan(7_000);
  });

  it('without being misled by a wait that was hardly looked at', () => {
    const known = [360_000, 361_000, 359_000, 362_000].map((over) => ({ lasted: over - 500, over }));
    const hardly = [
      { lasted: 180_000, over: 364_000 },
      { lasted: 361_000, over: 700_000 },
    ];

    expect(nextLook([...known, ...hardly], 0, 0, { usualMs: 5_000 }).inMs).toBeGreaterThan(355_000);
  });

  it('without being misled by one that took many times as long as the others', () => {
    const usual = [97_000, 99_000, 100_000, 101_000, 103_000].map((over) => ({ lasted: over - 100, over }));
    const strange = { lasted: 9_999_000, over: 10_000_000 };
    const gap = (now: number) => nextLook([...usual, strange], now, 1, { usualMs: 5_000 }).inMs;

    expect(gap(101_500)).toBeLessThan(2_500);
    expect(gap(104_000)).toBeLessThan(3_500);
    expect(gap(130_000)).toBeLessThan(7_000);
    // Once this one takes as long too, the other tells how long.
    expect(gap(1_000_000)).toBeGreaterThan(60_000);
  });

  it('now and then early, so that waits which have become shorter are noticed', () => {
    const sometimes = (): (() => number) => {
      let at = 0;
      return () => (at = (at + 0.618) % 1);
    };
    const shorter = [...Array<number>(6).fill(100_000), ...Array<number>(14).fill(70_000)];
    const late = (chance?: () => number): number =>
      play(shorter, 5_000, chance).reduce((sum, one) => sum + one.late, 0);
    const looks = play(Array<number>(60).fill(100_000), 5_000, sometimes()).slice(10);

    expect(late(sometimes())).toBeLessThan(late() * 0.7);
    expect(looks.reduce((sum, one) => sum + one.looks, 0) / looks.length).toBeLessThan(1.6);
    const seen = [{ lasted: 99_500, over: 100_000 }];
    expect(nextLook(seen, 0, 0, { usualMs: 5_000, chance: 0 })).toEqual({ inMs: 75_000, likely: true });
    expect(nextLook(seen, 0, 0, { usualMs: 5_000, chance: 0, isPatient: true }).inMs).toBe(100_000);
  });

  it('not before such a wait was ever over where many wait, and then at few moments, all together', () => {
    const alike = [
      { lasted: 90_000, over: 110_000 },
      { lasted: 0, over: 105_000 },
    ];
    const different = [50_000, 60_000, 70_000, 80_000, 90_000].map((over) => ({ lasted: over - 1, over }));

    expect(nextLook(alike, 0, 0, { usualMs: 5_000, isPatient: false }).inMs).toBe(97_500);
    expect(patiently(alike)).toEqual([93_750, 97_500, 101_250, 105_000]);
    expect(patiently(alike, { isAlone: true })).toEqual([97_500, 105_000]);
    expect(patiently([{ lasted: 2_900, over: 3_100 }])).toEqual([3_000, 3_100]);
    expect(patiently([{ lasted: 2_950, over: 3_050 }])).toEqual([3_050]);
    expect(patiently([{ lasted: 0, over: 3_000 }])).toEqual([3_000]);
    expect(patiently([{ lasted: 0, over: 3_000 }], { isAlone: true })).toEqual([3_060]);
    expect(nextLook(different, 0, 0, { usualMs: 5_000, isPatient: true }).inMs).toBeGreaterThan(75_000);
  });

  it('never more often than ten times a second, and more and more slowly once it is overdue', () => {
    const seen = [{ lasted: 90, over: 100 }];

    expect(nextLook(seen, 100, 0, { usualMs: 5_000 }).inMs).toBeGreaterThanOrEqual(100);
    expect(nextLook(seen, 100, 0, { usualMs: 5_000, leastGapMs: 1_000 }).inMs).toBe(1_000);
    const overdue = [1_000, 10_000, 100_000, 900_000].map(
      (now, looks) => nextLook(seen, now, looks, { usualMs: 5_000 }).inMs,
    );
    expect(overdue).toEqual(overdue.toSorted((a, b) => a - b));
    expect(overdue.at(-1)).toBeLessThan(60_000);
  });
});
