import { expect, it } from 'vitest';
import { onTime } from '../../src/redis/on-time.ts';

it('nudges whoever is late until the answer is there', async () => {
  let nudges = 0;
  let end: (word: string) => void;
  const reading = new Promise<string>((resolve) => (end = resolve));
  const nudge = () => {
    nudges += 1;
    if (nudges === 3) end('over');
    return Promise.reject(new Error('not heard'));
  };

  expect(await onTime(reading, 0, nudge)).toBe('over');
  await new Promise((later) => setTimeout(later, 20));
  expect(nudges).toBe(3);
});

it('leaves alone who answers before the time is over, and gives up on who never does', async () => {
  let nudges = 0;
  const nudge = () => Promise.resolve((nudges += 1));

  await onTime(Promise.resolve(), 10, nudge);
  await new Promise((later) => setTimeout(later, 30));
  expect(nudges).toBe(0);

  const never = onTime(new Promise(() => undefined), 0, nudge);
  await expect.poll(() => nudges).toBe(5);
  await new Promise((later) => setTimeout(later, 30));
  expect([nudges, await Promise.race([never, Promise.resolve('still waiting')])]).toEqual([
    5,
    'still waiting',
  ]);
});
