import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { AmsError } from './cluster/errors.ts';
import { groupMistake } from './cluster/spec.ts';
import { Settings } from './cluster/settings.ts';
import { readRedisPlace } from './redis/place.ts';
import type { RedisPlace, RedisWords } from './redis/place.ts';

/** Everything that is wrong with the configuration, together: key, value where it is no secret, and what is expected. */
export class ConfigError extends AmsError {
  readonly code = 'bad_config';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(
      `The configuration has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:\n${mistakes.map((each) => `- ${each}`).join('\n')}`,
      {
        hint: 'Mend these in the environment (.env) or in ams.yaml and start again; `npm run doctor` checks all of it.',
      },
    );
    this.mistakes = mistakes;
  }
}

export interface SlackConfig {
  readonly botToken: string;
  /** Socket Mode when given. */
  readonly appToken: string | undefined;
  /** For HTTP delivery. */
  readonly signingSecret: string | undefined;
  readonly port: number;
  readonly apiUrl: string | undefined;
}

export interface CloudConfig {
  readonly accessKeyId: string | undefined;
  readonly accessKeySecret: string | undefined;
  readonly securityToken: string | undefined;
  /** With its scheme. */
  readonly endpoint: string | undefined;
  /** As curl's --connect-to takes it, comma-separated. */
  readonly connectTo: string;
}

/** Probes, metrics and the page of queues. */
export interface OpsConfig {
  /** Undefined: every address of the machine. */
  readonly host: string | undefined;
  readonly port: number;
  /** Who may see the page of queues; undefined: there is none. */
  readonly queues: { readonly user: string; readonly password: string } | undefined;
}

/** Traces of operations, sent as the SDK of OpenTelemetry reads it from the environment by itself. */
export interface TracingConfig {
  /** Where they go, without login and path. */
  readonly origin: string;
}

export interface Config {
  readonly slack: SlackConfig;
  readonly cloud: CloudConfig;
  readonly redis: RedisPlace;
  readonly secretKey: string;
  readonly timeScale: number;
  readonly logLevel: string;
  /** Separates installations that share a Redis. */
  readonly namespace: string;
  /** Undefined: nothing is served. */
  readonly ops: OpsConfig | undefined;
  /** Undefined: nothing is traced, and nothing of it loaded. */
  readonly tracing: TracingConfig | undefined;
  readonly settings: Settings;
  /** Where the settings came from, for messages; undefined when there is no file. */
  readonly settingsPath: string | undefined;
}

/** Which parts of the environment a role needs: the worker needs no Slack, the bot no cloud. */
export type Role = 'bot' | 'worker';

const text = (name: string) =>
  z
    .string({ error: `${name} is not set` })
    .trim()
    .min(1, `${name} is empty`);

const Environment = z.object({
  SLACK_BOT_TOKEN: text('SLACK_BOT_TOKEN')
    .regex(/^xox[a-z]-/, 'SLACK_BOT_TOKEN must begin with "xoxb-"')
    .optional(),
  SLACK_APP_TOKEN: text('SLACK_APP_TOKEN')
    .regex(/^xapp-/, 'SLACK_APP_TOKEN must begin with "xapp-"')
    .optional(),
  SLACK_SIGNING_SECRET: text('SLACK_SIGNING_SECRET').optional(),
  PORT: z.coerce.number({ error: 'PORT must be a number' }).int().min(0).max(65_535).default(3000),
  SLACK_API_URL: z
    .url({ protocol: /^https?$/, error: 'SLACK_API_URL must be an http(s) address' })
    .optional(),
  // Read by readRedisPlace, together.
  REDIS_URL: text('REDIS_URL').optional(),
  AMS_REDIS_CA: text('AMS_REDIS_CA').optional(),
  AMS_REDIS_CERT: text('AMS_REDIS_CERT').optional(),
  AMS_REDIS_KEY: text('AMS_REDIS_KEY').optional(),
  AMS_REDIS_TLS_NAME: text('AMS_REDIS_TLS_NAME').optional(),
  AMS_REDIS_SENTINEL_USER: text('AMS_REDIS_SENTINEL_USER').optional(),
  AMS_REDIS_SENTINEL_PASSWORD: text('AMS_REDIS_SENTINEL_PASSWORD').optional(),
  ALIBABA_CLOUD_ACCESS_KEY_ID: text('ALIBABA_CLOUD_ACCESS_KEY_ID').optional(),
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: text('ALIBABA_CLOUD_ACCESS_KEY_SECRET').optional(),
  ALIBABA_CLOUD_SECURITY_TOKEN: text('ALIBABA_CLOUD_SECURITY_TOKEN').optional(),
  AMS_ALIBABA_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'AMS_ALIBABA_ENDPOINT must be an http(s) address' })
    .optional(),
  AMS_CONNECT_TO: z.string().default(''),
  AMS_SECRET_KEY: z
    .string({ error: 'AMS_SECRET_KEY is not set; make one with: openssl rand -hex 32' })
    .min(16, 'AMS_SECRET_KEY is too short: 16 characters or more; make one with: openssl rand -hex 32')
    .optional(),
  AMS_TIME_SCALE: z.coerce
    .number({ error: 'AMS_TIME_SCALE must be a number' })
    .min(0.0001, 'AMS_TIME_SCALE must be from 0.0001 to 10')
    .max(10, 'AMS_TIME_SCALE must be from 0.0001 to 10')
    .default(1),
  AMS_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, 'AMS_NAMESPACE must be 1 to 32 of a-z, 0-9 and -')
    .default('ams'),
  AMS_CONFIG: z.string().optional(),
  AMS_HEALTH_PORT: z.coerce
    .number({ error: 'AMS_HEALTH_PORT must be a number' })
    .int('AMS_HEALTH_PORT must be a whole number')
    .min(0, 'AMS_HEALTH_PORT must be from 0 to 65535')
    .max(65_535, 'AMS_HEALTH_PORT must be from 0 to 65535')
    .optional(),
  AMS_HEALTH_HOST: text('AMS_HEALTH_HOST').optional(),
  AMS_QUEUES_USER: text('AMS_QUEUES_USER')
    .regex(/^[^:]+$/, 'AMS_QUEUES_USER must not contain a colon')
    .optional(),
  AMS_QUEUES_PASSWORD: text('AMS_QUEUES_PASSWORD')
    .min(12, 'AMS_QUEUES_PASSWORD is too short: 12 characters or more; make one with: openssl rand -hex 16')
    .optional(),
  // The SDK of OpenTelemetry reads these itself; here they only decide whether it is loaded.
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'OTEL_EXPORTER_OTLP_ENDPOINT must be an http(s) address' })
    .optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be an http(s) address' })
    .optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.string().optional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: z.string().optional(),
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional(),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_RESOURCE_ATTRIBUTES: z.string().optional(),
  OTEL_TRACES_SAMPLER: z.string().optional(),
  OTEL_TRACES_SAMPLER_ARG: z.string().optional(),
  OTEL_TRACES_EXPORTER: z.string().optional(),
  OTEL_SDK_DISABLED: z.string().optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

