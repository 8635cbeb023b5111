import { endpointOf } from '../cloud/endpoints.ts';
import { parseConnectTo } from '../cloud/connect-to.ts';
import { AmsError } from '../cluster/errors.ts';
import type { ProcessRole } from './config.ts';

/** What the environment gives, without empty variables. */
type Given = Readonly<Record<string, string | undefined>>;

/**
 * What the roles lack. Like every check here it reads what was given, be it right or wrong: a mistake in one variable
 * hides none in others.
 */
export function roleMistakes(given: Given, roles: readonly ProcessRole[]): string[] {
  const words: string[] = [];
  if (given['AMS_SECRET_KEY'] === undefined)
    words.push('AMS_SECRET_KEY is not set; make one with: openssl rand -hex 32');
  if (roles.includes('bot')) {
    if (given['SLACK_BOT_TOKEN'] === undefined)
      words.push('SLACK_BOT_TOKEN is not set (xoxb-…, from "OAuth & Permissions")');
    if (given['SLACK_APP_TOKEN'] === undefined && given['SLACK_SIGNING_SECRET'] === undefined) {
      words.push('SLACK_APP_TOKEN (xapp-…, Socket Mode) or SLACK_SIGNING_SECRET with PORT (HTTP) is not set');
    }
  }
  if (roles.includes('worker')) {
    const [id, secret] = ['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET'] as const;
    if (given[id] !== undefined && given[secret] === undefined)
      words.push(`${secret} is not set: ${id} needs it`);
    if (given[id] === undefined && given[secret] !== undefined)
      words.push(`${id} is not set: ${secret} needs it`);
  }
  return words;
}

/** What probes, metrics and the page of queues need of each other. */
export function opsMistakes(given: Given, roles: readonly ProcessRole[]): string[] {
  const words: string[] = [];
  const { AMS_HEALTH_PORT: port, AMS_QUEUES_USER: user, AMS_QUEUES_PASSWORD: password } = given;
  if (user !== undefined && password === undefined)
    words.push('AMS_QUEUES_PASSWORD is not set; make one with: openssl rand -hex 16');
  if (user === undefined && password !== undefined) words.push('AMS_QUEUES_USER is not set');
  if (port === undefined && (user !== undefined || password !== undefined))
    words.push('AMS_HEALTH_PORT is not set: AMS_QUEUES_USER and AMS_QUEUES_PASSWORD need it');
  if (port === undefined && given['AMS_HEALTH_HOST'] !== undefined)
    words.push('AMS_HEALTH_PORT is not set: AMS_HEALTH_HOST needs it');
  const listens = roles.includes('bot') && given['SLACK_APP_TOKEN'] === undefined;
  if (listens && port !== undefined && Number(port) !== 0 && Number(port) === Number(given['PORT'] ?? 3000))
    words.push(`AMS_HEALTH_PORT must not be PORT (${Number(port)}): Slack's deliveries come in there`);
  return words;
}

/** Where traces go; undefined when nobody wants them. */
export function tracesEndpoint(given: Given): string | undefined {
  const endpoint = given['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? given['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (given['OTEL_TRACES_EXPORTER'] === 'none') return undefined;
  if (given['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return undefined;
  return endpoint;
}

/** Sent another way than the receiver was told of, traces would never arrive, and nobody would notice. */
export function tracingMistakes(given: Given): string[] {
  const name =
    given['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] === undefined
      ? 'OTEL_EXPORTER_OTLP_PROTOCOL'
      : 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL';
  const protocol = given[name];
  if (tracesEndpoint(given) === undefined || protocol === undefined || protocol === 'http/protobuf')
    return [];
  return [`${name} must be http/protobuf, or empty, not "${protocol}"; the port of that is usually 4318`];
}

/** Addresses that the cloud's room reads: it would say so too, but only when it first calls. */
export function addressMistakes(given: Given): string[] {
  return [
    ...mistakeOf(() => parseConnectTo(given['AMS_CONNECT_TO'])),
    ...endpointMistakes(given['AMS_ALIBABA_ENDPOINT']),
  ];
}

/** Whether it is an address at all is seen before. One that holds a login, or may, is not repeated. */
function endpointMistakes(endpoint: string | undefined): string[] {
  if (endpoint === undefined || !/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) return [];
  if (/[@?]/.test(endpoint))
    return ['AMS_ALIBABA_ENDPOINT must be of the form http(s)://host:port, without a login'];
  return mistakeOf(() => endpointOf('ecs', '', { endpoint }));
}

function mistakeOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof AmsError) return [error.message.replace(/\.$/, '')];
    throw error;
  }
}
