import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { schemaFile } from '../../scripts/schema.ts';
import { read } from './markdown.ts';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
}

const committed = read('ams.schema.json');
const schema = JSON.parse(committed) as Schema;

/** Every object and every key of the schema, by path. */
function all(inner: Schema, at: string): readonly (readonly [path: string, schema: Schema])[] {
  const entry = inner.additionalProperties;
  return [
    [at, inner],
    ...Object.entries(inner.properties ?? {}).flatMap(([key, each]) => all(each, at === '' ? key : `${at}.${key}`)),
    ...(typeof entry === 'object' && entry.properties ? all(entry, `${at}.<name>`) : []),
  ];
}

describe('ams.schema.json', () => {
  it('is what the settings make (else: npm run schema)', () => {
    expect(committed).toBe(schemaFile(read('docs/configuration.md')));
  });

  it('describes each key, and lets no unknown one pass', () => {
    const entries = all(schema, '');

    expect(entries.length).toBeGreaterThan(50);
    for (const [path, each] of entries) {
      const isObject = each.type === 'object' && each.properties !== undefined;
      if (isObject) expect(each.additionalProperties, path).toBe(false);
      else if (path !== '') expect(each.description, path).toBeTruthy();
    }
  });

  it('is named by the first line of the files that it is for', () => {
    expect(read('ams.example.yaml').split('\n')[0]).toBe('# yaml-language-server: $schema=./ams.schema.json');
    expect(read('deploy/kubernetes/ams.yaml').split('\n')[0]).toBe(
      '# yaml-language-server: $schema=../../ams.schema.json',
    );
  });

  it('knows each key that the examples use', () => {
    const known = new Set(all(schema, '').map(([path]) => path));

    for (const file of ['ams.example.yaml', 'deploy/kubernetes/ams.yaml'])
      for (const key of Object.keys(parse(read(file)) as object)) expect(known, `${file}: ${key}`).toContain(key);
  });
});
