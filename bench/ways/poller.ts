/*
 * Carries out planned operations with the product's own resources, but as others do: so many steps at a time, each
 * looked at every so many seconds with reads of its own. Nothing is learned or shared.
 */
import { setMaxListeners } from 'node:events';
import { createInterface } from 'node:readline';
import { createCloud } from '../../src/cloud/cloud.ts';
import { parseConnectTo } from '../../src/cloud/connect-to.ts';
import { KeptSessions } from '../../src/cloud/ssh/kept-sessions.ts';
import type { Operation, StepRecord } from '../../src/cluster/operation.ts';
import type { PlanStep } from '../../src/cluster/plan.ts';
import { loadConfig } from '../../src/config/config.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { kindsByName } from '../../src/jobs/kinds.ts';
import { Looks } from '../../src/jobs/steps/looks.ts';
import type { StepKind } from '../../src/jobs/resource.ts';
import { Secrets } from '../../src/jobs/store/secrets.ts';
import { stepContext } from '../../src/jobs/steps/step-context.ts';
import type { Tools } from '../../src/jobs/steps/step-context.ts';
import { visitStep } from '../../src/jobs/steps/visit.ts';
import { patientRedis } from '../../src/redis/connect.ts';
import { cloudOptions } from '../../src/worker-role.ts';
import { median } from '../stats.ts';
import { WARM_UP } from './way.ts';
import type { Outcome, Task, Way } from './way.ts';
import { silentLog } from '../../test/support/silent-log.ts';

/** Nobody stops a visit here; a test flight listens to it with each of its requests. */
const never = new AbortController().signal;
setMaxListeners(Infinity, never);

const config = loadConfig(process.env, ['worker']);
const keys = new Keys(config.namespace);
const redis = patientRedis(config.redis);

const tools: Tools = {
  cloud: createCloud(cloudOptions(config)),
  settings: config.settings,
  secrets: new Secrets(redis, keys, config.secretKey),
  connect: parseConnectTo(config.cloud.connectTo),
  sessions: new KeptSessions(),
  timeScale: config.timeScale,
  now: Date.now,
  kinds: kindsByName(),
  looks: new Looks(config.timeScale),
};

/** Steps that are under way, and those that are over. */
type Records = Record<string, StepRecord>;

async function carryOut(operation: Operation, way: Way): Promise<number> {
  const startedAt = performance.now();
  const steps = operation.plan?.steps ?? [];
  const records: Records = {};
  const open = new Map<string, Promise<void>>();
  for (;;) {
    const ready = steps.filter(
      ({ id, after }) => records[id] === undefined && after.every((one) => records[one]?.state === 'done'),
    );
    for (const step of ready.slice(0, way.parallel - open.size)) {
      records[step.id] = { state: 'running', startedAt: Date.now() };
      open.set(
        step.id,
        follow(operation, step, records, way).finally(() => open.delete(step.id)),
      );
    }
    if (open.size === 0) return performance.now() - startedAt;
    await Promise.race(open.values());
  }
}

/** Looks at one step until it is done. */
async function follow(operation: Operation, step: PlanStep, records: Records, way: Way): Promise<void> {
  for (let nth = 1; ; nth += 1) {
    const againMs = await visit(operation, step, records, nth);
    if (againMs === undefined) return;
    const pauseMs = againMs === 0 ? 0 : way.everyMs * config.timeScale;
    await new Promise((again) => setTimeout(again, pauseMs));
  }
}

/** @returns undefined when the step is done; 0 when it goes on at once */
async function visit(
  operation: Operation,
  step: PlanStep,
  records: Records,
  nth: number,
): Promise<number | undefined> {
  const record = records[step.id] ?? { state: 'running' };
  const kind = tools.kinds.get(step.kind);
  if (!kind) throw new Error(`there is no kind ${step.kind}`);
  let { changedAt } = record;
  const gathered = { memory: { ...record.memory }, notes: [], outcome: {} };
  const ctx = stepContext({
    tools,
    visitor: {
      operation,
      step,
      fence: nth,
      record,
      begun: undefined,
      others: Object.keys(records).filter((id) => id !== step.id),
      other: (id) => records[id],
    },
    record,
    gathered,
    signal: never,
    log: silentLog,
    save: () => Promise.resolve(),
    early: nth === 1,
    tags: undefined,
  });
  const told = telling(kind, () => (changedAt = Date.now()));
  const ending = await visitStep(told, step, ctx);
  const next = { ...record, memory: gathered.memory, ...(changedAt === undefined ? {} : { changedAt }) };
  if ('done' in ending) {
    const output = ending.output === undefined ? {} : { output: ending.output };
    records[step.id] = { ...next, state: 'done', ...output, endedAt: Date.now() };
    return undefined;
  }
  records[step.id] = next;
  return ending.againMs;
}

/** The same kind, which tells when it has made something. */
function telling(kind: StepKind, onMade: () => void): StepKind {
  if (kind.type === 'task') return kind;
  return {
    ...kind,
    async create(ctx) {
      const made = await kind.create(ctx);
      onMade();
      return made;
    },
  };
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const task = JSON.parse(String((await lines.next()).value)) as Task;
// What it comes to is no matter: it loads what a create takes.
await carryOut(task.warmUp, WARM_UP).catch((error: unknown) => {
  process.stderr.write(`the create before the measured ones: ${String(error)}\n`);
});
process.stdout.write('warm\n');
await lines.next();
const before = process.cpuUsage();
const walls = await Promise.all(task.operations.map((operation) => carryOut(operation, task.way)));
const { user, system } = process.cpuUsage(before);
const outcome: Outcome = { wallMs: median(walls), cpuMs: (user + system) / 1_000 };
redis.disconnect();
process.stdout.write(`${JSON.stringify(outcome)}\n`);
