import { expect, it } from 'vitest';
import { saysJoined, stillWaits } from '../../../src/jobs/tasks/nodes/still-waits.ts';

const MINUTE = 60_000;
const WAITS =
  ' Its log says: 2026-05-01T12:00:00Z waiting: the database at 10.0.0.9/27017 does not accept connections';
const GAVE_UP =
  ' Its log says: 2026-05-01T12:15:00Z not joined: the database refuses the login; the service is stopped';

it('a node that says what it waits for has as long as its own script', () => {
  expect(stillWaits(WAITS, 5 * MINUTE, 1)).toBe(true);
  expect(stillWaits(WAITS, 10 * MINUTE, 1)).toBe(true);
  expect(stillWaits(WAITS, 16 * MINUTE, 1)).toBe(false);
});

it('a node that gave up, or says nothing, is not waited for', () => {
  expect(stillWaits(GAVE_UP, 5 * MINUTE, 1)).toBe(false);
  expect(stillWaits('', 5 * MINUTE, 1)).toBe(false);
});

it('a node whose script came to its good end has joined', () => {
  expect(saysJoined(' Its log says: 2026-05-01T12:00:00Z joined')).toBe(true);
  for (const said of [WAITS, GAVE_UP, '']) expect(saysJoined(said)).toBe(false);
});
