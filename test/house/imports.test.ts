import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const planted: string[] = [];

afterEach(() => {
  for (const path of planted.splice(0)) rmSync(path, { force: true });
});

/** Plants a file and returns what the linter says of it. */
function lint(path: string, text: string): { code: number | null; output: string } {
  const full = resolve(path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  planted.push(full);
  const result = spawnSync('npx', ['--no-install', 'oxlint', path], { encoding: 'utf8' });
  return { code: result.status, output: `${result.stdout}${result.stderr}` };
}

describe('the arrows of the house', () => {
  it.each([
    [
      'src/cluster/planted.ts',
      "export { Keys } from '../jobs/keys.ts';\n",
      'cluster/ imports nothing of ours',
    ],
    ['src/cloud/planted.ts', "export { Keys } from '../jobs/keys.ts';\n", 'cloud/ may import cluster/ only'],
    ['src/redis/planted.ts', "export { Keys } from '../jobs/keys.ts';\n", 'redis/ imports nothing of ours'],
    ['src/jobs/planted.ts', "export { App } from '@slack/bolt';\n", 'jobs/ speaks to Slack and Alibaba'],
    [
      'src/bot/planted.ts',
      "export { x } from '../cloud/errors.ts';\n",
      'bot/ may import jobs/ and cluster/ only',
    ],
    [
      'src/bot/planted-too.ts',
      "export { x } from '../ops/ops.ts';\n",
      'bot/ may import jobs/ and cluster/ only',
    ],
    ['src/ops/planted.ts', "export { Keys } from '../jobs/keys.ts';\n", 'ops/ may import cluster/ only'],
    ['sandbox/planted.ts', "export { Keys } from '../src/jobs/keys.ts';\n", 'the wire is the contract'],
  ])('refuse a bad import in %s', (path, text, words) => {
    const { code, output } = lint(path, text);

    expect(output).toContain(words);
    expect(code).not.toBe(0);
  });

  it('refuse a circle', () => {
    lint('src/cluster/planted-a.ts', "import { b } from './planted-b.ts';\nexport const a = b;\n");

    const { output } = lint(
      'src/cluster/planted-b.ts',
      "import { a } from './planted-a.ts';\nexport const b = a;\n",
    );

    expect(output).toContain('no-cycle');
  });

  it('let a good import pass', () => {
    const { code } = lint('src/jobs/planted.ts', "export { parseCidr } from '../cluster/cidr.ts';\n");

    expect(code).toBe(0);
  });
});
