import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { AmsError } from '../../cluster/errors.ts';
import type { OperationState } from '../../cluster/operation.ts';
import type { Keys } from './keys.ts';
import { FORGET_SECRETS } from './store-scripts.ts';
import type { RedisClient } from '../../redis/connect.ts';

/** What a cluster must keep for itself. Only ciphertext reaches Redis. */
export type SecretName =
  | 'ssh-key'
  | 'ssh-public-key'
  | 'host-key'
  | 'host-public-key'
  | 'mongo'
  | 'admin'
  | 'jwt';

/** A stored secret cannot be opened with the key of this process. */
export class SecretUnreadable extends AmsError {
  readonly code = 'secret_unreadable';

  constructor(cluster: string, name: string) {
    super(`The stored ${name} of cluster ${cluster} cannot be decrypted.`, {
      hint: 'Start bot and worker with the AMS_SECRET_KEY that the cluster was made with.',
    });
  }
}

/**
 * Secrets of clusters, encrypted with AES-256-GCM under a key derived from `AMS_SECRET_KEY` (HKDF-SHA-256); cluster
 * and name are authenticated with the ciphertext, so that entries cannot be swapped.
 */
export class Secrets {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #key: Buffer;

  constructor(redis: RedisClient, keys: Keys, secretKey: string) {
    this.#redis = redis;
    this.#keys = keys;
    this.#key = Buffer.from(hkdfSync('sha256', secretKey, 'ams-chatops', 'secrets v1', 32));
  }

  async get(cluster: string, name: SecretName): Promise<string | undefined> {
    const sealed = await this.#redis.hget(this.#keys.secrets(cluster), name);
    return sealed === null ? undefined : this.#open(cluster, name, sealed);
  }

  /** Stores a secret, replacing one of the same name. */
  async put(cluster: string, name: SecretName, value: string): Promise<void> {
    await this.#redis.hset(this.#keys.secrets(cluster), name, this.#seal(cluster, name, value));
  }

  /** The stored secrets, or those that `make` makes: whoever races, all get the first ones stored. */
  async getOrMake<Name extends SecretName>(
    cluster: string,
    names: readonly [Name, ...Name[]],
    make: () => Readonly<Record<Name, string>> | Promise<Readonly<Record<Name, string>>>,
  ): Promise<Readonly<Record<Name, string>>> {
    const stored = async (): Promise<Record<Name, string>> => {
      const found = names.map(async (name) => [name, await this.get(cluster, name)] as const);
      return Object.fromEntries(await Promise.all(found)) as Record<Name, string>;
    };
    const before = await stored();
    if (before[names[0]] !== undefined) return before;
    const fresh = await make();
    const fields = names.flatMap((name) => [name, this.#seal(cluster, name, fresh[name])]);
    const isKept = await this.#redis.eval(
      "if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 0 end redis.call('HSET', KEYS[1], unpack(ARGV)) return 1",
      1,
      this.#keys.secrets(cluster),
      ...fields,
    );
    // Somebody was faster, or this is the repeat of a try whose answer was lost.
    return isKept === 1 ? fresh : stored();
  }

  /** Forgets all of a cluster's secrets on behalf of the operation that holds it, as long as that stands so. */
  async forget(
    cluster: string,
    by: { readonly operation: string; readonly state: OperationState },
  ): Promise<void> {
    const keys = [this.#keys.secrets(cluster), this.#keys.operation(by.operation), this.#keys.busy(cluster)];
    await FORGET_SECRETS.run(this.#redis, keys, [by.operation, by.state]);
  }

  /** Forgets some of a cluster's secrets. */
  async drop(cluster: string, names: readonly [SecretName, ...SecretName[]]): Promise<void> {
    await this.#redis.hdel(this.#keys.secrets(cluster), ...names);
  }

  /**
   * Bytes that only the holder of `AMS_SECRET_KEY` can compute, the same ones each time: what is made of them need not
   * be stored to be found again.
   */
  derive(cluster: string, name: SecretName, salt: string, size: number): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#key, salt, `derived ${cluster}\n${name}`, size));
  }

  #seal(cluster: string, name: string, value: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(`${cluster}\n${name}`));
    const body = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
    return `v1.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')}`;
  }

  #open(cluster: string, name: string, sealed: string): string {
    try {
      const raw = Buffer.from(sealed.replace(/^v1\./, ''), 'base64');
      const decipher = createDecipheriv('aes-256-gcm', this.#key, raw.subarray(0, 12), { authTagLength: 16 })
        .setAAD(Buffer.from(`${cluster}\n${name}`))
        .setAuthTag(raw.subarray(12, 28));
      return Buffer.concat([decipher.update(raw.subarray(28)), decipher.final()]).toString('utf8');
    } catch {
      throw new SecretUnreadable(cluster, name);
    }
  }
}
