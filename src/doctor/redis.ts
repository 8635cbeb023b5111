import { Redis } from 'ioredis';
import { Keys } from '../jobs/store/keys.ts';
import { nodeOptions, sentinelOptions } from '../redis/connect.ts';
import type { RedisHost, RedisPlace } from '../redis/place.ts';
import { bad, good, warning } from './check.ts';
import type { Finding } from './check.ts';
import { refusalFinding, refusalOf } from './redis-refusals.ts';

const PATIENCE_MS = 3_000;
const ONCE = {
  lazyConnect: true,
  maxRetriesPerRequest: 0,
  connectTimeout: PATIENCE_MS,
  commandTimeout: PATIENCE_MS,
  retryStrategy: () => null,
} as const;

/** What a server says of itself, or why it says nothing. */
type Answer<T> = { readonly value: T } | { readonly trouble: Finding };

/** Redis in each of its forms: reachable, takes and keeps what is written, never throws queue keys away (BullMQ). */
export async function checkRedis(place: RedisPlace, namespace?: string): Promise<readonly Finding[]> {
  const key = `${new Keys(namespace).prefix}:doctor`;
  if (place.form === 'sentinel') return checkSentinels(place, key);
  if (place.form === 'cluster') return checkCluster(place, key);
  const [host] = place.hosts;
  if (!host) return [];
  return checkServer(place, host, 'Redis', key);
}

/**
 * @param name how the report calls it
 * @param key what to write to see whether it takes that; undefined: nothing
 */
async function checkServer(
  place: RedisPlace,
  host: RedisHost,
  name: string,
  key?: string,
): Promise<readonly Finding[]> {
  const options = { ...nodeOptions(place), ...host, db: place.db };
  const answer = await ask(place, options, async (redis) => ({
    info: parseInfo(await redis.info()),
    refusal: key === undefined ? undefined : await refusalOf(redis, key),
  }));
  if ('trouble' in answer) return [answer.trouble];
  const { info, refusal } = answer.value;
  const encrypted = place.tls === undefined ? '' : ', encrypted';
  const version = info.get('redis_version') ?? '?';
  const findings: Finding[] = [
    isOlder(version)
      ? bad(`${name} is of version ${version}, which lacks what the queue needs`, 'Install 6.2 or newer.')
      : good(`${name} ${version} answers${encrypted}`),
  ];
  const policy = info.get('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    findings.push(
      bad(`${name} throws keys away when it is full (${policy})`, 'Set maxmemory-policy noeviction.'),
    );
  }
  if (info.get('aof_enabled') === '0') {
    findings.push(
      warning(`${name} keeps no append-only file: a crash loses operations`, 'Set appendonly yes.'),
    );
  }
  // Of a cluster's nodes one alone holds our slot.
  const isElsewhere = place.form === 'cluster' && refusal === 'MOVED';
  if (refusal !== undefined && !isElsewhere) {
    findings.push(refusalFinding(name, refusal));
  } else if (info.get('aof_last_write_status') === 'err') {
    findings.push(bad(`${name} cannot write its append-only file`, 'Make room on its disk; see its log.'));
  }
  return findings;
}

/** Older than 6.2. */
function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < 6 || (major === 6 && minor < 2);
}

async function checkSentinels(place: RedisPlace, key: string): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const masters = new Map<string, RedisHost>();
  let replicas: readonly RedisHost[] = [];
  for (const host of place.hosts) {
    const options = { ...sentinelOptions(place), ...host };
    const answer = await ask(place, options, async (redis) => ({
      master: hostOf(await redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', place.master)),
      replicas: await redis.call('SENTINEL', 'REPLICAS', place.master).catch(() => []),
      quorum: String(await redis.call('SENTINEL', 'CKQUORUM', place.master).catch((error) => error)),
    }));
    const name = `Sentinel ${host.host}:${host.port}`;
    if ('trouble' in answer) findings.push(answer.trouble);
    else if (!answer.value.master)
      findings.push(
        bad(
          `${name} knows no master "${place.master}"`,
          'Correct its name in REDIS_URL (redis+sentinel://…/name).',
        ),
      );
    else {
      const { master, quorum } = answer.value;
      masters.set(`${master.host}:${master.port}`, master);
      replicas = replicasOf(answer.value.replicas);
      findings.push(good(`${name} answers: ${place.master} is ${master.host}:${master.port}`));
      if (/NOQUORUM/.test(quorum))
        findings.push(
          bad(`${name} cannot start a failover: too few sentinels answer`, 'Start the missing sentinels.'),
        );
    }
  }
  if (masters.size > 1)
    findings.push(
      bad(
        'The sentinels name different masters',
        'Look at SENTINEL MASTERS on each; a failover may be under way.',
      ),
    );
  for (const [where, host] of masters)
    findings.push(...(await checkServer(place, host, `Master ${where}`, key)));
  for (const host of replicas)
    findings.push(...(await checkServer(place, host, `Replica ${host.host}:${host.port}`)));
  if (masters.size > 0 && replicas.length === 0)
    findings.push(
      warning('The master has no replica that could take over', 'Add a replica on another machine.'),
    );
  return findings;
}

