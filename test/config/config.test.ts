import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { STEP_KINDS } from '../../src/cluster/step-kinds.ts';
import { ConfigError, loadConfig } from '../../src/config/config.ts';
import { readEnvFile } from '../../src/config/env-file.ts';
import { kindsByName } from '../../src/jobs/kinds.ts';

const NAME_RULE = 'must be 1 to 100 of A-Z, a-z, 0-9, ., _ and -, beginning with a letter or a digit';
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
    expect(mistakes).toContain('AMS_TIME_SCALE must be a number from 0.0001 to 10, not "fast"');
    expect(mistakes).toContain(`${path}: approval.approvers.0: must be a Slack user id`);
    expect(mistakes).toContain('colour');
    expect(mistakes).not.toContain('hunter2');
  });

  it('tells of a domain that is none, and takes names of its own entries alone for such', () => {
    const certificate = 'certificates: { default: { chain: env:A, key: env:B } }\n';
    const wrong = settingsFile("domain: 'https://{cluster}.live.example.com'\n");
    const right = settingsFile(`domain: '{cluster}.live.example.com'\n${certificate}`);

    expect(mistakesOf({ ...complete, AMS_CONFIG: wrong }).join()).toContain(
      `domain: must be a domain name without https:// and without a path, like '{cluster}.live.example.com', not "https://{cluster}.live.example.com"`,
    );
    const { certificates, mongo } = loadConfig({ ...complete, AMS_CONFIG: right }, [
      'bot',
      'worker',
    ]).settings;
    expect(['default' in certificates, 'constructor' in certificates, mongo.uris['toString']]).toEqual([
      true,
      false,
      undefined,
    ]);
  });

  it('tells how values go together even where others are wrong', () => {
    const path = settingsFile('colour: red\nedge: { min: 5, max: 2 }\n');

    const mistakes = mistakesOf({
      ...complete,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: undefined,
      AMS_QUEUES_USER: 'ops',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://tempo:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      PORT: '99999',
      SLACK_BOT_TOKEN: undefined,
      REDIS_URL: 'localhost',
      AMS_REDIS_KEY: 'here',
      AMS_CONFIG: path,
    });

    expect(mistakes).toEqual([
      'PORT must be a whole number from 0 to 65535, not "99999"',
      'SLACK_BOT_TOKEN is not set (xoxb-…, from "OAuth & Permissions")',
      'ALIBABA_CLOUD_ACCESS_KEY_SECRET is not set: ALIBABA_CLOUD_ACCESS_KEY_ID needs it',
      'AMS_QUEUES_PASSWORD is not set; make one with: openssl rand -hex 16',
      'AMS_HEALTH_PORT is not set: AMS_QUEUES_USER and AMS_QUEUES_PASSWORD need it',
      'OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf, or empty, not "grpc"; the port of that is usually 4318',
      expect.stringMatching(/^REDIS_URL must look like .*, not "localhost"/),
      'AMS_REDIS_CERT and AMS_REDIS_KEY must be set together',
      'AMS_REDIS_KEY must be env:NAME or file:/absolute/path',
      `${path}: colour: there is no such key`,
      `${path}: edge: The edge group's min (5) is above its max (2).`,
    ]);
  });

  it.each<[NodeJS.ProcessEnv, string]>([
    [{ PORT: '3000a' }, 'PORT must be a whole number from 0 to 65535, not "3000a"'],
    [{ AMS_HEALTH_PORT: '-1' }, 'AMS_HEALTH_PORT must be a whole number from 0 to 65535, not "-1"'],
    [{ AMS_TIME_SCALE: '11' }, 'AMS_TIME_SCALE must be a number from 0.0001 to 10, not "11"'],
    [{ AMS_NAMESPACE: 'My Bot' }, 'AMS_NAMESPACE must be 1 to 32 of a-z, 0-9 and -, not "My Bot"'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be trace, debug, info, warn, error, fatal or silent, not "loud"'],
    [{ SLACK_API_URL: 'slack' }, 'SLACK_API_URL must be an http(s) address, not "slack"'],
    [{ SLACK_API_URL: 'me:hidden@slack' }, 'SLACK_API_URL must be an http(s) address'],
    [{ SLACK_APP_TOKEN: 'hidden' }, 'SLACK_APP_TOKEN must begin with "xapp-"'],
    [
      { AMS_QUEUES_USER: 'me:hidden', AMS_QUEUES_PASSWORD: '0123456789ab', AMS_HEALTH_PORT: '0' },
      'AMS_QUEUES_USER must not contain a colon',
    ],
    [
      { AMS_CONNECT_TO: 'bastion:22' },
      'AMS_CONNECT_TO has the entry "bastion:22", which cannot be read: it must have four parts, and IPv6 addresses stand in brackets',
    ],
    [
      { AMS_ALIBABA_ENDPOINT: 'https://proxy.example.com/alibaba' },
      'AMS_ALIBABA_ENDPOINT is "https://proxy.example.com/alibaba", which is no address of the form http(s)://host:port',
    ],
  ])('names key, value and what is allowed: %o', (wrong, words) => {
    expect(mistakesOf({ ...complete, AMS_CONFIG: settingsFile(''), ...wrong })).toEqual([words]);
  });

  it.each([
    [
      'approval: { approvers: [bob] }',
      'approval.approvers.0: must be a Slack user id (U…) or user group id (S…), not "bob"',
    ],
    ['approval: { quorum: 25 }', 'approval.quorum: must be at most 20, not 25'],
    ['approval: { quorum: 1.5 }', 'approval.quorum: must be a whole number, not 1.5'],
    ['approval: { quorum: many }', 'approval.quorum: must be a number, not "many"'],
    ['approval: { approvers: U1234 }', 'approval.approvers: must be a list, not "U1234"'],
    ['edge: { instanceTypes: [] }', 'edge.instanceTypes: must have at least 1 entry'],
    ['origin: { min: 0, desired: 0 }', 'origin.desired: must be at least 1, not 0'],
    [
      'mongo: { instanceTypes: [g7.large] }',
      'mongo.instanceTypes.0: must look like ecs.c7.xlarge, not "g7.large"',
    ],
    ['mongo: { ubuntu: 22.04 }', 'mongo.ubuntu: must be "22.04" or "24.04", not 22.04'],
    ['access: { channels: [general] }', 'access.channels.0: must be a Slack channel id (C…), not "general"'],
    [
      'access: { requesters: [bob] }',
      'access.requesters.0: must be a Slack user id (U…) or user group id (S…), not "bob"',
    ],
    ['apps: [my app]', 'apps.0: must be 1 to 64 of A-Z, a-z, 0-9, _ and -, not "my app"'],
    ['region: mars', 'region: must be a region id like eu-central-1, not "mars"'],
    ['regions: [eu-central-1, EU]', 'regions.1: must be a region id like eu-central-1, not "EU"'],
    ['zones: [a]', 'zones.0: must be a zone id like eu-central-1a, not "a"'],
    [
      'channels: { C0OPS00001: Live! }',
      'channels.C0OPS00001: must be the name of a cluster, like live-eu, not "Live!"',
    ],
    ['channels: { general: live }', 'channels.general: its name must be a Slack channel id (C…)'],
    ['admin: { email: nobody }', 'admin.email: must be an e-mail address, not "nobody"'],
    ['dns: magic', 'dns: must be "print" or "alidns", not "magic"'],
    [
      'network: { cidr: 10.0.0.1/16 }',
      'network.cidr: "10.0.0.1/16" begins in the middle of a block. The block of that size is 10.0.0.0/16.',
    ],
    [
      'network: { cidr: 8.8.0.0/16 }',
      expect.stringContaining('network.cidr: 8.8.0.0/16 is not private') as string,
    ],
    ['ssh: { from: office }', 'ssh.from: "office" is not an IPv4 block. Write it like 10.0.0.0/16.'],
    ['aproval: {}', 'aproval: there is no such key; did you mean approval?'],
    ['approval: { quroum: 2 }', 'approval.quroum: there is no such key; did you mean quorum?'],
    ['certificates: { default: { chain: file:/a } }', 'certificates.default.key: is missing'],
    ['nodes: { licenceKey: hidden }', 'nodes.licenceKey: must be env:NAME or file:/absolute/path'],
    ['nodes: { licenceKey: 4711 }', 'nodes.licenceKey: must be env:NAME or file:/absolute/path'],
    ['mongo: mongodb://me:hidden@host', 'mongo: must be a group of keys'],
    ['mongo: { uris: [mongodb://me:hidden@host] }', 'mongo.uris: must be a group of keys'],
    ['mongo: { uris: { mongodb://me:hidden@host: env:A } }', `mongo.uris: each name ${NAME_RULE}`],
    ['mongo: { uris: { my atlas: hidden } }', `mongo.uris.my atlas: its name ${NAME_RULE}`],
    [
      "certificates: { '*.live.example.com': { chain: env:A, key: env:B } }",
      `certificates.*.live.example.com: its name ${NAME_RULE}`,
    ],
  ])('names key, value and what is allowed: %s', (yaml, words) => {
    const path = settingsFile(yaml);

    const [mistake = '', ...more] = mistakesOf({ ...complete, AMS_CONFIG: path });
    expect(mistake.replace(`${path}: `, '')).toEqual(words);
    expect(more).toEqual([]);
  });

  it('says of a variable with its own prefix that nobody reads it, and which was probably meant', () => {
    const path = settingsFile('nodes: { licenceKey: env:AMS_LICENCE }\n');

    const strange = { AMS_SECRETKEY: 'hidden', AMS_COLOUR: 'red' };
    const doubts = [
      'AMS_SECRETKEY is not a variable that is read; did you mean AMS_SECRET_KEY?',
      'AMS_COLOUR is not a variable that is read: docs/configuration.md lists those that are',
    ];

    // Other programs may have theirs: such a one alone stops nothing.
    expect(loadConfig({ ...complete, AMS_CONFIG: path, ...strange }, ['bot', 'worker']).doubts).toEqual(
      doubts,
    );
    expect(mistakesOf({ ...complete, AMS_CONFIG: path, AMS_TIME_SCALE: '0', ...strange })).toEqual([
      expect.stringContaining('AMS_TIME_SCALE'),
      ...doubts,
    ]);
    expect(
      mistakesOf({
        ...complete,
        AMS_CONFIG: path,
        AMS_LICENCE: 'x',
        REDIS_URL: 'rediss://host',
        AMS_REDIS_CA: 'env:AMS_AUTHORITY',
        AMS_AUTHORITY: '',
      }),
    ).toEqual(['AMS_REDIS_CA names env:AMS_AUTHORITY, which is empty or cannot be read']);
  });

  it('does not mind what Kubernetes tells every container of a service called ams-bot', () => {
    const ofService = {
      AMS_BOT_SERVICE_HOST: '10.0.0.7',
      AMS_BOT_SERVICE_PORT: '80',
      AMS_BOT_SERVICE_PORT_SLACK: '80',
      AMS_BOT_PORT: 'tcp://10.0.0.7:80',
      AMS_BOT_PORT_80_TCP: 'tcp://10.0.0.7:80',
      AMS_BOT_PORT_80_TCP_ADDR: '10.0.0.7',
      AMS_BOT_PORT_80_TCP_PORT: '80',
      AMS_BOT_PORT_80_TCP_PROTO: 'tcp',
    };

    const env = { ...complete, AMS_CONFIG: settingsFile(''), ...ofService };
    expect(loadConfig(env, ['bot', 'worker']).doubts).toEqual([]);
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
      'OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf, or empty, not "grpc"; the port of that is usually 4318',
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
