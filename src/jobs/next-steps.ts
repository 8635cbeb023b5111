import type { PlanStep } from '../cluster/plan.ts';
import type { Engine } from './engine.ts';
import type { Pacing } from './pacing.ts';
import type { StepKind } from './resource.ts';
import type { Tools } from './step-context.ts';
import { waitOf } from './step-verdict.ts';
import type { Visitor } from './visits.ts';

interface Parts {
  readonly engine: Engine;
  readonly tools: Tools;
  readonly pacing: Pacing;
}

/**
 * Queues steps that may start now that another has ended. What a removal sets free is free a little later than it is
 * gone (network interfaces outlive their instances): removals that were refused for that before come so much later.
 */
export async function queueNext(
  { engine, tools, pacing }: Parts,
  { operation, step }: Visitor,
  regionId: string,
  ready: readonly string[],
): Promise<void> {
  if (ready.length === 0) return;
  const steps = operation.plan?.steps.filter(({ id }) => ready.includes(id)) ?? [];
  const late = steps.filter((one) => isFreedBy(tools.kinds.get(one.kind), step));
  const soon = steps.filter((one) => !late.includes(one)).map(({ id }) => id);
  await Promise.all([
    engine.queue(operation, soon),
    ...late.map(async (one) => {
      const aheadMs = await pacing.ahead(regionId, waitOf(operation, one, 'refused-in-use'));
      await engine.queue(operation, [one.id], aheadMs);
    }),
  ]);
}

/** When the last of what a removal had to wait for was gone; undefined where that was nothing. */
export function freedAt(kind: StepKind, { operation, step, other }: Visitor): number | undefined {
  if (step.action !== 'remove') return undefined;
  const before = operation.plan?.steps.filter((one) => step.after.includes(one.id) && isFreedBy(kind, one));
  const ends = before?.map(({ id }) => other(id)?.endedAt ?? 0) ?? [];
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** Whether a kind goes after what another step removes. */
function isFreedBy(kind: StepKind | undefined, { action, kind: other }: PlanStep): boolean {
  return action === 'remove' && kind?.type === 'resource' && kind.removeAfter?.includes(other) === true;
}
