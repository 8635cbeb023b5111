import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Where Redis is, in which form it runs, and how to be let in. */
export interface RedisPlace {
  readonly form: 'single' | 'sentinel' | 'cluster';
  /** Of Redis itself, of its sentinels, or of some nodes of the cluster. Never empty. */
  readonly hosts: readonly RedisHost[];
  /** The name under which the sentinels watch the master; empty for the other forms. */
  readonly master: string;
  readonly db: number;
  readonly login: RedisLogin;
  /** For the sentinels themselves. */
  readonly sentinelLogin: RedisLogin;
  /** Undefined: connections are not encrypted. */
  readonly tls: RedisTls | undefined;
}

export interface RedisHost {
  readonly host: string;
  readonly port: number;
}

export interface RedisLogin {
  readonly username?: string;
  readonly password?: string;
}

/** PEM texts, and the name that the servers' certificates must be for when it is not the host. */
export interface RedisTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/** What people write, as they write it. The three PEMs are places: `env:NAME` or `file:/absolute/path`. */
export interface RedisWords {
  readonly url: string;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly tlsName?: string | undefined;
  readonly sentinelUser?: string | undefined;
  readonly sentinelPassword?: string | undefined;
}

const FORMS =
  'redis://host:6379/0, redis+sentinel://host1:26379,host2:26379/master-name or redis+cluster://host1:6379,host2:6379, each with rediss for TLS';