/**
 * Reads environment and `ams.yaml` into one frozen, complete configuration.
 * @throws ConfigError with every mistake found
 */
export function loadConfig(environment: NodeJS.ProcessEnv, roles: readonly Role[]): Config {
  const mistakes: string[] = [];
  // An empty variable, as `.env` files have them, is one that is not set.
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = Environment.safeParse(given);
  if (!parsed.success)
    mistakes.push(
      ...parsed.error.issues.map((issue) =>
        issue.message.includes(String(issue.path[0]))
          ? issue.message
          : `${issue.path.join('.')}: ${issue.message}`,
      ),
    );
  const { settings, path } = readSettings(given['AMS_CONFIG'], mistakes);
  const env = parsed.data;
  if (env) mistakes.push(...missing(env, roles), ...opsMistakes(env, roles), ...tracingMistakes(env));
  const redis = readRedisPlace(redisWords(given), given, mistakes);
  if (settings) mistakes.push(...settingsMistakes(settings, path));
  if (!env || !redis || !settings || mistakes.length > 0) throw new ConfigError(mistakes);
  return freeze({
    slack: {
      botToken: env.SLACK_BOT_TOKEN ?? '',
      appToken: env.SLACK_APP_TOKEN,
      signingSecret: env.SLACK_SIGNING_SECRET,
      port: env.PORT,
      apiUrl: env.SLACK_API_URL,
    },
    cloud: {
      accessKeyId: env.ALIBABA_CLOUD_ACCESS_KEY_ID,
      accessKeySecret: env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
      securityToken: env.ALIBABA_CLOUD_SECURITY_TOKEN,
      endpoint: env.AMS_ALIBABA_ENDPOINT,
      connectTo: env.AMS_CONNECT_TO,
    },
    redis,
    secretKey: env.AMS_SECRET_KEY ?? '',
    timeScale: env.AMS_TIME_SCALE,
    logLevel: env.LOG_LEVEL,
    namespace: env.AMS_NAMESPACE,
    ops: opsOf(env),
    tracing: tracingOf(env),
    settings,
    settingsPath: path,
  });
}

function redisWords(given: Readonly<Record<string, string | undefined>>): RedisWords {
  return {
    url: given['REDIS_URL'] ?? 'redis://127.0.0.1:6379',
    ca: given['AMS_REDIS_CA'],
    cert: given['AMS_REDIS_CERT'],
    key: given['AMS_REDIS_KEY'],
    tlsName: given['AMS_REDIS_TLS_NAME'],
    sentinelUser: given['AMS_REDIS_SENTINEL_USER'],
    sentinelPassword: given['AMS_REDIS_SENTINEL_PASSWORD'],
  };
}

