import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // A journey waits more than it works: twice the cores of a small machine.
    maxWorkers: 4,
    // Loading the SDKs anew for each file would take as long as the tests.
    isolate: false,
    expect: { poll: { timeout: 30_000 } },
  },
});
