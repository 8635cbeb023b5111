import type { RedisClient } from '../../src/redis/connect.ts';
import { expect } from 'vitest';
import type { Operation } from '../../src/cluster/operation.ts';
import type { PlanStep } from '../../src/cluster/plan.ts';
import { Settings } from '../../src/cluster/settings.ts';
import { createCloud } from '../../src/cloud/cloud.ts';
import type { Cloud } from '../../src/cloud/cloud.ts';
import { parseConnectTo } from '../../src/cloud/connect-to.ts';
import { KeptSessions } from '../../src/cloud/ssh/kept-sessions.ts';
import { AskRunner } from '../../src/jobs/asks/ask-runner.ts';
import type { AskParts } from '../../src/jobs/asks/parts.ts';
import { createDesk } from '../../src/jobs/create-desk.ts';
import type { Desk } from '../../src/jobs/desk.ts';
import { Engine } from '../../src/jobs/engine.ts';
import { Looks } from '../../src/jobs/steps/looks.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { LearnedWaits } from '../../src/jobs/steps/learned-waits.ts';
import { Queues } from '../../src/jobs/queues.ts';
import { task } from '../../src/jobs/resource.ts';
import { Retention } from '../../src/jobs/store/retention.ts';
import { Secrets } from '../../src/jobs/store/secrets.ts';
import { StepRunner } from '../../src/jobs/steps/step-runner.ts';
import type { Tools } from '../../src/jobs/steps/step-context.ts';
import { Store } from '../../src/jobs/store/store.ts';
import { startWorker } from '../../src/jobs/worker.ts';
import type { RunningWorker } from '../../src/jobs/worker.ts';
import { planStep } from './plan-step.ts';
import { silentLog } from './silent-log.ts';
import { Things } from './things.ts';

let count = 0;

export interface Bench {
  readonly things: Things;
  readonly store: Store;
  readonly desk: Desk;
  readonly engine: Engine;
  readonly queues: Queues;
  readonly keys: Keys;
  readonly learned: LearnedWaits;
  readonly looks: Looks;
  /** What the jobs of the queue `asks` work with. */
  readonly asks: AskParts;
  readonly touched: string[];
  work(): Promise<void>;
  rest(): Promise<void>;
  begin(steps: readonly PlanStep[]): Promise<string>;
  state(id: string, wanted: Operation['state']): Promise<Operation>;
  close(): Promise<void>;
}

export interface BenchOptions {
  /** Default: one that cannot be reached. */
  readonly cloud?: Cloud;
  /** The clock by which looks are put off; default: `performance.now()`. */
  readonly looksNow?: () => number;
}

/** An engine with a Redis namespace of its own, kinds made for tests, and a worker once `work` was called. */
export function openBench(redis: RedisClient, options: BenchOptions = {}): Bench {
  const things = new Things();
  const keys = new Keys(`engine-${(count += 1)}`);
  const connection = redis;
  const queues = new Queues(connection, keys, () => undefined);
  const store = new Store(redis, keys);
  const touched: string[] = [];
  const outbox = { touch: async (...keys: readonly string[]) => void touched.push(...keys) };
  const timeScale = 0.01;
  const engine = new Engine({ store, queues, outbox, log: silentLog, timeScale, now: Date.now });
  const secrets = new Secrets(redis, keys, 'a key for tests only');
  const secondLook = task({
    kind: 'look',
    actions: [],
    typicalSeconds: 1,
    deadlineSeconds: 60,
    parts: () => [],
    visit: async (ctx) => ({ done: true, output: await ctx.output('a') }),
  });
  const kinds = new Map([things.kind(), secondLook].map((kind) => [kind.kind, kind]));
  const settings = Settings.parse({});
  const cloud =
    options.cloud ??
    createCloud({
      endpoint: 'http://127.0.0.1:9',
      credentials: { accessKeyId: 'k', accessKeySecret: 's' },
    });
  const looks = new Looks(timeScale, options.looksNow);
  const tools: Tools = {
    cloud,
    settings,
    secrets,
    connect: parseConnectTo(''),
    sessions: new KeptSessions(),
    timeScale,
    now: Date.now,
    kinds,
    looks,
  };
  const learned = new LearnedWaits(redis, keys);
  const asks: AskParts = {
    store,
    engine,
    queues,
    outbox,
    retention: new Retention({ redis: redis, keys, store, keepDays: 90, now: Date.now }),
    tools,
    log: silentLog,
    random: Math.random,
  };
  let worker: RunningWorker | undefined;
  return {
    things,
    store,
    engine,
    queues,
    keys,
    learned,
    looks,
    asks,
    touched,
    desk: createDesk({ store, queues, engine, secrets, redis: redis, keys, now: Date.now }),
    async work() {
      const started = startWorker({
        connection,
        keys,
        queues,
        steps: new StepRunner({ store, engine, tools, log: silentLog, random: Math.random, learned }),
        asks: new AskRunner(asks),
        log: silentLog,
        timeScale,
      });
      worker = started;
      await started.started;
    },
    async rest() {
      await worker?.close(5_000);
      worker = undefined;
    },
    async begin(steps) {
      const operation = running(steps);
      await store.add(operation, { event: 'requested' });
      await engine.advance(operation.id);
      return operation.id;
    },
    async state(id, wanted) {
      await expect.poll(async () => (await store.read(id))?.state, { timeout: 20_000 }).toBe(wanted);
      return (await store.read(id)) as Operation;
    },
    async close() {
      await worker?.close(5_000);
      await queues.close();
    },
  };
}

/** An operation under way, with these steps. */
export function running(steps: readonly PlanStep[]): Operation {
  return {
    id: `op-${count}`,
    cluster: `cluster-${count}`,
    regionId: 'eu-central-1',
    wish: { kind: 'create', options: {} },
    state: 'running',
    requester: { user: 'U1', channel: 'C1', text: 'create' },
    policy: { approvers: ['U2'], quorum: 1, selfApproval: false, expiresAfterMs: 60_000 },
    // The kinds of this test ask nothing of the spec; that it is there is what the engine checks.
    spec: { name: 'c', regionId: 'eu-central-1' } as unknown as Operation['spec'],
    plan: { steps, cost: undefined, risks: [] },
    digest: 'd',
    decisions: [],
    createdAt: Date.now(),
    startedAt: Date.now(),
    run: 1,
    problems: [],
  };
}

/** A step that makes a thing, or looks at one. */
export function step(id: string, after: string[] = [], kind = 'thing'): PlanStep {
  return planStep(id, { kind, action: kind === 'thing' ? 'create' : 'check', after });
}
