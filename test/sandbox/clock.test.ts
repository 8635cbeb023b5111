import { afterEach, expect, it } from 'vitest';
import { createClock } from '../../sandbox/clock.ts';

const clocks: ReturnType<typeof createClock>[] = [];

afterEach(() => {
  for (const clock of clocks.splice(0)) clock.close();
});

function clockOf(scale: number): ReturnType<typeof createClock> {
  const clock = createClock(scale);
  clocks.push(clock);
  return clock;
}

it('lets what waits already come sooner when time runs faster', async () => {
  const clock = clockOf(1);
  const aDay = clock.sleep(24 * 3_600_000);

  clock.setScale(1e-7);

  await aDay;
  expect(clock.scale).toBe(1e-7);
});

it('keeps the share of a wait that has passed, however often the pace changes', async () => {
  const clock = clockOf(0.001);
  const began = performance.now();
  // 200 ms at this pace.
  const wait = clock.sleep(200_000);

  await clock.sleep(100_000);
  const passed = performance.now() - began;
  clock.setScale(0.01);
  clock.setScale(0.002);
  await wait;

  // What had passed at the first pace, and the rest at half of it, less the timers' own grain.
  expect(performance.now() - began).toBeGreaterThan(passed + 2 * (200 - passed) - 20);
});

it('makes waits of things longer or shorter as it is told, and leaves short ones as they are', async () => {
  const factors = [3, 1];
  const clock = createClock(0.01, () => factors.shift() ?? 1);
  clocks.push(clock);
  const order: string[] = [];

  const long = clock.sleep(2_000).then(() => order.push('2 s, three times as long'));
  const usual = clock.sleep(4_000).then(() => order.push('4 s'));
  const short = clock.sleep(900).then(() => order.push('0.9 s'));
  await Promise.all([long, usual, short]);

  expect(order).toEqual(['0.9 s', '4 s', '2 s, three times as long']);
  expect(factors).toEqual([]);
});

it('cancels a wait that was armed anew', async () => {
  const clock = clockOf(1);
  let rang = false;
  const cancel = clock.after(1_000, () => {
    rang = true;
  });

  clock.setScale(0.01);
  cancel();
  await clock.sleep(3_000);

  expect(rang).toBe(false);
});

it('lets what is due earlier happen earlier, however late the process is', async () => {
  const clock = clockOf(0.001);
  const order: string[] = [];
  const boot = (name: string): Promise<void> => {
    clock.after(75_000, () => order.push(`${name} has keys`));
    return clock.sleep(190_000).then(() => void order.push(`${name} runs programs`));
  };
  const first = boot('one');
  await clock.sleep(150_000);
  const second = boot('two');

  // Busy until all of it is overdue: Node alone would now go through the waits of 190 ms, then those of 75 ms.
  for (const until = performance.now() + 250; performance.now() < until;);
  await Promise.all([first, second]);

  expect(order).toEqual(['one has keys', 'one runs programs', 'two has keys', 'two runs programs']);
});

it('refuses a pace that is none', () => {
  const clock = clockOf(1);

  expect(() => clock.setScale(0)).toThrow("A clock's scale must be a positive number, got 0.");
});
