import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** A copy of the house in which bad imports are planted, so that none is ever left in the real one. */
let house: string;

beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), 'ams-house-'));
  for (const part of ['.oxlintrc.json', 'src', 'sandbox'])
    cpSync(resolve(part), join(house, part), { recursive: true });
});

afterAll(() => rmSync(house, { recursive: true, force: true }));

interface Finding {
  readonly filename: string;
  readonly code: string;
  readonly help?: string;
}

/** Plants files and returns what the linter says of them. */
function lint(files: Readonly<Record<string, string>>): {
  code: number | null;
  findings: readonly Finding[];
} {
  for (const [path, text] of Object.entries(files)) writeFileSync(join(house, path), text);
  const linter = resolve('node_modules/.bin/oxlint');
  const result = spawnSync(linter, ['--format=json', ...Object.keys(files)], {
    cwd: house,
    encoding: 'utf8',
  });
  for (const path of Object.keys(files)) rmSync(join(house, path));
  const { diagnostics } = JSON.parse(result.stdout) as { diagnostics: Finding[] };
  return { code: result.status, findings: diagnostics };
}

describe('the arrows of the house', () => {
  it('refuse bad imports', () => {
    const bad: readonly (readonly [path: string, text: string, words: string])[] = [
      [
        'src/cluster/planted.ts',
        "export { Keys } from '../jobs/store/keys.ts';\n",
        'cluster/ imports nothing of ours',
      ],
      [
        'src/cloud/planted.ts',
        "export { Keys } from '../jobs/store/keys.ts';\n",
        'cloud/ may import cluster/ only',
      ],
      [
        'src/config/planted.ts',
        "export { Keys } from '../jobs/store/keys.ts';\n",
        'config/ knows nobody who goes by it',
      ],
      [
        'src/redis/planted.ts',
        "export { Keys } from '../jobs/store/keys.ts';\n",
        'redis/ imports nothing of ours',
      ],
      ['src/jobs/planted.ts', "export { App } from '@slack/bolt';\n", 'jobs/ speaks to Slack and Alibaba'],
      [
        'src/bot/planted.ts',
        "export { x } from '../cloud/errors.ts';\n",
        'bot/ may import jobs/ and cluster/ only',
      ],
      [
        'src/bot/planted-too.ts',
        "export { x } from '../config/config.ts';\n",
        'bot/ may import jobs/ and cluster/ only',
      ],
      [
        'src/ops/planted.ts',
        "export { Keys } from '../jobs/store/keys.ts';\n",
        'ops/ may import cluster/ only',
      ],
      [
        'sandbox/planted.ts',
        "export { Keys } from '../src/jobs/store/keys.ts';\n",
        'the wire is the contract',
      ],
    ];

    const { code, findings } = lint(Object.fromEntries(bad.map(([path, text]) => [path, text])));

    for (const [path, , words] of bad)
      expect(findings.find(({ filename }) => filename === path)?.help, path).toContain(words);
    expect(findings).toHaveLength(bad.length);
    expect(code).not.toBe(0);
  });

  it('refuse a circle', () => {
    const { findings } = lint({
      'src/cluster/planted-a.ts': "import { b } from './planted-b.ts';\nexport const a = b;\n",
      'src/cluster/planted-b.ts': "import { a } from './planted-a.ts';\nexport const b = a;\n",
    });

    expect(findings.map((finding) => finding.code).join()).toContain('no-cycle');
  });

  it('let a good import pass', () => {
    const good = "export { parseCidr } from '../cluster/cidr.ts';\n";
    const { code, findings } = lint({ 'src/jobs/planted.ts': good });

    expect(findings).toEqual([]);
    expect(code).toBe(0);
  });
});
