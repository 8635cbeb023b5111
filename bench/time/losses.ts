import type { StepRecord } from '../../src/cluster/operation.ts';
import type { Plan } from '../../src/cluster/plan.ts';
import type { CriticalPath } from './critical-path.ts';

/** What one step of an operation's own longest chain took beyond the cloud's wait for it, milliseconds. */
export interface Loss {
  readonly step: string;
  /** From the end of those before it, or the approval, to its beginning. */
  readonly beforeMs: number;
  /** While it was under way; less than nothing where the cloud held it up before it began. */
  readonly duringMs: number;
}

/**
 * Where an ended operation's time went, from its last step back: at each step to the one that it waited for longest.
 * @param approvedAt milliseconds since 1970
 * @returns from the first step to the last
 */
export function losses(
  plan: Plan,
  steps: Readonly<Record<string, StepRecord>>,
  approvedAt: number,
  { weights }: CriticalPath,
): readonly Loss[] {
  const endOf = (id: string): number => steps[id]?.endedAt ?? 0;
  const latest = (ids: readonly string[]): string | undefined =>
    ids.toSorted((a, b) => endOf(b) - endOf(a))[0];
  const lost: Loss[] = [];
  let at = latest(plan.steps.map((step) => step.id));
  while (at !== undefined) {
    const step = at;
    const before = latest(plan.steps.find(({ id }) => id === step)?.after ?? []);
    const readyAt = before === undefined ? approvedAt : endOf(before);
    const beganAt = steps[step]?.startedAt ?? readyAt;
    const duringMs = endOf(step) - beganAt - (weights.get(step) ?? 0);
    lost.push({ step, beforeMs: beganAt - readyAt, duringMs });
    at = before;
  }
  return lost.toReversed();
}

/** The losses of equal operations, each step's an operation, the greatest first. */
export function meanLosses(all: readonly (readonly Loss[])[]): readonly Loss[] {
  const sums = new Map<string, Loss>();
  for (const { step, beforeMs, duringMs } of all.flat()) {
    const known = sums.get(step) ?? { step, beforeMs: 0, duringMs: 0 };
    sums.set(step, {
      step,
      beforeMs: known.beforeMs + beforeMs / all.length,
      duringMs: known.duringMs + duringMs / all.length,
    });
  }
  const whole = (loss: Loss): number => loss.beforeMs + loss.duringMs;
  return [...sums.values()].toSorted((a, b) => whole(b) - whole(a));
}
