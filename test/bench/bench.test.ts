import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('the bench runs, and prints its tables with the machine that they were made on', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['dist/bench/main.js', '--only', 'start', '--runs', '1'],
    { encoding: 'utf8' },
  );

  expect(stderr).toContain('start');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^node: v\d+/m);
  expect(stdout).toMatch(/^Start$/m);
  for (const row of ['Node alone', 'bot', 'worker', 'both in one process'])
    expect(stdout).toMatch(new RegExp(`^${row} +\\d`, 'm'));
});
