import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { complete, mistakesOf, removeFolders, settingsFile } from './settings-file.ts';

const NAME_RULE = 'must be 1 to 100 of A-Z, a-z, 0-9, ., _ and -, beginning with a letter or a digit';
const NO_LOGIN = 'AMS_ALIBABA_ENDPOINT must be of the form http(s)://host:port, without a login';

afterEach(removeFolders);

describe('the configuration', () => {
  it.each<[NodeJS.ProcessEnv, string]>([
    [{ PORT: '3000a' }, 'PORT must be a whole number from 0 to 65535, not "3000a"'],
    [{ AMS_HEALTH_PORT: '-1' }, 'AMS_HEALTH_PORT must be a whole number from 0 to 65535, not "-1"'],
    [{ AMS_TIME_SCALE: '11' }, 'AMS_TIME_SCALE must be a number from 0.0001 to 10, not "11"'],
    [{ AMS_NAMESPACE: 'My Bot' }, 'AMS_NAMESPACE must be 1 to 32 of a-z, 0-9 and -, not "My Bot"'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be trace, debug, info, warn, error, fatal or silent, not "loud"'],
    [{ SLACK_API_URL: 'slack' }, 'SLACK_API_URL must be an http(s) address, not "slack"'],
    [{ SLACK_API_URL: 'me:hidden@slack' }, 'SLACK_API_URL must be an http(s) address'],
    [{ SLACK_APP_TOKEN: 'hidden' }, 'SLACK_APP_TOKEN must begin with "xapp-"'],
    // That of a person, from the same page.
    [{ SLACK_BOT_TOKEN: 'xoxp-hidden' }, 'SLACK_BOT_TOKEN must begin with "xoxb-"'],
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
    // A password with a slash or an @ in it looks like a port and a path, or like two.
    [{ AMS_ALIBABA_ENDPOINT: 'https://me:1234/hidden@proxy' }, NO_LOGIN],
    [{ AMS_ALIBABA_ENDPOINT: 'https://me:1@hidden@proxy' }, NO_LOGIN],
    [{ AMS_ALIBABA_ENDPOINT: 'https://proxy?key=hidden' }, NO_LOGIN],
    [{ AMS_ALIBABA_ENDPOINT: 'https://me:hid/den@proxy' }, 'AMS_ALIBABA_ENDPOINT must be an http(s) address'],
  ])('names key, value and what is allowed: %o', (wrong, words) => {
    expect(mistakesOf({ ...complete, AMS_CONFIG: settingsFile(''), ...wrong })).toEqual([words]);
  });

  it('does not hang on blanks and line breaks around a variable, which files leave there', () => {
    const written = {
      ...complete,
      REDIS_URL: 'rediss://cache:6380/2',
      AMS_REDIS_TLS_NAME: 'redis',
      AMS_ALIBABA_ENDPOINT: 'https://proxy.example.com',
      AMS_CONNECT_TO: ':22:bastion:2222',
      AMS_NAMESPACE: 'events',
      AMS_TIME_SCALE: '0.5',
      AMS_HEALTH_PORT: '9464',
      AMS_HEALTH_HOST: '127.0.0.1',
      LOG_LEVEL: 'debug',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://tempo:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      AMS_CONFIG: settingsFile('region: cn-hangzhou\n'),
    };
    const stored = Object.fromEntries(
      Object.entries(written).map(([name, value]) => [name, ` ${value}\r\n`]),
    );

    expect(loadConfig(stored, ['bot', 'worker'])).toEqual(loadConfig(written, ['bot', 'worker']));
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
    ['edge: { cpuPercent: 60.1234 }', 'edge.cpuPercent: must have at most 3 decimals, not 60.1234'],
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
    ["keyPair: ''", 'keyPair: must have a value or be left out, not ""'],
    ["network: { vpcId: '' }", 'network.vpcId: must have a value or be left out, not ""'],
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
});
