import { Cluster, Redis } from 'ioredis';
import type { ClusterOptions } from 'ioredis';
import { patchIoredis } from './patch-ioredis.ts';
import type { RedisPlace } from './place.ts';
import { writeTogether } from './write-together.ts';

/** A connection to Redis in any of its forms; BullMQ takes it as it is. Whoever opens it disconnects it. */
export type RedisClient = Redis | Cluster;

/** Work goes on soon after Redis is back: BullMQ's own back-off grows to 20 s. */
const LONGEST_PAUSE_MS = 200;
/** A host that swallows packets must not hold up the next try. */
const CONNECT_MS = 3_000;
/** A server that hangs closes no connection. Longer than BullMQ's blocking reads, which last 10 s at most. */
const SILENCE_MS = 15_000;
/** While Redis reads its files. It guesses the rest in whole seconds, so ask again sooner. */
const LOADING_MS = 100;
/** A failover takes seconds, in which every command is tried again after a tenth of one. */
const CLUSTER_RETRY_MS = 100;
const CLUSTER_TRIES = { patient: 1_000_000, prompt: 5 } as const;

type Manner = 'patient' | 'prompt';

/**
 * For workers: commands wait for as long as Redis is away, through restarts and failovers, and go on within about
 * a fifth of a second of its return.
 */
export function patientRedis(place: RedisPlace): RedisClient {
  return open(place, 'patient');
}

/** For what a person waits for: commands fail at once instead of waiting while Redis is away. */
export function promptRedis(place: RedisPlace): RedisClient {
  return open(place, 'prompt');
}

function open(place: RedisPlace, manner: Manner): RedisClient {
  if (place.form === 'cluster') {
    const cluster = new Cluster([...place.hosts], clusterOptions(place, manner));
    cluster.on('+node', writesTogether);
    return patchIoredis(cluster);
  }
  const redis = new Redis({ ...nodeOptions(place), ...singleOptions(place, manner) });
  writesTogether(redis);
  return patchIoredis(redis);
}

function writesTogether(redis: Redis): void {
  redis.on('connect', () => writeTogether(redis.stream));
}

/** What each connection to a server that holds data needs, in every form. */
export function nodeOptions(place: RedisPlace) {
  return {
    ...place.login,
    ...(place.tls === undefined ? {} : { tls: { ...place.tls } }),
    connectTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    maxLoadingRetryTime: LOADING_MS,
  };
}

/** How to talk to a sentinel. */
export function sentinelOptions(place: RedisPlace) {
  return {
    ...place.sentinelLogin,
    ...(place.tls === undefined ? {} : { tls: { ...place.tls } }),
    connectTimeout: CONNECT_MS,
  };
}

function singleOptions(place: RedisPlace, manner: Manner) {
  const [first] = place.hosts;
  return {
    ...(place.form === 'sentinel' ? watchedOptions(place) : first),
    db: place.db,
    retryStrategy: pause,
    // A master that became a replica, whether a command says so or, before Redis 7, the script around it: whoever resolves its address again finds the new one.
    reconnectOnError: (error: Error) => (/\bREADONLY\b/.test(error.message) ? (2 as const) : false),
    ...(manner === 'patient'
      ? { maxRetriesPerRequest: null }
      : { maxRetriesPerRequest: 1, enableOfflineQueue: false }),
  };
}

function watchedOptions(place: RedisPlace) {
  const { username, password } = place.sentinelLogin;
  return {
    sentinels: place.hosts.map((host) => ({ ...host })),
    name: place.master,
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
    ...(place.tls === undefined ? {} : { enableTLSForSentinelMode: true, sentinelTLS: { ...place.tls } }),
    sentinelRetryStrategy: pause,
    sentinelCommandTimeout: CONNECT_MS,
  };
}

function clusterOptions(place: RedisPlace, manner: Manner) {
  return {
    redisOptions: { ...nodeOptions(place), maxRetriesPerRequest: null },
    enableOfflineQueue: manner === 'patient',
    maxRedirections: CLUSTER_TRIES[manner],
    clusterRetryStrategy: pause,
    retryDelayOnFailover: CLUSTER_RETRY_MS,
    retryDelayOnClusterDown: CLUSTER_RETRY_MS,
    retryDelayOnTryAgain: CLUSTER_RETRY_MS,
    slotsRefreshTimeout: CONNECT_MS,
    // As it is written: a certificate is for a name, not for the address behind it.
    dnsLookup: (host: string, callback: (error: null, address: string) => void) => callback(null, host),
  } satisfies ClusterOptions;
}

function pause(times: number): number {
  return Math.min(50 * times, LONGEST_PAUSE_MS);
}
