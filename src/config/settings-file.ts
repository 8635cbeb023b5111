import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { settingsMistakes } from '../cluster/settings-mistakes.ts';
import { Settings } from '../cluster/settings.ts';

/** What was read of `ams.yaml`. */
export interface SettingsFile {
  /** Undefined when they hold a mistake. */
  readonly settings: Settings | undefined;
  /** Undefined when there is no file. */
  readonly path: string | undefined;
  /** The file's text; undefined when it cannot be read. */
  readonly source: string | undefined;
}

/**
 * Reads `ams.yaml`, or the file that `AMS_CONFIG` names; the defaults when nothing is named and nothing there.
 * @param mistakes takes all that is wrong with it, each naming the file
 */
export function readSettings(named: string | undefined, mistakes: string[]): SettingsFile {
  const path = resolve(named ?? 'ams.yaml');
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (named === undefined && code === 'ENOENT')
      return { settings: Settings.parse({}), path: undefined, source: '' };
    // Defaults in place of a file that is there would be decisions that nobody made.
    mistakes.push(
      named === undefined
        ? `${path} is there and cannot be read (${code}): see who may read it`
        : `AMS_CONFIG names ${path}, which cannot be read (${code})`,
    );
    return { settings: undefined, path, source: undefined };
  }
  if (/[\0\uFFFD]/.test(source)) {
    mistakes.push(`${path} is not saved as UTF-8: save it as "UTF-8" in your editor`);
    return { settings: undefined, path, source: undefined };
  }
  const document = parseDocument(source);
  if (document.errors.length > 0) {
    mistakes.push(
      ...document.errors.map((error) => `${path}: ${error.message.split('\n')[0] ?? 'is no YAML'}`),
    );
    return { settings: undefined, path, source };
  }
  let written: unknown;
  try {
    written = document.toJS();
  } catch (error) {
    // To YAML a text that begins with * names something that stands elsewhere.
    const words = error instanceof Error ? error.message : 'is no YAML';
    mistakes.push(`${path}: ${words}; a text that begins with * must stand in quotes`);
    return { settings: undefined, path, source };
  }
  const { settings, mistakes: wrong } = settingsMistakes(written ?? {});
  mistakes.push(...wrong.map((each) => `${path}: ${each}`));
  return { settings, path, source };
}
