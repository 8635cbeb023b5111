import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { readEnvFile } from '../../src/config/env-file.ts';
import { complete, folders, mistakesOf, removeFolders, settingsFile } from './settings-file.ts';

afterEach(removeFolders);

describe('the configuration', () => {
  it('names a settings file that cannot be read, and YAML that is none', () => {
    expect(mistakesOf({ ...complete, AMS_CONFIG: '/nowhere/ams.yaml' })).toEqual([
      'AMS_CONFIG names /nowhere/ams.yaml, which cannot be read (ENOENT)',
    ]);
    // What Docker makes of a file to mount that is not there.
    expect(mistakesOf({ ...complete, AMS_CONFIG: tmpdir() })).toEqual([
      `AMS_CONFIG names ${tmpdir()}, which cannot be read (EISDIR)`,
    ]);
    expect(mistakesOf({ ...complete, AMS_CONFIG: settingsFile('a: [1') }).join()).toContain('ams.yaml: ');
  });

  it.each([
    [
      'domain: *.live.example.com\n',
      /ams\.yaml: Unresolved alias .*: \.live\.example\.com; a text that begins with \* must stand in quotes$/,
    ],
    ['region: cn-hangzhou\nregion: eu-central-1\n', /ams\.yaml: Map keys must be unique at line 2/],
    ['region: cn-hangzhou\n---\nregion: eu-central-1\n', /ams\.yaml: Source contains multiple documents/],
  ])('says what YAML cannot make anything of: %j', (yaml, words) => {
    expect(mistakesOf({ ...complete, AMS_CONFIG: settingsFile(yaml) })).toEqual([
      expect.stringMatching(words),
    ]);
  });

  it('may say once what two groups have in common', () => {
    const path = settingsFile('origin: &group { min: 2, desired: 2, max: 7 }\nedge: *group\n');

    const { settings } = loadConfig({ ...complete, AMS_CONFIG: path }, ['bot', 'worker']);

    expect(settings.edge).toMatchObject({ min: 2, desired: 2, max: 7 });
    expect(settings.edge).toEqual(settings.origin);
  });

  it('is read from files as Windows editors leave them', () => {
    const path = settingsFile('\uFEFFregion: cn-hangzhou\r\nedge:\r\n  max: 7\r\n');

    const config = loadConfig({ ...complete, AMS_CONFIG: path }, ['bot', 'worker']);

    expect(config.settings).toMatchObject({ region: 'cn-hangzhou', edge: { max: 7 } });
  });

  it('says of a file in another encoding how to save it', () => {
    const path = settingsFile('');
    writeFileSync(path, Buffer.from('\uFEFFregion: cn-hangzhou\r\n', 'utf16le'));

    expect(mistakesOf({ ...complete, AMS_CONFIG: path })).toEqual([
      `${path} is not saved as UTF-8: save it as "UTF-8" in your editor`,
    ]);
  });

  it('does without ams.yaml, but not without one that is there and cannot be read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ams-config-'));
    folders.push(folder);
    const here = process.cwd();
    process.chdir(folder);
    try {
      expect(mistakesOf(complete)).toEqual([]);
      // Nobody, not even root, can read a folder as a file.
      mkdirSync('ams.yaml');
      expect(mistakesOf(complete)).toEqual([
        expect.stringMatching(/ams\.yaml is there and cannot be read \(EISDIR\)/),
      ]);
    } finally {
      process.chdir(here);
    }
  });
});

describe('a .env file', () => {
  it('is read as whatever editor left it', () => {
    const path = settingsFile('\uFEFF# Tokens\r\nSLACK_BOT_TOKEN=xoxb-1\r\nPORT="3000"\r\nEMPTY=\r\n');

    expect(readEnvFile(path)).toEqual({ SLACK_BOT_TOKEN: 'xoxb-1', PORT: '3000', EMPTY: '' });
  });

  it('need not be there', () => {
    expect(readEnvFile(join(tmpdir(), 'no-such-folder', '.env'))).toEqual({});
  });

  it('is refused in another encoding, and where it cannot be read', () => {
    const path = settingsFile('');
    writeFileSync(path, Buffer.from('\uFEFFPORT=3000\r\n', 'utf16le'));

    expect(() => readEnvFile(path)).toThrow('is not saved as UTF-8');
    expect(() => readEnvFile(tmpdir())).toThrow('cannot be read (EISDIR)');
  });
});
