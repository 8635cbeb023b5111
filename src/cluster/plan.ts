import { createHash } from 'node:crypto';

export type StepAction = 'create' | 'update' | 'remove' | 'check';

/** One step of a plan: one BullMQ job, one change (or one check) of one part of the cluster. */
export interface PlanStep {
  /** Unique in the plan, of `a-z0-9-`: the part's id (`listener-443`), or `remove-<part>-<n>`. */
  readonly id: string;
  /** The kind of resource or task that carries it out (`listener`). */
  readonly kind: string;
  readonly part: string;
  readonly action: StepAction;
  /** Steps that must be done before this one starts. */
  readonly after: readonly string[];
  /** What a person reads: `Load balancer live-eu-load-balancer, Standard, in eu-central-1a and -1b`. */
  readonly title: string;
  /** For an update: what changes, one sentence each. */
  readonly changes: readonly string[];
  /** Nothing but numbers of a scaling group changes: nothing else of it is compared or touched. */
  readonly numbersOnly?: true;
  /** For a removal: the id in the cloud of what was seen and goes. */
  readonly target?: string;
  /** Typical duration, for an honest estimate; no promise, not part of the digest. */
  readonly typicalSeconds: number;
}

export interface CostLine {
  readonly what: string;
  readonly count: number;
  /** For all of `count` together; undefined when the price could not be learned. */
  readonly perHour: number | undefined;
}

export interface Cost {
  readonly currency: string;
  readonly lines: readonly CostLine[];
  readonly notIncluded: readonly string[];
}

/** What an approver sees and the engine carries out. */
export interface Plan {
  readonly steps: readonly PlanStep[];
  readonly cost: Cost | undefined;
  /** What the approver should look at before pressing the button. */
  readonly risks: readonly string[];
  /** A create that carries on where one was lost: some of the cluster is there, so nothing is taken to be new. */
  readonly carriesOn?: boolean;
}

/** Kind of the step that proves that nothing of a cluster is left: the last one of a plan that removes all of it. */
export const NOTHING_LEFT = 'nothing-left';

/** Whether nothing of the cluster is left once the plan is carried out. */
export function removesCluster(plan: Plan | undefined): boolean {
  return plan?.steps.some((step) => step.kind === NOTHING_LEFT) ?? false;
}

/** Ids in the cloud of what a plan removes of a kind. */
export function removedIds(plan: Pick<Plan, 'steps'> | undefined, kind: string): readonly string[] {
  const removals = plan?.steps.filter((step) => step.action === 'remove' && step.kind === kind) ?? [];
  return removals.flatMap(({ target }) => (target === undefined ? [] : [target]));
}

/**
 * The digest that an approval is bound to: the same wish and the same steps give the same digest. Prices, risks and
 * durations may move without changing what will be done, so they are left out.
 */
export function planDigest(wish: unknown, plan: Pick<Plan, 'steps'>): string {
  const steps = plan.steps.map(({ id, kind, part, action, after, changes, target }) => ({
    id,
    kind,
    part,
    action,
    after: after.toSorted(),
    changes,
    target,
  }));
  return createHash('sha256').update(canonical({ wish, steps })).digest('hex');
}

/** JSON with keys in order, so that equal values give equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Seconds of the longest chain of typical durations: the honest estimate for a plan nobody slows down. */
export function criticalPathSeconds(steps: readonly PlanStep[]): number {
  return Math.max(0, ...endsOf(steps).values());
}

/** By step, how many seconds later than possible it may begin without delaying the end, going by typical durations. */
export function slackSeconds(steps: readonly PlanStep[]): ReadonlyMap<string, number> {
  const ends = endsOf(steps);
  const last = Math.max(0, ...ends.values());
  const latest = new Map<string, number>();
  const latestEnd = (id: string): number => {
    const known = latest.get(id);
    if (known !== undefined) return known;
    const next = steps.filter(({ after }) => after.includes(id));
    const end = Math.min(last, ...next.map((one) => latestEnd(one.id) - one.typicalSeconds));
    latest.set(id, end);
    return end;
  };
  return new Map(steps.map(({ id }) => [id, latestEnd(id) - (ends.get(id) ?? 0)]));
}

/** By step, when it ends at the earliest, in seconds from the beginning. */
function endsOf(steps: readonly PlanStep[]): ReadonlyMap<string, number> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const ends = new Map<string, number>();
  const endOf = (id: string): number => {
    const known = ends.get(id);
    if (known !== undefined) return known;
    const step = byId.get(id);
    if (!step) return 0;
    const end = Math.max(0, ...step.after.map(endOf)) + step.typicalSeconds;
    ends.set(id, end);
    return end;
  };
  for (const { id } of steps) endOf(id);
  return ends;
}

/** What differs between two plans, in words, for "this changed since you saw it". */
export function planDifferences(before: Plan, after: Plan): readonly string[] {
  const old = new Map(before.steps.map((step) => [step.id, step]));
  const words: string[] = [];
  for (const step of after.steps) {
    const was = old.get(step.id);
    old.delete(step.id);
    if (!was) words.push(`New: ${step.title}`);
    else if (was.action !== step.action || was.target !== step.target || was.title !== step.title)
      words.push(`Was "${was.title}", now "${step.title}"`);
    else if (canonical(was.changes) !== canonical(step.changes))
      words.push(`${step.title}: ${step.changes.join(' ')}`);
  }
  for (const gone of old.values()) words.push(`No longer needed: ${gone.title}`);
  return words;
}
