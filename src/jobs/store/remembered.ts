import type { ClusterRecord, DriftRecord, ExpiryRecord } from '../../cluster/answers.ts';
import type { Glance } from '../../cluster/glance.ts';
import type { OperationState } from '../../cluster/operation.ts';
import type { Keys } from './keys.ts';
import type { RedisClient } from '../../redis/connect.ts';
import { Script } from '../../redis/script.ts';
import { FORGET_CLUSTER, REMEMBER_CLUSTER } from './store-scripts.ts';

/** A cluster with its spec and the place where it was made. */
export interface RememberedCluster extends ClusterRecord {
  readonly spec?: unknown;
  readonly channel?: string;
  readonly user?: string;
}

/** What the looks for drift know of a cluster. */
export interface DriftKnown {
  readonly told?: DriftRecord;
  /** Not sure that the message of `told` was queued. */
  readonly untold?: boolean;
  /** Found by the last look and not yet confirmed by another. */
  readonly suspected?: string;
  /** Of the certificate that it serves. `marks`: what was told of which certificate, oldest first. */
  readonly certificate?: {
    readonly told: ExpiryRecord;
    readonly untold?: boolean;
    readonly marks: readonly string[];
  };
}

/** An operation that holds a cluster, and how it stands. */
interface Holder {
  readonly operation: string;
  readonly state: OperationState;
}

/**
 * KEYS drift, clusters. ARGV cluster, what was known or nothing, what is known now. Returns whether it was still known.
 * Of a cluster that was removed during the look nothing is kept: nobody would take it away again.
 */
const KEEP_DRIFT = new Script(`
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then return 0 end
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
`);

/** KEYS glances, clusters. ARGV cluster, glance. The same: it is shown of clusters that are remembered. */
const KEEP_GLANCE = new Script(`
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 1
`);

/** What is remembered of clusters between operations. The cloud is the truth: this only names where to look. */
export class RememberedClusters {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** @param by the operation on whose behalf; only as long as that holds the cluster and stands so */
  async remember(record: RememberedCluster, by?: Holder): Promise<void> {
    const [keys, text] = [this.#keys, JSON.stringify(record)];
    if (by === undefined) {
      await this.#redis.hset(keys.clusters(), record.cluster, text);
      return;
    }
    await REMEMBER_CLUSTER.run(
      this.#redis,
      [keys.operation(by.operation), keys.busy(record.cluster), keys.clusters()],
      [by.operation, by.state, record.cluster, text],
    );
  }

  /** Forgets a cluster on behalf of the operation that removed it, as long as that holds it and stands so. */
  async forget(cluster: string, by: Holder): Promise<void> {
    const keys = this.#keys;
    await FORGET_CLUSTER.run(
      this.#redis,
      [keys.operation(by.operation), keys.busy(cluster), keys.clusters(), keys.drift(), keys.glances()],
      [by.operation, by.state, cluster],
    );
  }

  async read(cluster: string): Promise<RememberedCluster | undefined> {
    const text = await this.#redis.hget(this.#keys.clusters(), cluster);
    return text === null ? undefined : (JSON.parse(text) as RememberedCluster);
  }

  /** By name. */
  async list(): Promise<readonly ClusterRecord[]> {
    const all = await this.#redis.hvals(this.#keys.clusters());
    return all
      .map((text) => {
        const { cluster, regionId, domain } = JSON.parse(text) as ClusterRecord;
        return { cluster, regionId, ...(domain === undefined ? {} : { domain }) };
      })
      .toSorted((a, b) => a.cluster.localeCompare(b.cluster));
  }

  /** How clusters were when they were last read. */
  async glances(): Promise<readonly Glance[]> {
    const all = await this.#redis.hvals(this.#keys.glances());
    return all.map((text) => JSON.parse(text) as Glance);
  }

  async keepGlance(glance: Glance): Promise<void> {
    const keys = [this.#keys.glances(), this.#keys.clusters()];
    await KEEP_GLANCE.run(this.#redis, keys, [glance.cluster, JSON.stringify(glance)]);
  }

  /** What the looks for drift know of a cluster. */
  async drift(cluster: string): Promise<DriftKnown | undefined> {
    const text = await this.#redis.hget(this.#keys.drift(), cluster);
    return text === null ? undefined : (JSON.parse(text) as DriftKnown);
  }

  /** @returns whether it is kept: not when by now something else is known than before */
  async keepDrift(cluster: string, before: DriftKnown | undefined, known: DriftKnown): Promise<boolean> {
    const expected = before === undefined ? '' : JSON.stringify(before);
    const kept = await KEEP_DRIFT.run(
      this.#redis,
      [this.#keys.drift(), this.#keys.clusters()],
      [cluster, expected, JSON.stringify(known)],
    );
    return kept === 1;
  }
}
