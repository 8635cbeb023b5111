import type { StepRecord } from '../../src/cluster/operation.ts';
import type { Plan } from '../../src/cluster/plan.ts';
import type { Wait } from '../../sandbox/waits.ts';
import { coveredMs } from '../stats.ts';

/** The waits of a thing. */
export type WaitsOf = (id: string) => readonly Wait[];

/** Finds the waits of things quickly, however many there are. */
export function waitsById(waits: readonly Wait[]): WaitsOf {
  const byId = new Map<string, Wait[]>();
  for (const wait of waits) {
    for (const id of wait.ids) {
      const known = byId.get(id);
      if (known) known.push(wait);
      else byId.set(id, [wait]);
    }
  }
  return (id) => byId.get(id) ?? [];
}

type Steps = Readonly<Record<string, StepRecord>>;

/** An operation's own waits in the cloud. */
export interface CriticalPath {
  /** Length of the longest chain of steps, each with nothing but the cloud's own waits, milliseconds. */
  readonly ms: number;
  /** The steps of that chain that waited, with their waits. */
  readonly chain: readonly { readonly step: string; readonly ms: number }[];
  /** Requests that tell, at the least, that all it waited for was over. */
  readonly reads: number;
  /** The cloud's own wait of each step, milliseconds. */
  readonly weights: ReadonlyMap<string, number>;
}

/**
 * Requests that tell at the least that a wait of a step is over; 1 where nothing is said. No one request tells of nodes
 * that they are in service and healthy (ESS DescribeScalingInstances, ALB GetListenerHealthStatus). An installation is
 * seen over SSH, and a command on a machine is counted with the commands.
 */
const READS: Readonly<Record<string, number>> = { nodes: 2, 'database-install': 0, 'cluster-ports': 0 };

/**
 * What no program could be faster than: each step weighs as much as the cloud itself waited for its resource from when
 * those before it were done to its own end, and the heaviest chain through the plan is the critical path. Time that a
 * step spends looking too late weighs nothing, and a wait that was over before its step could begin does not either, so
 * that the path is rather too short than too long.
 * @param members further ids that a step is about: the nodes of a scaling group
 */
export function criticalPath(
  plan: Plan,
  steps: Steps,
  waitsOf: WaitsOf,
  members: (id: string) => readonly string[],
): CriticalPath {
  const ends = new Map<string, { ms: number; chain: { step: string; ms: number }[] }>();
  const weights = new Map(plan.steps.map((step) => [step.id, weightOf(step.id)]));

  function waitsIn(id: string): readonly (readonly [from: number, to: number, isOver: boolean])[] {
    const record = steps[id];
    if (record?.startedAt === undefined || record.endedAt === undefined) return [];
    const { startedAt, endedAt } = record;
    const before = (plan.steps.find((step) => step.id === id)?.after ?? []).map((one) => steps[one]?.endedAt);
    // A step that is known to be refused for a while begins later by itself.
    const readyAt = Math.max(...before.map((at) => at ?? startedAt));
    const from = before.length === 0 ? startedAt : Math.min(startedAt, readyAt);
    const about = idsOf(plan, steps, id).flatMap((one) => [one, ...members(one)]);
    return [...new Set(about)].flatMap(waitsOf).map(({ from: begun, to = Infinity }) => {
      return [Math.max(begun, from), Math.min(to, endedAt), to <= endedAt] as const;
    });
  }
  function weightOf(id: string): number {
    return coveredMs(waitsIn(id));
  }
  function readsOf({ id, kind }: Plan['steps'][number]): number {
    return waitsIn(id).some(([begun, to, isOver]) => isOver && to > begun) ? (READS[kind] ?? 1) : 0;
  }
  function endOf(id: string): { ms: number; chain: { step: string; ms: number }[] } {
    const known = ends.get(id);
    if (known) return known;
    const before = (plan.steps.find((step) => step.id === id)?.after ?? []).map(endOf);
    const latest = before.toSorted((a, b) => b.ms - a.ms)[0] ?? { ms: 0, chain: [] };
    const ms = weights.get(id) ?? 0;
    const end = {
      ms: latest.ms + ms,
      chain: ms > 0 ? [...latest.chain, { step: id, ms }] : latest.chain,
    };
    ends.set(id, end);
    return end;
  }
  const last = plan.steps.map((step) => endOf(step.id)).toSorted((a, b) => b.ms - a.ms)[0];
  return {
    ms: last?.ms ?? 0,
    chain: last?.chain ?? [],
    reads: plan.steps.reduce((total, step) => total + readsOf(step), 0),
    weights,
  };
}

/** Ids in the cloud that a step is about: what it made or removes; for a check, what the steps before it made. */
function idsOf(plan: Plan, steps: Steps, id: string): readonly string[] {
  const step = plan.steps.find((one) => one.id === id);
  if (!step) return [];
  if (step.kind === 'nothing-left') return plan.steps.flatMap((one) => one.target ?? []);
  if (step.action === 'remove') return step.target === undefined ? [] : [step.target];
  const isTask = ['nodes', 'database-install', 'cluster-ports'].includes(step.kind);
  const of = isTask ? [id, ...step.after] : [id];
  // Nodes are told together.
  return of.flatMap((one) => Object.values(steps[one]?.output ?? {}).flatMap((value) => value.split(',')));
}
