import type { Role } from '../../cluster/names.ts';
import type { PlanStep } from '../../cluster/plan.ts';

/** What an approver of a removal should know. */
export function removalRisks(steps: readonly PlanStep[], serves: boolean): readonly string[] {
  const risks = serves ? ['Everything that streams through this cluster stops at once.'] : [];
  if (steps.some((step) => step.action === 'remove' && step.kind === 'database'))
    risks.push('The database goes with its disk: users, settings and stream records cannot be brought back.');
  return risks;
}

/** What an approver of another number of nodes should know. @param added negative when nodes go */
export function scaleRisks(role: Role, added: number): readonly string[] {
  if (added >= 0) return [];
  return [
    role === 'origin'
      ? 'Publishers on the removed origin nodes are cut off and must reconnect.'
      : 'Players on the removed edge nodes are cut off and must reconnect.',
  ];
}
