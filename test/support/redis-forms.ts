import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { makeCertificate } from '../../sandbox/certificates.ts';
import { freePort, redisProgram, startRedis } from '../../sandbox/redis.ts';
import type { RedisServer } from '../../sandbox/redis.ts';

/** Redis in one of its forms, for a product to live on. */
export interface RedisForm {
  readonly url: string;
  /** Of its files, where it is one server. */
  readonly folder?: string;
  /** What the product needs in its environment besides the address. */
  readonly env: Readonly<Record<string, string>>;
  /** Kills whoever holds our data now. Others take over, where there are any. */
  kill(): Promise<void>;
  /** Starts it again with the same files. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** A form with its servers, to look at or to spoil. */
export interface RedisTown extends RedisForm {
  readonly servers: readonly RedisServer[];
}

const USER = 'ams';
export const PASSWORD = 'a/word@with:signs%';
const LOGIN = `${USER}:${encodeURIComponent(PASSWORD)}`;
/** A user of Redis' own access lists; the default one may do nothing. */
const ACL = { user: `${USER} on >${PASSWORD} ~* &* +@all`, requirepass: 'the-default-word' };

/** One Redis that speaks TLS only, wants a client certificate, a user and a password. */
export async function startTlsRedis(): Promise<RedisTown> {
  const folder = await mkdtemp(join(tmpdir(), 'ams-redis-tls-'));
  const server = await makeCertificate({ names: ['localhost'] });
  const client = await makeCertificate({ names: ['ams.example.com'], proves: 'client' });
  const path = (name: string) => join(folder, name);
  await writeFile(path('ca.pem'), server.caPem);
  await writeFile(path('server.pem'), server.chainPem);
  await writeFile(path('server-key.pem'), server.keyPem);
  await writeFile(path('client.pem'), client.chainPem);
  await writeFile(path('client-key.pem'), client.keyPem, { mode: 0o600 });
  const redis = await startRedis({
    'tls-port': await freePort(),
    'tls-cert-file': path('server.pem'),
    'tls-key-file': path('server-key.pem'),
    'tls-ca-cert-file': path('ca.pem'),
    'tls-auth-clients': 'yes',
    ...ACL,
  });
  return {
    url: `rediss://${LOGIN}@localhost:${redis.port}/3`,
    env: {
      AMS_REDIS_CA: `file:${path('ca.pem')}`,
      AMS_REDIS_CERT: `file:${path('client.pem')}`,
      AMS_REDIS_KEY: `file:${path('client-key.pem')}`,
    },
    servers: [redis],
    kill: () => redis.kill(),
    start: () => redis.start(),
    async close() {
      await redis.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A master and a replica under three sentinels, all with passwords. */
export async function startSentinels(): Promise<RedisTown> {
  const master = 'mymaster';
  const login = { ...ACL, masteruser: USER, masterauth: PASSWORD, 'repl-diskless-sync-delay': 0 };
  const first = await startRedis(login);
  const second = await startRedis({ ...login, replicaof: `127.0.0.1 ${first.port}` });
  const servers = [first, second];
  await until('the replica follows', async () =>
    (await askServer(second, (redis) => redis.info('replication'))).includes('master_link_status:up'),
  );
  const sentinels = await Promise.all([1, 2, 3].map(() => startSentinel(master, first.port)));
  await until('the sentinels know each other', async () => {
    const answers = await Promise.all(
      sentinels.map((one) => askSentinel(one.port, (redis) => redis.call('SENTINEL', 'CKQUORUM', master))),
    );
    const replicas = await Promise.all(
      sentinels.map((one) => askSentinel(one.port, (redis) => redis.call('SENTINEL', 'REPLICAS', master))),
    );
    return (
      answers.every((answer) => String(answer).includes('3 usable')) &&
      replicas.every((known) => Array.isArray(known) && known.length === 1)
    );
  });
  const killed: RedisServer[] = [];
  return {
    url: `redis+sentinel://${LOGIN}@${sentinels.map((one) => `127.0.0.1:${one.port}`).join(',')}/${master}/2`,
    env: { AMS_REDIS_SENTINEL_PASSWORD: SENTINEL_WORD },
    servers,
    async kill() {
      const [one] = sentinels;
      const at = await askSentinel(one?.port ?? 0, (redis) =>
        redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master),
      );
      const port = Number((at as readonly string[])[1]);
      const holder = servers.find((server) => server.port === port);
      if (!holder) throw new Error(`nobody listens on the master's port ${port}`);
      await holder.kill();
      killed.push(holder);
    },
    async start() {
      await Promise.all(killed.splice(0).map(comeBack));
    },
    async close() {
      await Promise.all(sentinels.map((one) => one.close()));
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

const SENTINEL_WORD = 'the-sentinel-word';

async function startSentinel(master: string, masterPort: number) {
  const folder = await mkdtemp(join(tmpdir(), 'ams-sentinel-'));
  const port = await freePort();
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `requirepass ${SENTINEL_WORD}`,
    `sentinel sentinel-pass ${SENTINEL_WORD}`,
    `sentinel monitor ${master} 127.0.0.1 ${masterPort} 2`,
    `sentinel auth-user ${master} ${USER}`,
    `sentinel auth-pass ${master} ${PASSWORD}`,
    `sentinel down-after-milliseconds ${master} 800`,
    `sentinel failover-timeout ${master} 3000`,
  ];
  const file = join(folder, 'sentinel.conf');
  await writeFile(file, `${lines.join('\n')}\n`);
  const child = spawn(redisProgram(), [file, '--sentinel'], { stdio: 'ignore' });
  const gone = new Promise((done) => child.once('exit', done));
  return {
    port,
    async close() {
      child.kill('SIGKILL');
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Three masters, and a replica of the one that holds the slot of `{ams}`. */
export async function startCluster(): Promise<RedisTown> {
  const common = {
    'cluster-enabled': 'yes',
    'cluster-node-timeout': 1_000,
    'cluster-replica-validity-factor': 0,
    'repl-diskless-sync-delay': 0,
    ...ACL,
    masteruser: USER,
    masterauth: PASSWORD,
  };
  const servers: RedisServer[] = [];
  for (let count = 0; count < 4; count += 1)
    servers.push(await startRedis({ ...common, 'cluster-port': await freePort() }));
  const [first, , third, replica] = servers as [RedisServer, RedisServer, RedisServer, RedisServer];
  const ranges = [
    [0, 5_460],
    [5_461, 10_922],
    [10_923, 16_383],
  ] as const;
  const slot = await askServer(first, (redis) => redis.cluster('KEYSLOT', '{ams}'));
  for (const [at, [from, to]] of ranges.entries()) {
    const server = servers[at];
    if (server) await askServer(server, (redis) => redis.cluster('ADDSLOTSRANGE', from, to));
  }
  for (const server of servers.slice(1)) {
    const bus = (await askServer(server, (redis) => redis.config('GET', 'cluster-port'))) as string[];
    await askServer(first, (redis) =>
      redis.call('CLUSTER', 'MEET', '127.0.0.1', String(server.port), String(bus[1])),
    );
  }
  const holder = servers[ranges.findIndex(([from, to]) => from <= slot && slot <= to)] ?? third;
  const holderId = await askServer(holder, (redis) => redis.cluster('MYID'));
  await until('the replica knows its master', async () => {
    await askServer(replica, (redis) => redis.cluster('REPLICATE', holderId));
    return true;
  });
  await until('the cluster is whole', async () => {
    const told = await Promise.all(servers.map((one) => askServer(one, (redis) => redis.cluster('INFO'))));
    const link = await askServer(replica, (redis) => redis.info('replication'));
    const slots = (await askServer(first, (redis) => redis.cluster('SLOTS'))) as unknown[][];
    return (
      told.every((one) => /cluster_state:ok/.test(one) && /cluster_known_nodes:4/.test(one)) &&
      link.includes('master_link_status:up') &&
      slots.some((range) => range.length === 4)
    );
  });
  const killed: RedisServer[] = [];
  return {
    url: `redis+cluster://${LOGIN}@127.0.0.1:${first.port},127.0.0.1:${third.port},127.0.0.1:${replica.port}`,
    env: {},
    servers,
    async kill() {
      for (const server of [holder, replica]) {
        if (killed.includes(server)) continue;
        const role = await askServer(server, (redis) => redis.info('replication'));
        if (!role.includes('role:master')) continue;
        await server.kill();
        killed.push(server);
        return;
      }
    },
    async start() {
      await Promise.all(killed.splice(0).map(comeBack));
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/**
 * Starts a server anew and waits until it has its place: as a replica of whoever took over, or as the master that it was.
 * Sentinels take some ten seconds to see to that, and until then nobody could take over from the new master.
 */
async function comeBack(server: RedisServer): Promise<void> {
  await server.start();
  await until('who comes back has its place', async () => {
    const told = await askServer(server, (redis) => redis.info('replication'));
    return /master_link_status:up|role:master\r\nconnected_slaves:[1-9]/.test(told);
  });
}

async function askServer<T>(server: RedisServer, question: (redis: Redis) => Promise<T>): Promise<T> {
  return askOnce(new Redis(server.port, '127.0.0.1', { username: USER, password: PASSWORD }), question);
}

async function askSentinel<T>(port: number, question: (redis: Redis) => Promise<T>): Promise<T> {
  return askOnce(
    new Redis(port, '127.0.0.1', { password: SENTINEL_WORD, enableReadyCheck: false }),
    question,
  );
}

async function askOnce<T>(redis: Redis, question: (redis: Redis) => Promise<T>): Promise<T> {
  redis.on('error', () => undefined);
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

/** Tries until it holds; what it throws meanwhile counts as "not yet". */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (performance.now() < end) {
    if (await holds().catch(() => false)) return;
    await new Promise((again) => setTimeout(again, 50));
  }
  throw new Error(`not within 30 s: ${what}`);
}
