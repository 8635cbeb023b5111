import type { ScalingInstance } from '../../../cloud/ess/activities.ts';
import type { ScalingGroup } from '../../../cloud/ess/group-view.ts';
import type { Role } from '../../../cluster/names.ts';
import { isInService } from '../../../cluster/lifecycle.ts';
import { patienceMs, VISIBLE_LATE_MS } from '../../patience.ts';
import type { StepContext, VisitResult } from '../../resource.ts';
import { ResourceBroken } from '../../resource-errors.ts';
import { readNumbers } from './read-group.ts';
import type { GroupFacts } from './read-group.ts';

/**
 * What a step waits for: one wait, from the change of the group until all its nodes serve, or those too many are gone:
 * how long either takes is learned. It begins with the step of the group, however much later this one does.
 */
export function stillStarting(ctx: StepContext, role: Role, why: string) {
  const phase = isLowered(ctx, role) ? 'leaving' : 'serving';
  return { againMs: 5_000, why, phase, since: ctx.endOf(`scaling-group-${role}`) } satisfies VisitResult;
}

/** The operation asked for fewer nodes than were there; one that leaves their numbers alone never does. */
export function isLowered(ctx: Pick<StepContext, 'recorded' | 'spec' | 'keepsNumbers'>, role: Role): boolean {
  if (ctx.keepsNumbers === true) return false;
  return Number(ctx.recorded(`scaling-group-${role}`)?.['active']) > ctx.spec[role].desired;
}

/**
 * The same of nodes that are all in service: what is left may be over at any moment. As long as some are known to be
 * missing in the cluster's own list, that list alone is read.
 */
export function stillJoining(ctx: StepContext, role: Role, why: string): VisitResult {
  const isCheap = (ctx.memory[OUTSIDE] ?? '') !== '';
  return { ...stillStarting(ctx, role, why), leastMs: 0, isCheap };
}

/** Members of a group and what must be known of it. */
export interface Members {
  readonly numbers: GroupFacts;
  readonly members: readonly ScalingInstance[];
}

/** Members of the group, or when to look again where it is too early to ask for them. */
export async function membersOf(ctx: StepContext, role: Role): Promise<Members | VisitResult> {
  return (await likelyMembers(ctx, role)) ?? startedMembers(ctx, role);
}

/** The nodes of the group, once as many are in service as it wants, and now and then before that. */
async function startedMembers(ctx: StepContext, role: Role): Promise<Members | VisitResult> {
  const numbers = await numbersOf(ctx, role);
  if (!numbers && isJustMade(ctx, role))
    return {
      ...stillStarting(ctx, role, `${role}: the scaling group is not to be seen yet`),
      typicalMs: IN_SERVICE_MS,
    };
  // Whoever removes it does not bring it back, and what fails meanwhile is no reason.
  if (!numbers || numbers.lifecycleState === 'Deleting')
    throw new ResourceBroken(groupGone(ctx.cluster, role));
  if (isStarting(ctx, numbers))
    return { ...stillStarting(ctx, role, startingWords(role, numbers)), typicalMs: IN_SERVICE_MS };
  return { numbers, members: await ctx.region.ess.listInstances(numbers.scalingGroupId) };
}

/** The step before has ended a moment ago, and this visit comes early: after one that died, or by a clock that is ahead. */
function isJustMade(ctx: StepContext, role: Role): boolean {
  const madeAt = ctx.endOf(`scaling-group-${role}`);
  return madeAt !== undefined && ctx.now() < madeAt + patienceMs(VISIBLE_LATE_MS, ctx.timeScale, 1_000);
}

/** Numbers of the group: from the list of all clusters that others read too, where that shows it. */
export async function numbersOf(ctx: StepContext, role: Role): Promise<ScalingGroup | undefined> {
  return (await readNumbers(ctx, role)) ?? (ctx.tags && readNumbers({ ...ctx, tags: undefined }, role));
}

/** Under this key: addresses of nodes that were all in service, and of which some had not joined the cluster. */
export const OUTSIDE = 'outside';

/**
 * When the nodes are likely to serve they are asked themselves, and not first how many they are, which a list of all
 * clusters' groups would tell as well but not instead. Only where as many are in service as were asked for: what it
 * means that some are missing, the group tells.
 */
async function likelyMembers(ctx: StepContext, role: Role): Promise<Members | undefined> {
  const group = ctx.recorded(`scaling-group-${role}`);
  const scalingGroupId = group?.['scalingGroupId'];
  const isLikely = ctx.isLikely || (ctx.memory[OUTSIDE] ?? '') !== '';
  if (!isLikely || scalingGroupId === undefined) return undefined;
  const { min, max, desired } = ctx.spec[role];
  const members = await ctx.region.ess.listInstances(scalingGroupId);
  if (members.filter((one) => isInService(one.lifecycleState)).length < desired) return undefined;
  const numbers = {
    scalingGroupId,
    lifecycleState: 'Active',
    minSize: min,
    maxSize: max,
    desiredCapacity: desired,
    totalCapacity: members.length,
    serverGroupIds: (group?.['serverGroupIds'] ?? '').split(',').filter(Boolean),
  };
  return { numbers, members };
}

/** So long nodes usually take until they are in service: before that there is little to be seen. */
export const IN_SERVICE_MS = 60_000;

export const LOOKED_AT = 'lookedAt';
/** While nodes start, how each does is looked at this often only, unscaled: their number tells when they are there. */
const EACH_MS = 60_000;
/** The same while all are in service and are joining the cluster, which its own list tells. */
export const EACH_JOINING_MS = 90_000;

export function isEachDue(ctx: StepContext, everyMs: number = EACH_MS): boolean {
  const lookedAt = Number(ctx.memory[LOOKED_AT] ?? ctx.startedAt);
  return ctx.now() >= lookedAt + patienceMs(everyMs, ctx.timeScale, 1_000);
}

/** Not all nodes are in service and none is missing: nothing that each node could tell matters yet. */
function isStarting(ctx: StepContext, group: ScalingGroup): boolean {
  const desired = group.desiredCapacity ?? group.minSize;
  return group.activeCapacity < desired && !isEachDue(ctx);
}

function startingWords(role: Role, group: ScalingGroup): string {
  const desired = group.desiredCapacity ?? group.minSize;
  const starting = group.pendingCapacity > 0 ? `, ${group.pendingCapacity} starting` : '';
  return `${role}: ${group.activeCapacity} of ${desired} nodes are in service${starting}`;
}

function groupGone(cluster: string, role: Role) {
  return {
    code: 'missing_part',
    message: `The ${role} scaling group of cluster ${cluster} is not there any more.`,
    hint: `Somebody removed it meanwhile: \`/ams repair ${cluster}\` plans what is missing. Retry does not make it again.`,
  };
}
