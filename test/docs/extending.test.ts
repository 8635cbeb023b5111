import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { code, read, section, tableRows } from './markdown.ts';

const page = read('docs/extending.md');

/** Names of the fields that an interface has in its source, optional ones included; not those of its bases. */
function fieldsOf(path: string, name: string): readonly { readonly field: string; readonly needed: boolean }[] {
  const body = new RegExp(`^export interface ${name}(?:<[^{]*>)? \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(read(path))?.[1];
  if (body === undefined) throw new Error(`no interface ${name} in ${path}`);
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)(\??)[:(]/gm)]
    .map(([, field = '', mark]) => ({ field, needed: mark !== '?' }))
    .filter(({ field }) => field !== 'type');
}

function rowsUnder(heading: string): readonly (readonly string[])[] {
  const text = section(page, heading);
  const first = text.indexOf('| field |');
  const rest = text.slice(first);
  return tableRows(rest.slice(0, rest.indexOf('\n\n')));
}

describe('docs/extending.md', () => {
  it('names files and folders that exist', () => {
    const paths = [...page.matchAll(/`((?:src|test|docs|deploy|sandbox)\/[\w./-]+|\w[\w.-]*\.(?:md|json|yaml))`/g)].map(
      (match) => match[1] ?? '',
    );

    expect(paths.length).toBeGreaterThan(30);
    // A team's own settings are not committed.
    expect(paths.filter((path) => path !== 'ams.yaml' && !existsSync(path))).toEqual([]);
  });

  it.each([
    ['## A command', 'src/bot/commands/command.ts', 'Command'],
    ['## A task', 'src/jobs/resource.ts', 'Task'],
    ['## A resource', 'src/jobs/resource.ts', 'Resource'],
  ])('%s: tells each field of the type, and no other', (heading, path, name) => {
    const told = rowsUnder(heading).map((row) => code(row[0]));

    expect(told.toSorted()).toEqual(fieldsOf(path, name).map(({ field }) => field).toSorted());
  });

  it('tells which fields of a resource may be left out', () => {
    const told = rowsUnder('## A resource').map((row) => [code(row[0]), row[1] === 'yes']);
    const real = fieldsOf('src/jobs/resource.ts', 'Resource').map(({ field, needed }) => [field, needed]);

    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(real));
  });
});
