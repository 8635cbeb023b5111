import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadConfig } from '../../src/config/config.ts';

/** What `removeFolders` removes. */
export const folders: string[] = [];

/** For the end of each test. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
}

/** Writes an ams.yaml, or another file, into a folder of its own, and returns its path. */
export function settingsFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'ams-config-'));
  folders.push(folder);
  const path = join(folder, 'ams.yaml');
  writeFileSync(path, text);
  return path;
}

/** Enough for both roles. */
export const complete = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'id',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret',
  AMS_SECRET_KEY: '0123456789abcdef',
};

/** What is told to whoever starts both roles with that environment. */
export function mistakesOf(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(environment, ['bot', 'worker']);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}
