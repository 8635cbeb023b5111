import { expect, it, onTestFinished } from 'vitest';
import { watchClock } from '../../src/jobs/clock-watch.ts';

it('tells once of a clock that is set back, and not of one that is set right by a little, or forward', async () => {
  let ahead = 0;
  let looks = 0;
  let told = 0;
  const now = (): number => {
    looks += 1;
    return performance.now() + ahead;
  };
  const watch = watchClock(() => (told += 1), { now, steady: () => performance.now() });
  onTestFinished(() => watch.stop());
  const looked = async (): Promise<number> => {
    const before = looks;
    await expect.poll(() => looks).toBeGreaterThan(before);
    return told;
  };

  ahead = 3_600_000;
  expect(await looked()).toBe(0);
  ahead -= 1_000;
  expect(await looked()).toBe(0);
  ahead -= 600_000;
  expect(await looked()).toBe(1);
  expect(await looked()).toBe(1);
});
