import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { openTown } from './town.ts';
import type { Town } from './town.ts';
import { watch } from './watcher.ts';
import type { Watcher } from './watcher.ts';

/** A town for the tests of a file, which see to it after each that nothing was planned and nothing changed. */
export function untouchedTown(settings: Record<string, unknown>, env: Readonly<Record<string, string>> = {}) {
  let town: Town;
  let seen: Watcher;

  beforeAll(async () => {
    town = await openTown({ idle: true, settings: { prices: { albPerHour: 0.025 }, ...settings } });
    Object.assign(town.env, env);
    await town.start();
    seen = watch(town);
  }, 60_000);

  afterAll(() => town.close());

  afterEach(() => {
    expect(seen.writes()).toEqual([]);
    expect(seen.plans()).toBe(0);
  });

  return {
    get town() {
      return town;
    },
    get seen() {
      return seen;
    },
  };
}
