import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { STEP_KINDS } from '../src/cluster/step-kinds.ts';
import { ConfigError, loadConfig } from '../src/config.ts';
import { readEnvFile } from '../src/env-file.ts';
import { kindsByName } from '../src/jobs/kinds.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function settingsFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'ams-config-'));
  folders.push(folder);
  const path = join(folder, 'ams.yaml');
  writeFileSync(path, text);
  return path;
}

const complete = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'id',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret',
  AMS_SECRET_KEY: '0123456789abcdef',
};

function mistakesOf(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(environment, ['bot', 'worker']);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('is complete with the environment alone', () => {
    const config = loadConfig({ ...complete, AMS_CONFIG: settingsFile('') }, ['bot', 'worker']);

    expect(config.settings.edge).toMatchObject({ min: 2, max: 10, desired: 2, cpuPercent: 60 });
    expect(config.redis).toMatchObject({ form: 'single', hosts: [{ host: '127.0.0.1', port: 6379 }] });
    expect(Object.isFrozen(config.settings.edge)).toBe(true);
  });

  it('takes an empty variable, as .env files have them, for one that is not set', () => {
    const config = loadConfig({ ...complete, SLACK_API_URL: '', AMS_ALIBABA_ENDPOINT: '' }, [
      'bot',
      'worker',
    ]);

    expect(config.slack.apiUrl).toBeUndefined();
  });

  it('tells every mistake at once, with key and place, and no secret', () => {
    const path = settingsFile('approval: { approvers: [bob] }\nedge: { min: 5, max: 2 }\ncolour: red\n');

    const mistakes = mistakesOf({
      ...complete,
      SLACK_BOT_TOKEN: 'hunter2',
      REDIS_URL: 'localhost',
      AMS_TIME_SCALE: 'fast',
      AMS_CONFIG: path,
    }).join('\n');

    expect(mistakes).toContain('SLACK_BOT_TOKEN must begin with "xoxb-"');
    expect(mistakes).toContain('REDIS_URL must look like');
    expect(mistakes).toContain('AMS_TIME_SCALE must be a number');
    expect(mistakes).toContain(`${path}: approval.approvers.0: must be a Slack user id`);
    expect(mistakes).toContain('colour');
    expect(mistakes).not.toContain('hunter2');
  });

  it('says what a role lacks', () => {
    expect(mistakesOf({}).join('\n')).toMatch(
      /AMS_SECRET_KEY is not set[\s\S]*SLACK_BOT_TOKEN[\s\S]*SLACK_APP_TOKEN/,
    );
    expect(() => loadConfig({ AMS_SECRET_KEY: complete.AMS_SECRET_KEY }, ['worker'])).not.toThrow();
  });

  it('names a settings file that cannot be read, and YAML that is none', () => {
    expect(mistakesOf({ ...complete, AMS_CONFIG: '/nowhere/ams.yaml' })).toEqual([
      'AMS_CONFIG names /nowhere/ams.yaml, which cannot be read',
    ]);
    expect(mistakesOf({ ...complete, AMS_CONFIG: settingsFile('a: [1') }).join()).toContain('ams.yaml: ');
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

  it('refuses a deadline for a kind of step that there is not', () => {
    const path = settingsFile('deadlineMinutes: { nodes: 60, node: 60 }');

    expect(mistakesOf({ ...complete, AMS_CONFIG: path })).toEqual([
      expect.stringMatching(/deadlineMinutes\.node: no step is of this kind; there are vpc, .*nodes/),
    ]);
    expect([...kindsByName().keys()].toSorted()).toEqual([...STEP_KINDS].toSorted());
  });

  it('refuses numbers of nodes that cannot be', () => {
    const path = settingsFile('edge: { min: 5, desired: 5, max: 2 }');

    expect(mistakesOf({ ...complete, AMS_CONFIG: path }).join()).toContain(
      "edge: The edge group's min (5) is above its max (2)",
    );
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

describe('traces', () => {
  const tracing = (environment: NodeJS.ProcessEnv) =>
    loadConfig({ ...complete, AMS_CONFIG: settingsFile(''), ...environment }, ['worker']).tracing;
  const endpoint = 'https://user:hidden@traces.example.com:4318/otlp';

  it('are wanted once it is said where they go, by one variable or the other', () => {
    expect(tracing({})).toBeUndefined();
    expect(tracing({ OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_SERVICE_NAME: 'ams' })).toBeUndefined();
    expect(tracing({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toEqual({
      origin: 'https://traces.example.com:4318',
    });
    expect(
      tracing({
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://tempo:4318/v1/traces',
      }),
    ).toEqual({ origin: 'http://tempo:4318' });
  });

  it.each([{ OTEL_TRACES_EXPORTER: 'none' }, { OTEL_SDK_DISABLED: 'true' }, { OTEL_SDK_DISABLED: 'TRUE' }])(
    'are switched off by %o',
    (off) => {
      expect(tracing({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...off })).toBeUndefined();
    },
  );

  it('are refused where they could not arrive, without a word of the login', () => {
    const grpc = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };

    expect(tracing(grpc), 'nobody wants them').toBeUndefined();
    expect(mistakesOf({ ...complete, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...grpc })).toEqual([
      'OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf, or empty; the port of that is usually 4318',
    ]);
    expect(
      tracing({
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        ...grpc,
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
      }),
    ).toBeDefined();
    expect(mistakesOf({ ...complete, OTEL_EXPORTER_OTLP_ENDPOINT: 'user:hidden@tempo:4318' })).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT must be an http(s) address',
    ]);
  });
});
