import type { Operation, StepRecord } from '../../cluster/operation.ts';
import type { PlanStep } from '../../cluster/plan.ts';
import type { Store } from '../store/store.ts';

/** Whether a step has left something behind, by its record. */
export type Leaves = (step: PlanStep, record: StepRecord) => boolean;

/** Steps that work on machines and in the panel: the cloud's own things stay as they are. */
const ON_MACHINES: ReadonlySet<string> = new Set(['database-install', 'admin']);

/** Whether a step has changed something in the cloud, by its record, which tells nothing of what got no answer. */
export function mayHaveChanged({ action, kind }: PlanStep, record: StepRecord): boolean {
  const { state, changing, changes = 0, changedAt } = record;
  if (changedAt !== undefined) return true;
  if (action === 'check' || ON_MACHINES.has(kind)) return false;
  return state === 'done' || changing === true || changes > 0;
}

/** Whether an operation has left something behind, by the records of its steps. */
export function hasLeft(
  { plan }: Operation,
  records: Readonly<Record<string, StepRecord>>,
  leaves: Leaves = mayHaveChanged,
): boolean {
  return (plan?.steps ?? []).some((step) => {
    const record = records[step.id];
    return record !== undefined && leaves(step, record);
  });
}

/**
 * Operations of the same cluster that came later. One that stopped before it left anything behind is shown as one
 * that never began: nothing builds on it.
 */
export async function operationsSince(
  store: Pick<Store, 'list' | 'steps'>,
  { cluster, createdAt }: Operation,
  leaves: Leaves = mayHaveChanged,
): Promise<readonly Operation[]> {
  const later = await store.list({ cluster, after: createdAt, limit: Infinity });
  return Promise.all(
    later.map(async (one) => {
      const isStopped = one.state === 'failed' || one.state === 'cancelled';
      if (!isStopped || hasLeft(one, await store.steps(one.id), leaves)) return one;
      const { startedAt: _began, ...rest } = one;
      return rest;
    }),
  );
}
