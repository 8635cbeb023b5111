import type { PlanStep } from '../../src/cluster/plan.ts';

/** A step of an operation that was carried out, with the cloud's own wait for it. */
export interface WaitedStep {
  readonly id: string;
  readonly after: readonly string[];
  /** Milliseconds of simulated time. */
  readonly waitMs: number;
}

export interface Way {
  /** Simulated milliseconds. */
  readonly wallMs: number;
  readonly reads: number;
}

/** Fixed polling as scripts and infrastructure tools do it. */
const POLL_MS = 5_000;

export function waitedSteps(
  steps: readonly PlanStep[],
  weights: ReadonlyMap<string, number>,
  timeScale: number,
): readonly WaitedStep[] {
  return steps.map(({ id, after }) => ({ id, after, waitMs: (weights.get(id) ?? 0) / timeScale }));
}

/**
 * What the same steps would take with fixed polling and `parallel` of them at a time, their requests taking no time at
 * all: each step is seen to be over at the first poll after its wait, and costs a read a poll.
 */
export function fixedPolling(steps: readonly WaitedStep[], parallel: number): Way {
  const polls = (step: WaitedStep): number => Math.max(1, Math.ceil(step.waitMs / POLL_MS));
  const endOf = new Map<string, number>();
  const lanes: number[] = Array.from({ length: parallel }, () => 0);
  const left = new Set(steps);
  while (left.size > 0) {
    const ready = [...left].filter((step) => step.after.every((id) => endOf.has(id)));
    const starts = ready.map((step) => ({
      step,
      at: Math.max(0, ...step.after.map((id) => endOf.get(id) ?? 0)),
    }));
    const first = starts.toSorted((a, b) => a.at - b.at)[0];
    if (!first) throw new Error('the steps wait for each other');
    const lane = lanes.indexOf(Math.min(...lanes));
    const begin = Math.max(first.at, lanes[lane] ?? 0);
    // What is ready at once is read once and needs no poll.
    const end = begin + (first.step.waitMs === 0 ? 0 : polls(first.step) * POLL_MS);
    lanes[lane] = end;
    endOf.set(first.step.id, end);
    left.delete(first.step);
  }
  return {
    wallMs: Math.max(...endOf.values()),
    reads: steps.reduce((sum, step) => sum + polls(step), 0),
  };
}
