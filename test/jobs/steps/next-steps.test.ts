import { expect, it } from 'vitest';
import type { Operation, StepRecord } from '../../../src/cluster/operation.ts';
import type { PlanStep } from '../../../src/cluster/plan.ts';
import { Engine } from '../../../src/jobs/engine.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { LearnedWaits } from '../../../src/jobs/steps/learned-waits.ts';
import type { Log } from '../../../src/jobs/log.ts';
import { queueNext, refusedSince } from '../../../src/jobs/steps/next-steps.ts';
import { Pacing } from '../../../src/jobs/steps/pacing.ts';
import { Queues, stepJobId } from '../../../src/jobs/queues.ts';
import type { Tools } from '../../../src/jobs/steps/step-context.ts';
import { Store } from '../../../src/jobs/store/store.ts';
import type { StepVisit } from '../../../src/jobs/store/visits.ts';
import { kindsByName } from '../../../src/jobs/kinds.ts';
import { planStep } from '../../support/plan-step.ts';
import { ownRedis } from '../../support/own-redis.ts';

const REGION = 'eu-central-1';
const SCALE = 0.5;
const kinds = kindsByName();

function removal(kind: string, after: readonly string[]): PlanStep {
  return planStep(`remove-${kind}`, { kind, part: kind, action: 'remove', after, target: `${kind}-1` });
}

const group = removal('scaling-group', []);
const firewall = removal('security-group', [group.id]);
const template = removal('launch-template', [group.id]);
const network = removal('vpc', [firewall.id]);
const operation = {
  id: 'op-1',
  run: 1,
  wish: { kind: 'destroy' },
  plan: { steps: [group, firewall, template, network], cost: undefined, risks: [] },
} as unknown as Operation;

function visitorOf(step: PlanStep, records: Readonly<Record<string, Partial<StepRecord>>> = {}): StepVisit {
  return { operation, step, other: (id: string) => records[id] } as unknown as StepVisit;
}

const own = ownRedis();

it('removes later what was refused before right after what it had to wait for', async () => {
  const keys = new Keys('next');
  const queues = new Queues(own.redis, keys, () => undefined);
  const learned = new LearnedWaits(own.redis, keys);
  const pacing = new Pacing({ learned, timeScale: SCALE, now: Date.now });
  const log = undefined as unknown as Log;
  const engine = new Engine({
    store: new Store(own.redis, keys),
    queues,
    outbox: { touch: async () => undefined },
    log,
    timeScale: SCALE,
    now: Date.now,
  });
  const parts = { engine, pacing, log, tools: { kinds } as unknown as Tools };
  const delays = async (steps: readonly PlanStep[]) => {
    await queueNext(
      parts,
      visitorOf(group),
      REGION,
      steps.map((one) => one.id),
    );
    const jobs = steps.map((one) =>
      queues.steps.getJob(stepJobId({ operation: 'op-1', step: one.id, run: 1 })),
    );
    const found = (await Promise.all(jobs)).map((job) => job?.delay);
    await queues.steps.obliterate({ force: true });
    return found;
  };

  // Nothing learned: 4 s as its kind says.
  expect(await delays([firewall, template])).toEqual([2_000, 0]);
  const kind = 'destroy.security-group.remove.refused-in-use';
  await learned.add(REGION, kind, { lasted: 100, over: 4_000 });
  expect(await delays([firewall, template])).toEqual([4_000 * SCALE, 0]);
  // Somebody's own instance held it for twenty minutes: that says nothing of the next.
  await learned.add(REGION, kind, { lasted: 1_190_000, over: 1_200_000 });
  expect(await delays([firewall])).toEqual([4_000 * SCALE]);
  // Not after something else.
  expect(await delays([network])).toEqual([0]);
  await queues.close();
});

it('tries again within seconds, however long such a refusal once lasted', async () => {
  const learned = new LearnedWaits(own.redis, new Keys('refused'));
  const pacing = new Pacing({ learned, timeScale: SCALE, now: Date.now });
  const kind = 'destroy.security-group.remove.refused-in-use';
  await learned.add(REGION, kind, { lasted: 1_190_000, over: 1_200_000 });
  const visit = { kind, lookedAt: Date.now(), usualMs: 3_000 };

  const { ms } = await pacing.pause(REGION, { state: 'running' }, visit);

  expect(ms).toBeLessThanOrEqual(20_000 * SCALE);
});

it('counts a refusal from the end of what the removal had to wait for, where that was a moment ago', () => {
  const records = { [group.id]: { endedAt: 5_000 }, [firewall.id]: { endedAt: 9_000 } };
  const at = (now: number) => ({ now: () => now, timeScale: SCALE });
  const kindOf = (step: PlanStep) => {
    const kind = kinds.get(step.kind);
    if (!kind) throw new Error('no such kind');
    return kind;
  };

  const since = (step: PlanStep, phase: string, now: number) =>
    refusedSince(at(now), kindOf(step), visitorOf(step, records), phase);

  expect(since(firewall, 'refused-in-use', 6_000)).toBe(5_000);
  expect(since(network, 'refused-in-use', 10_000)).toBe(9_000);
  expect(since(group, 'refused-in-use', 10_000)).toBeUndefined();
  // Something else holds it, or somebody pressed Retry.
  expect(since(firewall, 'refused-in-use', 3_600_000)).toBeUndefined();
  expect(since(firewall, 'refused-busy', 6_000)).toBeUndefined();
});
