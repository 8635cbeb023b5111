import { readFileSync } from 'node:fs';

export function read(path: string): string {
  return readFileSync(path, 'utf8');
}

/** The part of a document below a heading, up to the next heading of the same level. @throws Error when there is none */
export function section(text: string, heading: string): string {
  const level = /^#+/.exec(heading)?.[0] ?? '#';
  const lines = text.split('\n');
  const from = lines.indexOf(heading);
  if (from < 0) throw new Error(`no heading "${heading}"`);
  const length = lines.slice(from + 1).findIndex((line) => line.startsWith(`${level} `));
  return lines.slice(from + 1, length < 0 ? undefined : from + 1 + length).join('\n');
}

/** Cells of all rows of all tables, without their heads. */
export function tableRows(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  return lines
    .filter((line, at) => line.startsWith('|') && !/^\|[-| ]+$/.test(line) && !/^\|[-| ]+$/.test(lines[at + 1] ?? ''))
    .map((line) =>
      line
        .replace(/^\||\|$/g, '')
        .split(/(?<!\\)\|(?![^`]*`(?:[^`]*`[^`]*`)*[^`]*$)/)
        .map((cell) => cell.trim()),
    );
}

/** The first `code` of a cell. */
export function code(cell: string | undefined): string {
  return /`([^`]+)`/.exec(cell ?? '')?.[1] ?? '';
}

/** Anchors of the headings, as GitHub makes them. */
export function anchors(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Targets of links and images that are no web addresses. */
export function localLinks(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^[a-z]+:/.test(target));
}
