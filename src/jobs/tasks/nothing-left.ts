import { clusterTags } from '../../cluster/names.ts';
import { NOTHING_LEFT } from '../../cluster/plan.ts';
import { observeAll, ROLLED_BACK } from '../planning/planner.ts';
import { task } from '../resource.ts';
import type { StepContext, StepKind, Task } from '../resource.ts';
import { isOurs } from '../resources/tagged.ts';

/** How long remains may linger after their removal was accepted (network interfaces vanish late), unscaled. */
const LINGER_MS = 5_000;

/**
 * The last step of a removal: looks for everything with the cluster's tags once more, nodes of the scaling groups
 * included, and is done when there is nothing. A kind of which a removal has seen the last one gone needs no other look.
 * Then the cluster's secrets are forgotten.
 */
export function nothingLeft(kinds: () => readonly StepKind[]): Task {
  return task({
    kind: NOTHING_LEFT,
    actions: ['ecs:DescribeInstances'],
    typicalSeconds: 5,
    deadlineSeconds: 900,
    parts: () => [],
    async visit(ctx: StepContext) {
      const open = kinds().filter((kind) => !isGone(ctx, kind));
      const [observed, instances] = await Promise.all([
        observeAll(open, { ...ctx, shallow: true, tags: undefined }),
        ctx.region.ecs.listInstances({ tags: clusterTags(ctx.cluster) }),
      ]);
      const left = [
        ...[...observed.values()]
          .flat()
          .filter((found) => found.ours)
          .map((found) => `${found.part} ${found.id}`),
        ...instances
          .filter((instance) => isOurs(instance.tags, ctx.cluster))
          .map((instance) => `instance ${instance.instanceId}`),
      ];
      if (left.length > 0)
        return { againMs: LINGER_MS, why: `still there: ${left.slice(0, 5).join(', ')}`, phase: 'gone' };
      await ctx.secrets.forget(ctx.cluster, { operation: ctx.operationId, state: 'running' });
      return { done: true };
    },
  });
}

/**
 * The last one was seen gone, or that of the kind that it lies in: the cloud keeps what something lies in. Or all that
 * there were have been removed, and the cloud has said so.
 */
function isGone(ctx: StepContext, kind: StepKind): boolean {
  if (ctx.isNoneLeft(kind.kind)) return true;
  if (kind.type !== 'resource') return false;
  const { liesIn, goneByAnswer } = kind;
  if (goneByAnswer === true && (ctx.removes?.(kind.kind) ?? []).length > 0) return true;
  return liesIn !== undefined && ctx.isNoneLeft(liesIn);
}

/**
 * The last step of a roll back that leaves a cluster standing: done when nothing carries the tag of the operation that is
 * rolled back. The step's part is that operation.
 */
export function rolledBack(kinds: () => readonly StepKind[]): Task {
  return task({
    kind: ROLLED_BACK,
    actions: [],
    typicalSeconds: 5,
    deadlineSeconds: 900,
    parts: () => [],
    async visit(ctx: StepContext) {
      const left = [...(await observeAll(kinds(), { ...ctx, shallow: true, tags: undefined })).values()]
        .flat()
        .filter((found) => found.ours && found.operationId === ctx.part)
        .map((found) => `${found.part} ${found.id}`);
      if (left.length > 0)
        return { againMs: LINGER_MS, why: `still there: ${left.slice(0, 5).join(', ')}`, phase: 'gone' };
      return { done: true };
    },
  });
}
