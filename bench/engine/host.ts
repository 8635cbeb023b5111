import type { Operation } from '../../src/cluster/operation.ts';
import type { PlanStep } from '../../src/cluster/plan.ts';
import type { Cloud } from '../../src/cloud/cloud.ts';
import { KeptSessions } from '../../src/cloud/ssh/kept-sessions.ts';
import type { AskRunner } from '../../src/jobs/asks/ask-runner.ts';
import { Engine } from '../../src/jobs/engine.ts';
import { Looks } from '../../src/jobs/steps/looks.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { Outbox } from '../../src/jobs/outbox.ts';
import { Queues } from '../../src/jobs/queues.ts';
import { patientRedis } from '../../src/redis/connect.ts';
import { placeAt } from '../../test/support/redis-place.ts';
import { silentLog } from '../../test/support/silent-log.ts';
import { Secrets } from '../../src/jobs/store/secrets.ts';
import { StepRunner } from '../../src/jobs/steps/step-runner.ts';
import type { Tools } from '../../src/jobs/steps/step-context.ts';
import { Store } from '../../src/jobs/store/store.ts';
import { startWorker } from '../../src/jobs/worker.ts';
import type { StepContext, Task, VisitResult } from '../../src/jobs/resource.ts';

/** The product's own engine, queues and worker on a given Redis, with one kind of step that the bench decides about. */
export interface EngineHost {
  readonly store: Store;
  readonly engine: Engine;
  /** Adds a running operation with these steps; nothing starts before `engine.advance`. */
  add(id: string, steps: readonly PlanStep[]): Promise<void>;
  close(): Promise<void>;
}

const KIND = 'bench';

/** @param visit what a step does when it is visited; called where a real step would send its first API call */
export async function openEngine(
  redisUrl: string,
  visit: (ctx: StepContext) => Promise<VisitResult>,
  options: { readonly work: boolean } = { work: true },
): Promise<EngineHost> {
  const keys = new Keys('bench');
  const redis = patientRedis(placeAt(redisUrl));
  const onError = (error: Error): void => void process.stderr.write(`${error.message}\n`);
  const queues = new Queues(redis, keys, onError);
  const outbox = new Outbox({ connection: redis, keys, onError });
  const store = new Store(redis, keys);
  const step: Task = {
    type: 'task',
    kind: KIND,
    actions: [],
    typicalSeconds: 1,
    deadlineSeconds: 86_400,
    parts: () => [],
    visit,
  };
  const tools: Tools = {
    cloud: { in: () => ({}) } as unknown as Cloud,
    settings: { region: 'eu-central-1', deadlineMinutes: {} } as unknown as Tools['settings'],
    secrets: new Secrets(redis, keys, 'a key of the bench'),
    connect: () => undefined as never,
    sessions: new KeptSessions(),
    timeScale: 1,
    now: Date.now,
    kinds: new Map([[KIND, step]]),
    looks: new Looks(1),
  };
  const engine = new Engine({ store, queues, outbox, log: silentLog, timeScale: 1, now: Date.now });
  const worker = options.work
    ? startWorker({
        connection: redis,
        keys,
        queues,
        steps: new StepRunner({ store, engine, tools, log: silentLog, random: Math.random }),
        asks: { run: async () => undefined } as unknown as AskRunner,
        log: silentLog,
        timeScale: 1,
      })
    : undefined;
  await worker?.started;
  return {
    store,
    engine,
    async add(id, steps) {
      await store.add(operationOf(id, steps), { event: 'added' });
    },
    async close() {
      await worker?.close(1_000);
      await Promise.all([queues.close(), outbox.close()]);
      redis.disconnect();
    },
  };
}

/** `length` steps, each after the one before it. */
export function chainOf(length: number): readonly PlanStep[] {
  return Array.from({ length }, (_none, at) => stepOf(at, at === 0 ? [] : [at - 1]));
}

/** `length` steps of a cluster's shape: `width` of them side by side, each row after the row before it. */
export function rowsOf(length: number, width: number): readonly PlanStep[] {
  return Array.from({ length }, (_none, at) => {
    const row = Math.floor(at / width);
    const before = row === 0 ? [] : Array.from({ length: width }, (_other, nth) => (row - 1) * width + nth);
    return stepOf(at, before);
  });
}

function stepOf(at: number, after: readonly number[]): PlanStep {
  return {
    id: `bench-${at}`,
    kind: KIND,
    part: `bench-${at}`,
    action: 'check',
    after: after.map((one) => `bench-${one}`),
    title: `A step of the bench, with a title as long as those of real steps have: number ${at}`,
    changes: [],
    typicalSeconds: 1,
  };
}

function operationOf(id: string, steps: readonly PlanStep[]): Operation {
  const now = Date.now();
  return {
    id,
    cluster: id,
    regionId: 'eu-central-1',
    wish: { kind: 'destroy' },
    state: 'running',
    requester: { user: 'U0BENCH001', channel: 'C0BENCH001', text: 'bench' },
    policy: { approvers: [], quorum: 1, selfApproval: true, expiresAfterMs: 3_600_000 },
    spec: {} as unknown as NonNullable<Operation['spec']>,
    plan: { steps, cost: undefined, risks: [] },
    digest: '0'.repeat(64),
    decisions: [],
    createdAt: now,
    startedAt: now,
    run: 1,
    problems: [],
  };
}
