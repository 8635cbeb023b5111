import { z } from 'zod';
import { AmsError } from '../cluster/errors.ts';
import { printable } from '../cluster/names.ts';
import type { Settings } from '../cluster/settings.ts';
import {
  addressMistakes,
  opsMistakes,
  roleMistakes,
  tracesEndpoint,
  tracingMistakes,
} from './environment-checks.ts';
import { readRedisPlace } from '../redis/place.ts';
import type { RedisPlace, RedisWords } from '../redis/place.ts';
import { readSettings } from './settings-file.ts';
import { strangeNames } from './strange-names.ts';

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

/** How Slack reaches the bot: over Socket Mode, or by HTTP with signed requests. */
export type SlackDelivery =
  | { readonly mode: 'socket'; readonly appToken: string }
  | { readonly mode: 'http'; readonly signingSecret: string; readonly port: number };

export interface SlackConfig {
  readonly botToken: string;
  /** Undefined where none was given: only a worker does without. */
  readonly delivery: SlackDelivery | undefined;
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
  /** What is probably a mistake and stops nothing: other programs have variables that begin like ours, too. */
  readonly doubts: readonly string[];
}

/** Which parts of the environment a role needs: the worker needs no Slack, the bot no cloud. */
export type ProcessRole = 'bot' | 'worker';

const text = (name: string) => z.string({ error: `${name} is not set` }).min(1, `${name} is empty`);

const port = (name: string) =>
  z
    .string()
    .regex(/^\d{1,5}$/, `${name} must be a whole number from 0 to 65535`)
    .transform(Number)
    .refine((number) => number <= 65_535, `${name} must be a whole number from 0 to 65535`);

const Environment = z.object({
  SLACK_BOT_TOKEN: text('SLACK_BOT_TOKEN')
    .regex(/^xoxb-/, 'SLACK_BOT_TOKEN must begin with "xoxb-"')
    .optional(),
  SLACK_APP_TOKEN: text('SLACK_APP_TOKEN')
    .regex(/^xapp-/, 'SLACK_APP_TOKEN must begin with "xapp-"')
    .optional(),
  SLACK_SIGNING_SECRET: text('SLACK_SIGNING_SECRET').optional(),
  PORT: port('PORT').default(3000),
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
    .number({ error: 'AMS_TIME_SCALE must be a number from 0.0001 to 10' })
    .min(0.0001, 'AMS_TIME_SCALE must be a number from 0.0001 to 10')
    .max(10, 'AMS_TIME_SCALE must be a number from 0.0001 to 10')
    .default(1),
  AMS_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, 'AMS_NAMESPACE must be 1 to 32 of a-z, 0-9 and -')
    .default('ams'),
  AMS_CONFIG: z.string().optional(),
  AMS_HEALTH_PORT: port('AMS_HEALTH_PORT').optional(),
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
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'LOG_LEVEL must be trace, debug, info, warn, error, fatal or silent',
    })
    .default('info'),
});

/** Variables whose value may be shown when it is wrong: all the others are secrets, or may hold one. */
const SHOWN: ReadonlySet<string> = new Set([
  'PORT',
  'SLACK_API_URL',
  'AMS_TIME_SCALE',
  'AMS_NAMESPACE',
  'AMS_HEALTH_PORT',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'AMS_ALIBABA_ENDPOINT',
  'LOG_LEVEL',
]);

/**
 * Reads environment and `ams.yaml` into one frozen, complete configuration.
 * @throws ConfigError with every mistake found
 */
export function loadConfig(environment: NodeJS.ProcessEnv, roles: readonly ProcessRole[]): Config {
  const mistakes: string[] = [];
  // Blanks and line breaks around a value come of how it was stored: a secret of Kubernetes made from a file ends with
  // one. What is empty without them, as lines of `.env` files are, is not set.
  const given: Readonly<Record<string, string | undefined>> = Object.fromEntries(
    Object.entries(environment)
      .map(([name, value]) => [name, value?.trim() ?? ''] as const)
      .filter(([, value]) => value !== ''),
  );
  const parsed = Environment.safeParse(given);
  if (!parsed.success) mistakes.push(...parsed.error.issues.map((issue) => wordsOf(issue, given)));
  mistakes.push(...roleMistakes(given, roles), ...opsMistakes(given, roles), ...tracingMistakes(given));
  mistakes.push(...addressMistakes(given));
  const redis = readRedisPlace(redisWords(given), given, mistakes);
  const { settings, path, source } = readSettings(given['AMS_CONFIG'], mistakes);
  const doubts = strangeNames(given, Object.keys(Environment.shape), source);
  const env = parsed.data;
  if (!env || !redis || !settings || mistakes.length > 0) throw new ConfigError([...mistakes, ...doubts]);
  return freeze({
    slack: {
      botToken: env.SLACK_BOT_TOKEN ?? '',
      delivery: deliveryOf(env),
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
    tracing: tracingOf(given),
    settings,
    settingsPath: path,
    doubts,
  });
}

/** What is wrong with one variable, and its value unless that may be a secret: an address may hold a login. */
function wordsOf(issue: z.core.$ZodIssue, given: Readonly<Record<string, string | undefined>>): string {
  const name = String(issue.path[0]);
  const value = given[name] ?? '';
  if (!SHOWN.has(name) || value === '' || /[@?]/.test(value)) return issue.message;
  return `${issue.message}, not "${printable(value)}"`;
}

/** Whoever gives both has Socket Mode. */
function deliveryOf(env: z.infer<typeof Environment>): SlackDelivery | undefined {
  const { SLACK_APP_TOKEN: appToken, SLACK_SIGNING_SECRET: signingSecret, PORT: port } = env;
  if (appToken !== undefined) return { mode: 'socket', appToken };
  return signingSecret === undefined ? undefined : { mode: 'http', signingSecret, port };
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

function opsOf(env: z.infer<typeof Environment>): OpsConfig | undefined {
  const { AMS_HEALTH_PORT: port, AMS_QUEUES_USER: user, AMS_QUEUES_PASSWORD: password } = env;
  if (port === undefined) return undefined;
  const queues = user === undefined || password === undefined ? undefined : { user, password };
  return { host: env.AMS_HEALTH_HOST, port, queues };
}

function tracingOf(given: Readonly<Record<string, string | undefined>>): TracingConfig | undefined {
  const endpoint = tracesEndpoint(given);
  return endpoint === undefined ? undefined : { origin: new URL(endpoint).origin };
}

function freeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
}
