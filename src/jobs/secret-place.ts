import { readFile } from 'node:fs/promises';
import { AmsError } from '../cluster/errors.ts';
import { printable } from '../cluster/names.ts';

/** A secret that `ams.yaml` points to cannot be read where it is said to lie. Its content is never shown. */
export class SecretPlaceUnreadable extends AmsError {
  readonly code = 'secret_place';

  constructor(place: string, why: string, hint: string) {
    super(`The secret at ${printable(place)} cannot be used: ${why}.`, { hint });
  }
}

/** Chains and keys have a few kilobytes; whatever is larger is another file by mistake. */
const LARGEST_BYTES = 256 * 1024;

const FILE_TROUBLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this process may not read the file',
  EPERM: 'this process may not read the file',
  EISDIR: 'it is a directory',
  ENOTDIR: 'part of the path is no directory',
};

/**
 * Reads a secret from where it lies: `env:NAME` or `file:/absolute/path`. Blanks around it are dropped; the two
 * characters `\n` in a PEM of the environment stand for a line break, as many platforms store it so.
 * @throws SecretPlaceUnreadable naming the place, never the content
 */
export async function readSecretPlace(
  place: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  const text = place.startsWith('env:')
    ? fromEnvironment(place, environment)
    : place.startsWith('file:/')
      ? await fromFile(place)
      : undefined;
  if (text === undefined) {
    throw new SecretPlaceUnreadable(
      place.includes(':') ? `${place.slice(0, place.indexOf(':'))}:…` : '(unnamed)',
      'it names neither a variable nor a file',
      'Write env:NAME or file:/absolute/path in ams.yaml.',
    );
  }
  const clean = text.replace(/^\uFEFF/, '').trim();
  if (clean === '') {
    throw new SecretPlaceUnreadable(place, 'it is empty', 'Put the secret there, then try again.');
  }
  return clean.startsWith('-----BEGIN') && !clean.includes('\n') ? clean.replaceAll('\\n', '\n') : clean;
}

function fromEnvironment(place: string, environment: Readonly<Record<string, string | undefined>>): string {
  const name = place.slice('env:'.length);
  const value = environment[name];
  if (value !== undefined) return value;
  throw new SecretPlaceUnreadable(
    place,
    `the variable ${printable(name)} is not set`,
    `Set ${printable(name)} in the environment of every worker and start it again.`,
  );
}

async function fromFile(place: string): Promise<string> {
  const path = place.slice('file:'.length);
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new SecretPlaceUnreadable(
      place,
      FILE_TROUBLE[code] ?? `reading it gives ${code || 'an error'}`,
      'Put the file there for every worker, readable for its user, then try again.',
    );
  }
  if (content.length <= LARGEST_BYTES) return content.toString('utf8');
  throw new SecretPlaceUnreadable(
    place,
    `it has ${content.length} bytes, more than ${LARGEST_BYTES}`,
    'Point ams.yaml to the secret itself.',
  );
}
