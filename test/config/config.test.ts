import { afterEach, describe, expect, it } from 'vitest';
import { STEP_KINDS } from '../../src/cluster/step-kinds.ts';
import { loadConfig } from '../../src/config/config.ts';
import { kindsByName } from '../../src/jobs/kinds.ts';
import { complete, mistakesOf, removeFolders, settingsFile } from './settings-file.ts';

afterEach(removeFolders);

describe('the configuration', () => {
  it('is complete with the environment alone', () => {
    const config = loadConfig({ ...complete, AMS_CONFIG: settingsFile('') }, ['bot', 'worker']);

    expect(config.settings.edge).toMatchObject({ min: 2, max: 10, desired: 2, cpuPercent: 60 });
    expect(config.redis).toMatchObject({ form: 'single', hosts: [{ host: '127.0.0.1', port: 6379 }] });
    expect(Object.isFrozen(config.settings.edge)).toBe(true);
  });

  it('takes a domain in small letters, as a typed one and as DNS keeps it', () => {
    const path = settingsFile("domain: '{cluster}.Live.Example.com'\n");

    const { settings } = loadConfig({ ...complete, AMS_CONFIG: path }, ['bot', 'worker']);

    expect(settings.domain).toBe('{cluster}.live.example.com');
  });

  it.each(['', ' \r\n'])(
    'takes a variable that is empty but for blanks for one that is not set: %j',
    (empty) => {
      const optional = ['SLACK_API_URL', 'AMS_ALIBABA_ENDPOINT', 'AMS_CONFIG', 'AMS_TIME_SCALE', 'REDIS_URL'];
      const config = loadConfig(
        { ...complete, ...Object.fromEntries(optional.map((name) => [name, empty])) },
        ['bot', 'worker'],
      );

      expect(config).toEqual(loadConfig(complete, ['bot', 'worker']));
      expect(config.slack.apiUrl).toBeUndefined();
      expect(mistakesOf({ ...complete, AMS_SECRET_KEY: empty })).toEqual(
        mistakesOf({ ...complete, AMS_SECRET_KEY: '' }),
      );
    },
  );

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
