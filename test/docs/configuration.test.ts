import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { Settings } from '../../src/cluster/settings.ts';
import { kindsByName } from '../../src/jobs/kinds.ts';
import { code, read, section, tableRows } from './markdown.ts';

const page = read('docs/configuration.md');
const example = read('ams.example.yaml');
const environmentTable = tableRows(section(page, '## Environment'));
const settingsTables = tableRows(section(page, '## ams.yaml'));

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
}

/** Every key of the settings as a path: records of objects as `<name>`, records of values as one key. */
function paths(schema: Schema, at: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const path = at === '' ? key : `${at}.${key}`;
    if (inner.properties) return paths(inner, path);
    const entry = inner.additionalProperties;
    if (typeof entry === 'object' && entry.properties) return [path, ...paths(entry, `${path}.<name>`)];
    return [path];
  });
}

const settingsPaths = paths(z.toJSONSchema(Settings, { io: 'input' }) as Schema, '');

/** Variables that the program reads, by the schema in its own source. */
const variables = [...read('src/config/config.ts').matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map((match) => match[1]);

describe('the environment', () => {
  it('in docs/configuration.md is what the program reads', () => {
    expect(variables.length).toBeGreaterThan(10);
    expect(environmentTable.map((row) => code(row[0])).toSorted()).toEqual(variables.toSorted());
  });

  it('in .env.example is what the program reads', () => {
    const named = [...read('.env.example').matchAll(/^([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1]);

    expect(named.toSorted()).toEqual(variables.toSorted());
  });
});

describe('ams.yaml', () => {
  it('has each of its keys in docs/configuration.md, and no other', () => {
    const named = settingsTables
      .filter((row) => row.length === 5)
      .map((row) => code(row[0]))
      .toSorted();

    expect(settingsPaths.length).toBeGreaterThan(40);
    expect(named).toEqual(settingsPaths.toSorted());
  });

  it('has the defaults that docs/configuration.md tells', () => {
    const defaults = Settings.parse({});
    const rows = settingsTables.filter((row) => row.length === 5 && /^`[^`]*`$/.test(row[2] ?? ''));

    expect(rows.length).toBeGreaterThan(35);
    for (const row of rows) {
      const value = code(row[0])
        .split('.')
        .reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], defaults);
      expect(parse(code(row[2])), code(row[0])).toEqual(value);
    }
  });

  it('takes each example of docs/configuration.md as it stands there', () => {
    const rows = settingsTables.filter((row) => row.length === 5 && !/[<…]/.test(`${row[0]} ${row[4]}`));

    expect(rows.length).toBeGreaterThan(40);
    for (const row of rows) {
      const key = code(row[0]);
      const example: unknown = parse(code(row[4]));
      const written = key.split('.').reduceRight<unknown>((inner, each) => ({ [each]: inner }), example);
      expect(Settings.safeParse(written).error?.issues ?? [], key).toEqual([]);
    }
  });

  it('tells the deadline of each kind of step', () => {
    const told = settingsTables
      .filter((row) => row.length === 2)
      .map((row) => [code(row[0]), Number(row[1])] as const);
    const real = [...kindsByName().values()].map((kind) => [kind.kind, kind.deadlineSeconds / 60] as const);

    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(real));
  });
});

describe('ams.example.yaml', () => {
  it('is valid', () => {
    expect(Settings.safeParse(parse(example)).error?.issues ?? []).toEqual([]);
  });

  it('is still valid with what stands in comments, and then names every key', () => {
    const full: unknown = parse(uncommented());
    const named = new Set(leaves(full, ''));
    const missing = settingsPaths.filter((path) => {
      const shape = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('<name>', '[^.]+')}(\\.|$)`);
      return ![...named].some((one) => shape.test(one));
    });

    expect(Settings.safeParse(full).error?.issues ?? []).toEqual([]);
    expect(missing).toEqual([]);
  });

  it('shows the defaults wherever it does not say that it is an example', () => {
    const shown = Settings.parse(parse(example));
    const { domain: _d, certificates: _c, approval, ssh, ...rest } = shown;
    const { domain: _dd, certificates: _cc, approval: policy, ssh: login, ...defaults } = Settings.parse({});

    expect(rest).toEqual(defaults);
    expect({ ...approval, approvers: [] }).toEqual(policy);
    expect({ ...ssh, from: undefined }).toEqual({ ...login, from: undefined });
  });
});

/** With every line that is a key in a comment made a real one. */
function uncommented(): string {
  return example
    .split('\n')
    // A note for editors, no key.
    .filter((line) => !line.startsWith('# yaml-language-server:'))
    .map((line) => line.replace(/^( *)# ?( *[a-z][A-Za-z0-9-]*: ?\S.*| *[a-z][A-Za-z0-9-]*:(?: +#.*)?)$/, '$1$2'))
    .join('\n');
}

function leaves(value: unknown, at: string): string[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [at];
  const entries = Object.entries(value);
  return entries.length === 0 ? [at] : entries.flatMap(([key, inner]) => leaves(inner, at === '' ? key : `${at}.${key}`));
}