function missing(env: z.infer<typeof Environment>, roles: readonly Role[]): string[] {
  const words: string[] = [];
  if (env.AMS_SECRET_KEY === undefined)
    words.push('AMS_SECRET_KEY is not set; make one with: openssl rand -hex 32');
  if (roles.includes('bot')) {
    if (env.SLACK_BOT_TOKEN === undefined)
      words.push('SLACK_BOT_TOKEN is not set (xoxb-…, from "OAuth & Permissions")');
    if (env.SLACK_APP_TOKEN === undefined && env.SLACK_SIGNING_SECRET === undefined) {
      words.push('SLACK_APP_TOKEN (xapp-…, Socket Mode) or SLACK_SIGNING_SECRET with PORT (HTTP) is not set');
    }
  }
  if (
    roles.includes('worker') &&
    (env.ALIBABA_CLOUD_ACCESS_KEY_ID === undefined) !== (env.ALIBABA_CLOUD_ACCESS_KEY_SECRET === undefined)
  ) {
    words.push('ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET must be set together');
  }
  return words;
}

function opsMistakes(env: z.infer<typeof Environment>, roles: readonly Role[]): string[] {
  const words: string[] = [];
  const { AMS_HEALTH_PORT: port, AMS_QUEUES_USER: user, AMS_QUEUES_PASSWORD: password } = env;
  if (user !== undefined && password === undefined)
    words.push('AMS_QUEUES_PASSWORD is not set; make one with: openssl rand -hex 16');
  if (user === undefined && password !== undefined) words.push('AMS_QUEUES_USER is not set');
  if (port === undefined && (user !== undefined || password !== undefined))
    words.push('AMS_HEALTH_PORT is not set: AMS_QUEUES_USER and AMS_QUEUES_PASSWORD need it');
  if (port === undefined && env.AMS_HEALTH_HOST !== undefined)
    words.push('AMS_HEALTH_PORT is not set: AMS_HEALTH_HOST needs it');
  const listens = roles.includes('bot') && env.SLACK_APP_TOKEN === undefined;
  if (listens && port !== undefined && port !== 0 && port === env.PORT)
    words.push(`AMS_HEALTH_PORT must not be PORT (${port}): Slack's deliveries come in there`);
  return words;
}

function opsOf(env: z.infer<typeof Environment>): OpsConfig | undefined {
  const { AMS_HEALTH_PORT: port, AMS_QUEUES_USER: user, AMS_QUEUES_PASSWORD: password } = env;
  if (port === undefined) return undefined;
  const queues = user === undefined || password === undefined ? undefined : { user, password };
  return { host: env.AMS_HEALTH_HOST, port, queues };
}

function tracingOf(env: z.infer<typeof Environment>): TracingConfig | undefined {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined || env.OTEL_TRACES_EXPORTER === 'none') return undefined;
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return undefined;
  return { origin: new URL(endpoint).origin };
}

/** Sent another way than the receiver was told of, traces would never arrive, and nobody would notice. */
function tracingMistakes(env: z.infer<typeof Environment>): string[] {
  const [name, protocol] =
    env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL === undefined
      ? (['OTEL_EXPORTER_OTLP_PROTOCOL', env.OTEL_EXPORTER_OTLP_PROTOCOL] as const)
      : (['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL] as const);
  if (!tracingOf(env) || protocol === undefined || protocol === 'http/protobuf') return [];
  return [`${name} must be http/protobuf, or empty; the port of that is usually 4318`];
}

function readSettings(
  named: string | undefined,
  mistakes: string[],
): { settings: Settings | undefined; path: string | undefined } {
  const path = resolve(named ?? 'ams.yaml');
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (named === undefined && code === 'ENOENT') return { settings: Settings.parse({}), path: undefined };
    // Defaults in place of a file that is there would be decisions that nobody made.
    mistakes.push(
      named === undefined
        ? `${path} is there and cannot be read (${code}): see who may read it`
        : `AMS_CONFIG names ${path}, which cannot be read`,
    );
    return { settings: undefined, path };
  }
  if (/[\0\uFFFD]/.test(source)) {
    mistakes.push(`${path} is not saved as UTF-8: save it as "UTF-8" in your editor`);
    return { settings: undefined, path };
  }
  const document = parseDocument(source);
  if (document.errors.length > 0) {
    mistakes.push(
      ...document.errors.map((error) => `${path}: ${error.message.split('\n')[0] ?? 'is no YAML'}`),
    );
    return { settings: undefined, path };
  }
  const parsed = Settings.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    mistakes.push(
      ...parsed.error.issues.map((issue) => `${path}: ${issue.path.join('.') || '(top)'}: ${issue.message}`),
    );
  }
  return { settings: parsed.data, path };
}

function settingsMistakes(settings: Settings, path: string | undefined): string[] {
  const words: string[] = [];
  for (const role of ['origin', 'edge'] as const) {
    const mistake = groupMistake(role, settings[role]);
    if (mistake) words.push(`${path ?? 'ams.yaml'}: ${role}: ${mistake}`);
  }
  return words;
}

function freeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
}
