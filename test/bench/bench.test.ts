import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('the bench runs, and prints its tables with the machine that they were made on', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['dist/bench/main.js', '--only', 'engine', '--sizes', '10', '--runs', '1'],
    { encoding: 'utf8' },
  );

  expect(stderr).toContain('engine');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^node: v\d+/m);
  expect(stdout).toMatch(/^The engine: how soon the next step begins$/m);
  expect(stdout).toMatch(/^10 +\d/m);
});
