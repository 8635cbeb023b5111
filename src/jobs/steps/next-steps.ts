import type { PlanStep } from '../../cluster/plan.ts';
import { sent } from '../../redis/sent.ts';
import type { Engine } from '../engine.ts';
import type { Log } from '../log.ts';
import { MOST_AHEAD_MS } from './pacing.ts';
import type { Pacing } from './pacing.ts';
import type { StepKind } from '../resource.ts';
import type { Tools } from './step-context.ts';
import { waitOf } from './step-verdict.ts';
import type { StepVisit } from '../store/visits.ts';

/** Phase of a removal that is refused since something uses what it removes (see `phaseOf`). */
const IN_USE = 'refused-in-use';

interface Parts {
  readonly engine: Engine;
  readonly tools: Tools;
  readonly pacing: Pacing;
  readonly log: Log;
}

/**
 * Queues steps that may start now that another has ended. What a removal sets free is free a little later than it is
 * gone (network interfaces outlive their instances): what that holds goes so much later, by what was learned of refusals.
 * Returns when all is on its way to Redis.
 */
export async function queueNext(
  { engine, tools, pacing, log }: Parts,
  { operation, step }: StepVisit,
  regionId: string,
  ready: readonly string[],
): Promise<void> {
  if (ready.length === 0) return;
  const steps = operation.plan?.steps.filter(({ id }) => ready.includes(id)) ?? [];
  const late = steps.filter((one) => isFreedBy(tools.kinds.get(one.kind), step));
  const soon = steps.filter((one) => !late.includes(one)).map(({ id }) => id);
  engine.queue(operation, soon).catch((error: unknown) => {
    log.warn({ operation: operation.id, steps: soon, error: String(error) }, 'steps wait for the sweep');
  });
  await Promise.all([
    sent(),
    ...late.map(async (one) => {
      const kind = tools.kinds.get(one.kind);
      const heldMs = kind?.type === 'resource' ? (kind.heldSeconds ?? 0) * 1_000 : 0;
      const aheadMs = await pacing.ahead(regionId, waitOf(operation, one, IN_USE), heldMs);
      await engine.queue(operation, [one.id], aheadMs);
    }),
  ]);
}

/**
 * Since when a removal has been refused: since the last of what it had to wait for was gone.
 * @returns undefined where it waited for nothing, or where that was too long ago to be the reason
 */
export function refusedSince(
  { now, timeScale }: Pick<Tools, 'now' | 'timeScale'>,
  kind: StepKind,
  { operation, step, other }: StepVisit,
  phase: string | undefined,
): number | undefined {
  if (step.action !== 'remove' || phase !== IN_USE) return undefined;
  const before = operation.plan?.steps.filter((one) => step.after.includes(one.id) && isFreedBy(kind, one));
  const ends = before?.map(({ id }) => other(id)?.endedAt ?? 0) ?? [];
  const freedAt = Math.max(0, ...ends);
  return now() - freedAt > MOST_AHEAD_MS * timeScale ? undefined : freedAt;
}

/** Whether a kind goes after what another step removes. */
function isFreedBy(kind: StepKind | undefined, { action, kind: other }: PlanStep): boolean {
  return action === 'remove' && kind?.type === 'resource' && kind.removeAfter?.includes(other) === true;
}