const SHAPE = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^/]*)@)?([^/@?#]*)(?:\/([^?#@]*))?$/;
const HOST = /^(?:\[([0-9a-fA-F:.%]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/;
const PORTS = { single: 6379, sentinel: 26_379, cluster: 6379 } as const;

/**
 * Reads where Redis is. Nothing that may be secret is repeated in what it says.
 * @param mistakes takes what is wrong, each naming its variable
 * @returns undefined when the address makes no sense
 */
export function readRedisPlace(
  words: RedisWords,
  environment: Readonly<Record<string, string | undefined>>,
  mistakes: string[],
): RedisPlace | undefined {
  const shape = SHAPE.exec(words.url.trim());
  if (!shape) {
    const value = mayBeShown(words.url) ? `, not "${words.url.trim().slice(0, 80)}"` : '';
    mistakes.push(
      `REDIS_URL must look like ${FORMS}${value}; special characters of a password are percent-encoded`,
    );
    readTls(words, true, environment, mistakes);
    return undefined;
  }
  const [, scheme, kind, user, list = '', path = ''] = shape;
  const form = kind === 'sentinel' || kind === 'cluster' ? kind : 'single';
  const before = mistakes.length;
  const isPlain = mayBeShown(`${list}/${path}`);
  const hosts = readHosts(form, list, isPlain, mistakes);
  const where = readPath(form, path, isPlain, mistakes);
  const login = readLogin(user, mistakes);
  const tls = readTls(words, scheme === 'rediss', environment, mistakes);
  const { sentinelUser: username, sentinelPassword: password } = words;
  if (form !== 'sentinel' && (username !== undefined || password !== undefined))
    mistakes.push(
      'AMS_REDIS_SENTINEL_USER and AMS_REDIS_SENTINEL_PASSWORD need a REDIS_URL of redis+sentinel://',
    );
  if (mistakes.length > before) return undefined;
  return {
    form,
    hosts,
    ...where,
    login,
    sentinelLogin: {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    },
    tls,
  };
}

/**
 * Whether an address, or its hosts and path, holds nothing that may be of a login. Who forgets the `@` or does not
 * encode a slash has the password where hosts and path stand: then a colon is before it, or is taken for a port's.
 */
function mayBeShown(address: string): boolean {
  return !/[:@?#]/.test(address.trim().replace(/^[a-z+]+:\/\//i, ''));
}

function readHosts(
  form: RedisPlace['form'],
  list: string,
  isPlain: boolean,
  mistakes: string[],
): readonly RedisHost[] {
  const names = list === '' && form === 'single' ? ['127.0.0.1'] : list.split(',');
  if (form === 'single' && names.length > 1)
    mistakes.push(
      `REDIS_URL names ${names.length} hosts: say what they are, redis+sentinel:// or redis+cluster://`,
    );
  return names.flatMap((name) => {
    const found = HOST.exec(name.trim());
    const host = found?.[1] ?? found?.[2];
    const port = Number(found?.[3] ?? PORTS[form]);
    if (host !== undefined && port > 0 && port < 65_536) return [{ host, port }];
    const shown = isPlain ? `"${name.trim().slice(0, 80)}"` : 'what stands for a host';
    const login = isPlain ? '' : '; a login ends with an @: redis://user:password@host:6379';
    mistakes.push(`REDIS_URL: ${shown} is no host or host:port (IPv6 stands in brackets)${login}`);
    return [];
  });
}

function readPath(
  form: RedisPlace['form'],
  path: string,
  isPlain: boolean,
  mistakes: string[],
): { readonly master: string; readonly db: number } {
  const parts = path === '' ? [] : path.replace(/\/$/, '').split('/');
  const master = form === 'sentinel' ? (parts.shift() ?? '') : '';
  if (form === 'sentinel' && !/^[\w.-]+$/.test(master))
    mistakes.push(
      'REDIS_URL must name the master after the sentinels: redis+sentinel://host1,host2/master-name',
    );
  const [number = '0', ...rest] = parts;
  if (!/^\d{1,5}$/.test(number) || rest.length > 0)
    mistakes.push(
      `REDIS_URL: ${isPlain ? `"${parts.join('/').slice(0, 80)}"` : 'what stands behind the host'} is no number of a database`,
    );
  else if (form === 'cluster' && Number(number) !== 0)
    mistakes.push(`REDIS_URL: a Redis Cluster has database 0 only, not ${number}`);
  return { master, db: Number(number) };
}

function readLogin(user: string | undefined, mistakes: string[]): RedisLogin {
  if (user === undefined) return {};
  const [name = '', ...rest] = user.split(':');
  try {
    const username = decodeURIComponent(name);
    const password = decodeURIComponent(rest.join(':'));
    return { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) };
  } catch {
    mistakes.push(
      'REDIS_URL: percent-encode special characters of user and password (% is %25, @ is %40, / is %2F)',
    );
    return {};
  }
}

function readTls(
  words: RedisWords,
  encrypted: boolean,
  environment: Readonly<Record<string, string | undefined>>,
  mistakes: string[],
): RedisTls | undefined {
  const places = { AMS_REDIS_CA: words.ca, AMS_REDIS_CERT: words.cert, AMS_REDIS_KEY: words.key };
  if (!encrypted) {
    const named = Object.entries({ ...places, AMS_REDIS_TLS_NAME: words.tlsName });
    for (const [name, value] of named)
      if (value !== undefined) mistakes.push(`${name} needs a REDIS_URL that begins with rediss`);
    return undefined;
  }
  if ((words.cert === undefined) !== (words.key === undefined))
    mistakes.push('AMS_REDIS_CERT and AMS_REDIS_KEY must be set together');
  const [ca, cert, key] = Object.entries(places).map(([name, place]) =>
    place === undefined ? undefined : readPem(name, place, environment, mistakes),
  );
  if (
    cert !== undefined &&
    key !== undefined &&
    !new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  )
    mistakes.push('AMS_REDIS_KEY is not the key of the certificate in AMS_REDIS_CERT');
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(words.tlsName === undefined ? {} : { servername: words.tlsName }),
  };
}

/** The PEM at a place, once it is seen to be one of its sort. */
function readPem(
  name: string,
  place: string,
  environment: Readonly<Record<string, string | undefined>>,
  mistakes: string[],
): string | undefined {
  let text: string | undefined;
  if (place.startsWith('env:')) text = environment[place.slice('env:'.length)]?.replaceAll('\\n', '\n');
  else if (place.startsWith('file:/')) text = fileText(place.slice('file:'.length));
  else {
    mistakes.push(`${name} must be env:NAME or file:/absolute/path`);
    return undefined;
  }
  if (text === undefined || text.trim() === '') {
    mistakes.push(`${name} names ${place}, which is empty or cannot be read`);
    return undefined;
  }
  try {
    if (name === 'AMS_REDIS_KEY') createPrivateKey(text);
    else void new X509Certificate(text);
    return text;
  } catch {
    const sort = name === 'AMS_REDIS_KEY' ? 'private key without a pass phrase' : 'certificate';
    mistakes.push(`${name} names ${place}, which holds no PEM of a ${sort}`);
    return undefined;
  }
}

function fileText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
