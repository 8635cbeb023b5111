import type { ScalingGroup } from '../../../cloud/ess/group-view.ts';
import { patienceMs } from '../../patience.ts';
import type { StepContext, VisitResult } from '../../resource.ts';
import { isLowered, numbersOf, stillStarting } from './members.ts';
import { serves } from './view.ts';
import type { GroupView } from './view.ts';

/** Auto Scaling compares a group with its desired number about once a minute: so long a surplus may stay, unscaled. */
const LEAVING_MS = 180_000;

/**
 * After its number was lowered a group keeps its nodes until Auto Scaling's next check. As long as more serve than the
 * group itself wants by now (a scaling rule may have raised that again), they are waited for. Protected nodes and a
 * suspended process hold them for good, so that the wait has an end; then people are told, and nothing has failed.
 * @returns undefined when there is nothing to wait for any more
 */
export async function stillLeaving(ctx: StepContext, view: GroupView): Promise<VisitResult | undefined> {
  const { role } = view;
  const serving = view.nodes.filter(serves).length;
  if (serving <= ctx.spec[role].desired || !isLowered(ctx, role)) return undefined;
  const group = await numbersOf(ctx, role);
  const wanted = group?.desiredCapacity;
  if (!group || wanted === undefined || serving <= wanted) return undefined;
  const since = Math.max(ctx.endOf(`scaling-group-${role}`) ?? 0, ctx.startedAt);
  if (ctx.now() < since + patienceMs(LEAVING_MS, ctx.timeScale))
    return stillStarting(ctx, role, `${role}: ${serving} nodes serve, ${wanted} are to stay`);
  ctx.tell({ notes: [surplusWords(view, serving, wanted, group)] });
  return undefined;
}

function surplusWords(view: GroupView, serving: number, wanted: number, group: ScalingGroup): string {
  const kept = view.nodes.filter((node) => node.lifecycle === 'Protected').map((node) => node.instanceId);
  const isSuspended = group.suspendedProcesses.some((one) => one.toLowerCase() === 'scalein');
  const reasons = [
    ...(isSuspended ? [`Its process ScaleIn is suspended: resume it in the Auto Scaling console.`] : []),
    ...(kept.length > 0
      ? [`Protected from scale-in: ${kept.join(', ')}; end that in the Auto Scaling console.`]
      : []),
  ];
  const why = reasons.length > 0 ? reasons.join(' ') : `Its activities in the Auto Scaling console tell why.`;
  const are = wanted === 1 ? 'is' : 'are';
  return `${view.role}: ${serving} nodes serve, ${wanted} ${are} wanted, and Auto Scaling has not taken the others away. ${why} (${group.scalingGroupId})`;
}
