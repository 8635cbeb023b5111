import { describe, expect, it } from 'vitest';
import { retryDelayMs } from '../../../src/cloud/calling/retry.ts';
import { PATIENCE_MS } from '../../../src/jobs/asks/ask-runner.ts';

/** Whether a plan still comes about when one API gives no answer for so long; each silent try lasts `tryMs`. */
function survives(outageMs: number, tryMs: number, random: () => number): boolean {
  let now = 0;
  for (let attempt = 1; ; attempt += 1) {
    if (now >= outageMs) return true;
    now += tryMs;
    if (now > PATIENCE_MS) return false;
    now += retryDelayMs({ errorClass: 'network', retryAfterMs: undefined }, attempt, random);
  }
}

describe('the patience of planning', () => {
  it.each([0, 0.25, 0.5, 0.75, 1])(
    'outlasts a minute without one API, whatever the jitter (%s)',
    (jitter) => {
      expect(survives(60_000, 100, () => jitter)).toBe(true);
      expect(survives(60_000, 5_000, () => jitter)).toBe(true);
    },
  );

  it('outlasts a minute in which each try is silent for half of it', () => {
    for (const jitter of [0, 0.5, 1]) expect(survives(60_000, 30_000, () => jitter)).toBe(true);
  });

  it('ends', () => {
    expect(survives(Infinity, 100, () => 0.5)).toBe(false);
  });
});
