import { expect, it } from 'vitest';
import { Slots } from '../../src/bot/outbox/slots.ts';

it('gives those who wait moments one after the other, each queue its own', () => {
  const slots = new Slots(
    () => 1_000,
    () => 0,
  );

  expect([1, 2, 3].map(() => slots.after('update', 400, 1_200))).toEqual([400, 1_600, 2_800]);
  expect(slots.after('post:C1', 400, 1_000)).toBe(400);
});

it('lets nobody wait for long in a queue that may empty sooner, and nobody less than he was told to', () => {
  const slots = new Slots(
    () => 1_000,
    () => 0.5,
  );
  const waits = Array.from({ length: 1_000 }, () => slots.after('update', 400, 1_200));

  expect(Math.max(...waits)).toBeLessThanOrEqual(20_000);
  expect(slots.after('update', 60_000, 1_200)).toBe(60_000);
});

it('begins anew once all moments it gave are over', () => {
  let now = 1_000;
  const slots = new Slots(() => now);
  slots.after('update', 400, 1_200);
  now = 60_000;

  expect(slots.after('update', 400, 1_200)).toBe(400);
});
