import { describe, expect, it } from 'vitest';
import { Settings } from '../../src/cluster/settings.ts';
import { everyMs } from '../../src/jobs/drift/every.ts';

describe('how often clusters are looked at', () => {
  it.each([
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['off', undefined],
    ['never', undefined],
  ])('%s is understood', (text, ms) => {
    expect(Settings.parse({ drift: { every: text } }).drift.every).toBe(text);
    expect(everyMs(text)).toBe(ms);
  });

  it.each(['0m', '15', '15s', 'sometimes', '-1h', '1.5h'])('%s is refused with what is allowed', (text) => {
    expect(Settings.safeParse({ drift: { every: text } }).error?.issues[0]?.message).toMatch(
      /must be off, or a time like 15m/,
    );
  });
});
