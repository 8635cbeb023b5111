import { Redis } from 'ioredis';
import { startProduct } from '../../sandbox/product.ts';
import type { Product } from '../../sandbox/product.ts';
import { startRedis } from '../../sandbox/redis.ts';
import type { RedisServer } from '../../sandbox/redis.ts';
import { PEOPLE, startWorld } from '../../sandbox/world.ts';
import type { World, WorldOptions } from '../../sandbox/world.ts';
import type { Operation, StepRecord } from '../../src/cluster/operation.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { Store } from '../../src/jobs/store/store.ts';

/** The simulated world, a Redis of its own, and the product as the process that an operator runs. */
export interface BenchTown {
  readonly world: World;
  readonly redis: RedisServer;
  readonly product: Product;
  readonly store: Store;
  readonly channel: string;
  /** Of a program that lives in the world as the product does. */
  readonly environment: Readonly<Record<string, string>>;
  /** Types a command as the requester. Resolves when it was acknowledged, with how long that took. */
  type(command: string): Promise<number>;
  /** Types as the approver. */
  approve(id: string): Promise<void>;
  /** Resolves when the channel shows the status of a cluster. */
  statusShown(cluster: string): Promise<void>;
  /** How long the product has seen things take, for another town. */
  learned(): Promise<LearnedWaits>;
  close(): Promise<void>;
}

/** By the key in Redis. */
export type LearnedWaits = ReadonlyMap<string, readonly string[]>;

export interface Ended {
  readonly operation: Operation;
  readonly steps: Readonly<Record<string, StepRecord>>;
}

/** Enough of everything for a thousand clusters. */
const QUOTAS = {
  vpcs: 5_000,
  securityGroups: 50_000,
  keyPairs: 5_000,
  launchTemplates: 50_000,
  vCpus: 1_000_000,
  instances: 50_000,
  loadBalancers: 5_000,
  scalingGroups: 5_000,
};

export async function openBenchTown(
  options: WorldOptions & {
    readonly settings?: Readonly<Record<string, unknown>>;
    /** What the product knows of this cloud from before. */
    readonly learned?: LearnedWaits | undefined;
  },
): Promise<BenchTown> {
  const redis = await startRedis();
  const connection = new Redis(redis.url);
  for (const [key, rows] of options.learned ?? []) await connection.rpush(key, ...rows);
  const world = await startWorld({
    ...options,
    alibaba: { balanceUsd: 10_000_000, quotas: QUOTAS, ...options.alibaba },
  });
  const env = await world.environment({
    redisUrl: redis.url,
    settings: { drift: { every: 'off' }, ...options.settings },
  });
  const product = await startProduct('start', env).catch(async (error: unknown) => {
    connection.disconnect();
    await world.close();
    await redis.close();
    throw error;
  });
  const { channel } = PEOPLE;
  const requester = world.slack.as(PEOPLE.requester);
  const approver = world.slack.as(PEOPLE.approver);
  return {
    world,
    redis,
    product,
    store: new Store(connection, new Keys()),
    channel,
    environment: env,
    async type(command) {
      const startedAt = performance.now();
      const { acked } = await requester.command(command, { channel });
      if (!acked) throw new Error(`"${command}" was not acknowledged`);
      return performance.now() - startedAt;
    },
    async approve(id) {
      await approver.command(`approve ${id}`, { channel });
    },
    async statusShown(cluster) {
      await world.slack.waitForMessage((message) => message.text.startsWith(`${cluster} is `), {
        timeoutMs: 300_000,
      });
    },
    async learned() {
      const keys = await connection.keys(new Keys().waits('*', '*'));
      return new Map(
        await Promise.all(keys.map(async (key) => [key, await connection.lrange(key, 0, -1)] as const)),
      );
    },
    async close() {
      await product.kill();
      connection.disconnect();
      await world.close();
      await redis.close();
    },
  };
}

/** Looks until `find` gives something. @throws Error naming `what` after `limitMs` */
export async function until<T>(
  what: string,
  limitMs: number,
  find: () => Promise<T | undefined>,
): Promise<T> {
  const endAt = performance.now() + limitMs;
  while (performance.now() < endAt) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((again) => setTimeout(again, 100));
  }
  throw new Error(`${what}: not within ${Math.round(limitMs / 1_000)} s`);
}
