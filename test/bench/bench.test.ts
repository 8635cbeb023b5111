import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const bench = (...options: readonly string[]) =>
  spawnSync(process.execPath, ['dist/bench/main.js', ...options], { encoding: 'utf8' });

it.each([
  ['--only', 'tiem', '--only: there is no "tiem". It takes time, ways, engine, waiting, start, answer.'],
  ['--sizes', '10,many', '--sizes: "many" is no whole number from 1 on.'],
  ['--last', 'repair', '--last: there is no "repair". It takes create, scale, destroy.'],
  ['--runs', '0', '--runs: "0" is no whole number from 1 on.'],
  ['--scale', '20', '--scale: "20" is no number from 0.05 to 10.'],
  ['--scale', '0.01', '--scale: "0.01" is no number from 0.05 to 10.'],
  ['--vary', '', '--vary: "" is no number from 0 to 0.5.'],
  ['--charts', 'package.json', '--charts: "package.json" is no folder that can be written (EEXIST).'],
  ['--charts', '', '--charts: "" is no folder that can be written (ENOENT).'],
])('the bench refuses %s %s before it measures anything', (option, value, message) => {
  const { status, stdout, stderr } = bench(`${option}=${value}`);
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain(`${message}\n\nUsage: npm run bench`);
});

it('the bench runs, and prints its tables with the machine that they were made on', () => {
  const { status, stdout, stderr } = bench('--only', 'start', '--runs', '1');

  expect(stderr).toContain('start');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^node: v\d+/m);
  expect(stdout).toMatch(/^Start$/m);
  for (const row of ['Node alone', 'bot', 'worker', 'both in one process'])
    expect(stdout).toMatch(new RegExp(`^${row} +\\d`, 'm'));
});