async function checkCluster(place: RedisPlace, key: string): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const host of place.hosts) {
    const answer = await ask(place, { ...nodeOptions(place), ...host }, async (redis) => ({
      info: parseInfo(String(await redis.cluster('INFO'))),
      slots: (await redis.cluster('SLOTS')) as readonly (readonly unknown[])[],
    }));
    if ('trouble' in answer) {
      findings.push(answer.trouble);
      continue;
    }
    const { info, slots } = answer.value;
    if (info.get('cluster_enabled') === '0' || slots.length === 0)
      return [
        bad(
          `Redis at ${host.host}:${host.port} has no slots of a cluster`,
          'Join it to one (redis-cli --cluster create).',
        ),
      ];
    const state = info.get('cluster_state');
    findings.push(
      state === 'ok'
        ? good(
            `The cluster is whole: ${info.get('cluster_slots_ok')} slots on ${info.get('cluster_size')} masters`,
          )
        : bad(
            `The cluster is not whole (${state})`,
            'See redis-cli --cluster check; operations wait until it is.',
          ),
    );
    for (const node of nodesOf(slots, host))
      findings.push(...(await checkServer(place, node, `Node ${node.host}:${node.port}`, key)));
    if (slots.some((range) => range.length < 4))
      findings.push(
        warning(
          'Some masters of the cluster have no replica that could take over',
          'Add one for each master.',
        ),
      );
    return findings;
  }
  return findings;
}

/** Asks one server, and turns what went wrong into words without what may be secret. */
async function ask<T>(
  place: RedisPlace,
  options: RedisHost & Partial<ReturnType<typeof nodeOptions>> & { readonly db?: number },
  question: (redis: Redis) => Promise<T>,
): Promise<Answer<T>> {
  const redis = new Redis({ ...options, ...ONCE });
  // What it says before it hangs up, or goes on in database 0: `connect` tells only that the connection is closed.
  let said = '';
  redis.on('error', (error: Error & { code?: string }) => (said = `${error.code ?? ''} ${error.message}`));
  try {
    await redis.connect();
    if (/DB index|'select'/.test(said)) throw new Error(said);
    return { value: await question(redis) };
  } catch (error) {
    return { trouble: troubleOf(place, `${options.host}:${options.port}`, `${said} ${String(error)}`) };
  } finally {
    redis.disconnect();
  }
}

function troubleOf(place: RedisPlace, at: string, said: string): Finding {
  if (/NOPERM/.test(said)) return refusalFinding(`Redis at ${at}`, 'NOPERM');
  if (/DB index/.test(said))
    return bad(`Redis at ${at} has no database ${place.db}`, 'Correct the number that ends REDIS_URL.');
  if (/WRONGPASS|NOAUTH|invalid password/i.test(said)) {
    return bad(
      `Redis at ${at} refuses the user name or password`,
      place.form === 'sentinel'
        ? 'Correct them in REDIS_URL, for the sentinels in AMS_REDIS_SENTINEL_USER and AMS_REDIS_SENTINEL_PASSWORD.'
        : 'Correct them in REDIS_URL (redis://user:password@host:6379); special characters are percent-encoded.',
    );
  }
  if (/certificate required|bad certificate|handshake failure/i.test(said))
    return bad(
      `Redis at ${at} wants another client certificate`,
      'Set AMS_REDIS_CERT and AMS_REDIS_KEY to one it trusts.',
    );
  if (/ALTNAME/i.test(said))
    return bad(
      `The certificate of Redis at ${at} is for another name`,
      'Set AMS_REDIS_TLS_NAME to its name.',
    );
  if (/self.signed|UNABLE_TO|issuer|CERT_/i.test(said))
    return bad(
      `The certificate of Redis at ${at} is not trusted`,
      'Set AMS_REDIS_CA to the authority that signed it.',
    );
  if (/wrong version number|packet length|EPROTO/i.test(said))
    return bad(
      `Redis at ${at} does not speak TLS`,
      'Write redis instead of rediss in REDIS_URL, or another port.',
    );
  return bad(
    `Redis does not answer at ${at}`,
    'Start it, or correct REDIS_URL (host, port, password, rediss:// for TLS).',
  );
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
}

function hostOf(reply: unknown): RedisHost | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [host, port] = reply as readonly unknown[];
  return { host: String(host), port: Number(port) };
}

/** From `SENTINEL REPLICAS`: each a flat list of names and values. */
function replicasOf(reply: unknown): readonly RedisHost[] {
  if (!Array.isArray(reply)) return [];
  return reply.map((flat: readonly string[]) => ({
    host: flat[flat.indexOf('ip') + 1] ?? '',
    port: Number(flat[flat.indexOf('port') + 1]),
  }));
}

/** From `CLUSTER SLOTS`: ranges of first slot, last slot, and the nodes that hold them, the master first. */
function nodesOf(slots: readonly (readonly unknown[])[], asked: RedisHost): readonly RedisHost[] {
  const nodes = slots.flatMap((range) =>
    range.slice(2).map((node) => {
      const [host, port] = node as readonly [string | null, number];
      return { host: host || asked.host, port };
    }),
  );
  return [...new Map(nodes.map((node) => [`${node.host}:${node.port}`, node])).values()];
}
