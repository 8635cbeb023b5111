import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { RESOURCES } from '../../../src/jobs/resources/list.ts';
import type { Resource, StepKind } from '../../../src/jobs/resource.ts';
import { aSpec } from './spec.ts';

const folder = fileURLToPath(new URL('../../../src/jobs/resources', import.meta.url));
const kinds = RESOURCES as readonly Resource[];

test('every kind of resource in the folder is in the list', async () => {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts') && file !== 'list.ts');

  const exported = await Promise.all(
    files.map(async (file) => {
      const module = (await import(`${folder}/${file}`)) as Record<string, unknown>;
      return Object.values(module).filter(isKind);
    }),
  );

  expect(
    exported
      .flat()
      .map((kind) => kind.kind)
      .toSorted(),
  ).toEqual(kinds.map((kind) => kind.kind).toSorted());
});

test('part ids are unique, begin with their kind and need only parts that exist', () => {
  const all = kinds.flatMap((kind) => kind.parts(aSpec()).map((part) => ({ kind: kind.kind, ...part })));
  const ids = new Set(all.map((part) => part.id));

  expect(ids.size).toBe(all.length);
  for (const part of all) {
    expect(part.id === part.kind || part.id.startsWith(`${part.kind}-`)).toBe(true);
    for (const need of part.needs) expect([...ids, 'database-install']).toContain(need);
  }
});

test('a cluster consists of these parts', () => {
  const ids = kinds.flatMap((kind) => kind.parts(aSpec()).map((part) => part.id));

  expect(ids.toSorted()).toEqual(
    [
      'vpc',
      'vswitch-1',
      'vswitch-2',
      'security-group-nodes',
      'security-group-database',
      'key-pair',
      'database',
      'certificate',
      'server-group-origin',
      'server-group-edge',
      'load-balancer',
      'listener-80',
      'listener-443',
      'listener-5080',
      'listener-5443',
      'launch-template-origin',
      'launch-template-edge',
      'scaling-group-origin',
      'scaling-group-edge',
      'scaling-rule-origin',
      'scaling-rule-edge',
      'dns-record',
    ].toSorted(),
  );
});

test('with an existing database there is no instance and no firewall for it', () => {
  const spec = aSpec({ database: { source: 'uri', uri: 'shared' }, dns: 'print' });
  const parts = kinds.flatMap((kind) => kind.parts(spec));

  expect(parts.map((part) => part.id)).not.toContain('database');
  expect(parts.map((part) => part.id)).not.toContain('security-group-database');
  expect(parts.map((part) => part.id)).not.toContain('dns-record');
  expect(parts.find((part) => part.id === 'launch-template-edge')?.needs).not.toContain('database-install');
});

test('nothing about the two groups waits for the other one', () => {
  const parts = kinds
    .flatMap((kind) => kind.parts(aSpec()))
    .filter((one) => /^(launch-template|scaling-)/.test(one.id));

  expect(parts).toHaveLength(6);
  for (const part of parts) {
    const other = part.id.endsWith('origin') ? 'edge' : 'origin';
    expect(part.needs.filter((need) => need.endsWith(other))).toEqual([]);
  }
});

test('the removal order names only kinds that exist and has no circle', () => {
  const known = new Map(kinds.map((kind) => [kind.kind, kind]));
  const walk = (kind: string, path: readonly string[]): void => {
    expect(path).not.toContain(kind);
    for (const before of known.get(kind)?.removeAfter ?? []) {
      expect(known.has(before)).toBe(true);
      walk(before, [...path, kind]);
    }
  };

  for (const kind of kinds) walk(kind.kind, []);
});

test('every kind tells the permissions that it needs', () => {
  for (const kind of kinds) {
    expect(kind.actions.length).toBeGreaterThan(0);
    for (const action of kind.actions)
      expect(action).toMatch(/^(vpc|ecs|alb|ess|yundun-cert|alidns|ram):[A-Z]\w+$/);
  }
});

function isKind(value: unknown): value is StepKind {
  return (
    typeof value === 'object' && value !== null && 'type' in value && 'kind' in value && 'parts' in value
  );
}
