import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { openTown } from './town.ts';
import type { Town } from './town.ts';
import { watch } from './watcher.ts';
import type { Watcher } from './watcher.ts';

/**
 * A town for the tests of a file, which see to it after each that nothing was planned and nothing changed, and once more
 * at the end, when the worker has answered a question: what a test set off may begin a moment later.
 */
export function untouchedTown(settings: Record<string, unknown>, env: Readonly<Record<string, string>> = {}) {
  let town: Town;
  let seen: Watcher;

  beforeAll(async () => {
    town = await openTown({ idle: true, settings: { prices: { albPerHour: 0.025 }, ...settings } });
    Object.assign(town.env, env);
    await town.start();
    seen = watch(town);
  }, 60_000);

  function expectUntouched(): void {
    expect(seen.writes()).toEqual([]);
    expect(seen.plans()).toBe(0);
  }

  afterAll(async () => {
    try {
      await seen.asked('clusters', /^There are no clusters/);
      expectUntouched();
    } finally {
      await town.close();
    }
  });

  afterEach(expectUntouched);

  return {
    get town() {
      return town;
    },
    get seen() {
      return seen;
    },
  };
}
