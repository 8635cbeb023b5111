import type { Chart } from './chart.ts';

/** One table of the report: every figure is already in words. */
export interface Table {
  readonly title: string;
  /** What was done and how to read it, one or two sentences. */
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Lines of at most so many columns. */
function wrapped(text: string, columns = 116): string {
  return text.replace(new RegExp(`(.{1,${columns}})(?: |$)`, 'g'), '$1\n').trimEnd();
}

/** What a section gives back: tables for people, figures for programs. */
export interface Section {
  readonly tables: readonly Table[];
  readonly figures: Readonly<Record<string, unknown>>;
  /** By the name of their file. */
  readonly charts?: Readonly<Record<string, Chart>>;
}

/** Columns under each other, for a terminal. */
export function plain(table: Table): string {
  const lines = [table.columns, ...table.rows];
  const widths = table.columns.map((_column, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return [table.title, '', ...text, '', table.note, ''].join('\n');
}

export function markdown(table: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = table.columns.map((_column, at) => (at === 0 ? '---' : '---:'));
  return [
    `## ${table.title}`,
    '',
    wrapped(table.note),
    '',
    line(table.columns),
    line(rule),
    ...table.rows.map(line),
    '',
  ].join('\n');
}
