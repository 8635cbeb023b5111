import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/bot/commands/list.ts';
import { parseCommand } from '../../src/bot/commands/parse.ts';
import { code, read, section, tableRows } from './markdown.ts';

const page = read('docs/commands.md');

describe('docs/commands.md', () => {
  it('has a heading for each command and none for others', () => {
    const headings = [...page.matchAll(/^## (.+)$/gm)].map((match) => match[1]);

    expect(headings.toSorted()).toEqual(COMMANDS.map((command) => command.name).toSorted());
  });

  it.each(COMMANDS.map((command) => [command.name, command] as const))('tells all of %s', (name, command) => {
    const text = section(page, `## ${name}`);
    const rows = tableRows(text).filter((row) => code(row[0]).startsWith('--'));
    const usage = /^`(\/ams [^`]+)`$/m.exec(text)?.[1];

    expect(usage).toBe(`/ams ${name} ${command.usage}`.trim());
    // The options of plan are those of the commands that it plans.
    if (name !== 'plan')
      expect(rows.map((row) => code(row[0]).slice(2)).toSorted()).toEqual(
        command.options.map((option) => option.name).toSorted(),
      );
    for (const row of rows) expect(row, row.join(' | ')).toHaveLength(4);
    for (const row of rows) {
      const option = command.options.find((one) => `--${one.name}` === code(row[0]));
      expect(row[1] === 'none', `${row[0]} takes a value`).toBe(option?.value === undefined);
    }
    for (const example of command.examples) expect(text).toContain(`    /ams ${example}\n`);
  });

  it('shows only commands that can be read', () => {
    const shown = [...page.matchAll(/^ {4}\/ams (.+)$/gm)].map((match) => match[1] ?? '');

    expect(shown.length).toBeGreaterThan(20);
    for (const text of shown) expect(parseCommand(text, COMMANDS).kind, text).toMatch(/run|help/);
  });
});

describe('commands elsewhere', () => {
  it('the table of the README lists exactly the commands', () => {
    const cells = tableRows(section(read('README.md'), '## Commands')).map((row) => row[0] ?? '');
    const named = cells.flatMap((cell) => [...cell.matchAll(/\/ams ([a-z-]+)/g)].map((match) => match[1]));

    expect(named.toSorted()).toEqual(COMMANDS.map((command) => command.name).toSorted());
  });

  it('no document and no message names a command that does not exist', () => {
    const files = [
      'README.md',
      ...readdirSync('docs').filter((name) => name.endsWith('.md')).map((name) => join('docs', name)),
      ...readdirSync('src', { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join('src', name)),
    ];
    const known = new Set(COMMANDS.map((command) => command.name));
    const unknown = files.flatMap((file) =>
      [...read(file).matchAll(/\/ams ([a-z][a-z-]+)(?=[\s`.;,…)\\'])/g)]
        .map((match) => match[1] ?? '')
        .filter((name) => !known.has(name) && !['command', 'alone'].includes(name))
        .map((name) => `${file}: /ams ${name}`),
    );

    expect(unknown).toEqual([]);
  });
});
