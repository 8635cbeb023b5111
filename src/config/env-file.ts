import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError } from './config.ts';

/**
 * Variables of a `.env` file, as whatever editor left it: with Windows line ends, or a byte order mark, which would
 * otherwise swallow the first variable. Nothing when there is no such file.
 * @throws ConfigError when it cannot be read, or is no text in UTF-8
 */
export function readEnvFile(path: string): Readonly<Record<string, string | undefined>> {
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return {};
    throw new ConfigError([`${path} is there and cannot be read (${code}): see who may read it`]);
  }
  if (/[\0\uFFFD]/.test(source))
    throw new ConfigError([`${path} is not saved as UTF-8: save it as "UTF-8" in your editor`]);
  return parseEnv(source.replace(/^\uFEFF/, ''));
}
