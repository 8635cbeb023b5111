import { afterAll, beforeAll, beforeEach } from 'vitest';
import { startWorld } from '../../sandbox/world.ts';
import type { World } from '../../sandbox/world.ts';
import { createCloud } from '../../src/cloud/cloud.ts';
import type { Cloud } from '../../src/cloud/cloud.ts';
import { parseConnectTo } from '../../src/cloud/connect-to.ts';
import { KeptSessions } from '../../src/cloud/ssh/kept-sessions.ts';
import type { Operation, Wish } from '../../src/cluster/operation.ts';
import { loadConfig } from '../../src/config/config.ts';
import { kindsByName } from '../../src/jobs/kinds.ts';
import { prepare } from '../../src/jobs/planning/prepare.ts';
import type { Prepared } from '../../src/jobs/planning/prepared.ts';
import type { StepKind } from '../../src/jobs/resource.ts';
import { Looks } from '../../src/jobs/steps/looks.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { Secrets } from '../../src/jobs/store/secrets.ts';
import { Store } from '../../src/jobs/store/store.ts';
import { ownRedis } from './own-redis.ts';

export const HERE = 'eu-central-1';
export const CREATE = {
  kind: 'create',
  options: { mongoUri: 'mongodb://10.255.0.9:27017/', dns: 'print' },
} satisfies Wish;

/** What planning needs, with a real Redis and the simulated cloud, there for the tests of a file. */
interface PlanBench {
  readonly world: World;
  readonly cloud: Cloud;
  /** Empty at the beginning of each test. */
  readonly store: Store;
  readonly plan: (
    operation: Operation,
    settings?: Readonly<Record<string, unknown>>,
    tags?: Readonly<Record<string, string>>,
    kinds?: ReadonlyMap<string, StepKind>,
  ) => Promise<Prepared>;
}

export function planBench(): PlanBench {
  const own = ownRedis();
  let world: World;
  let cloud: Cloud;
  let store: Store;
  let count = 0;
  const keysNow = (): Keys => new Keys(`plan-bench-${(count += 1)}`);
  beforeAll(async () => {
    world = await startWorld({ timeScale: 0.002 });
    cloud = createCloud({
      endpoint: world.alibaba.url,
      credentials: { accessKeyId: 'sandbox-key-id', accessKeySecret: 'sandbox-key-secret' },
    });
  });
  afterAll(() => world.close());
  beforeEach(() => {
    store = new Store(own.redis, keysNow());
  });
  return {
    get world() {
      return world;
    },
    get cloud() {
      return cloud;
    },
    get store() {
      return store;
    },
    async plan(operation, settings = {}, tags, kinds = kindsByName()) {
      const environment = await world.environment({ redisUrl: own.server.url, settings });
      const tools = {
        cloud,
        settings: loadConfig(environment, ['worker']).settings,
        secrets: new Secrets(own.redis, keysNow(), 'a key for tests only'),
        connect: parseConnectTo(''),
        sessions: new KeptSessions(),
        timeScale: 0.002,
        now: Date.now,
        kinds,
        looks: new Looks(0.002),
      };
      return prepare(operation, { tools, store, signal: AbortSignal.timeout(30_000), tags });
    },
  };
}

/** An operation that was just asked for, of cluster `live` unless told. */
export function draft(wish: Wish, change: Partial<Operation> = {}): Operation {
  return {
    id: 'op-new',
    cluster: 'live',
    regionId: undefined,
    wish,
    state: 'draft',
    requester: { user: 'U1', channel: 'C1', text: '' },
    policy: { approvers: ['U2'], quorum: 1, selfApproval: false, expiresAfterMs: 60_000 },
    spec: undefined,
    plan: undefined,
    digest: undefined,
    decisions: [],
    createdAt: 2,
    run: 0,
    problems: [],
    ...change,
  };
}
