import { ROLES } from '../../../cluster/names.ts';
import type { Role } from '../../../cluster/names.ts';
import { patienceMs } from '../../patience.ts';
import type { StepContext, VisitResult } from '../../resource.ts';
import { isAsking } from './ask-nodes.ts';
import { readListedIps } from './listed.ts';
import { EACH_JOINING_MS, isEachDue, LOOKED_AT, OUTSIDE, stillJoining, stillStarting } from './members.ts';
import { readUnwell } from './read-group.ts';
import { listWasRead } from './unread-list.ts';

/** Reads the cluster's own node list, the first time. */
export type ReadListed = () => ReturnType<typeof readListedIps>;

/** The list is read once a visit, by whoever needs it first. */
export function listing(ctx: StepContext): ReadListed {
  let reading: ReturnType<typeof readListedIps> | undefined;
  return () => (reading ??= read(ctx));
}

async function read(ctx: StepContext): Promise<ReadonlySet<string> | undefined> {
  const listed = await readListedIps(ctx);
  if (listed !== undefined) await listWasRead(ctx);
  return listed;
}

/**
 * What tells by a look or two that nodes do not serve yet, so that nobody else needs to be asked.
 * @returns nothing where everything has to be looked at
 */
export async function notYet(
  ctx: StepContext,
  role: Role,
  readListed: ReadListed,
): Promise<VisitResult | undefined> {
  return (
    (await stillMissing(ctx, role, readListed)) ??
    (await stillOutside(ctx, role, readListed)) ??
    (await stillUnwell(ctx, role))
  );
}

/** A node of the other group may be missing just now: for so long the number of all is believed, unscaled. */
const MISSING_MS = 10_000;

/**
 * When the nodes are likely to serve, and the cluster's own list has fewer nodes than it shall have, nobody else needs to
 * be asked. Only where the other group stays as it is: else that one's nodes may be what the list lacks.
 */
async function stillMissing(
  ctx: StepContext,
  role: Role,
  readListed: ReadListed,
): Promise<VisitResult | undefined> {
  const isOtherBusy = ROLES.some((other) => other !== role && ctx.recorded(`scaling-group-${other}`));
  const lookedAt = Number(ctx.memory[LOOKED_AT] ?? ctx.now());
  if (!ctx.isLikely || isOtherBusy || ctx.now() - lookedAt > patienceMs(MISSING_MS, ctx.timeScale, 1_000))
    return undefined;
  const listed = await readListed();
  const wanted = ROLES.reduce((sum, each) => sum + ctx.spec[each].desired, 0);
  if (listed === undefined || listed.size >= wanted) return undefined;
  if (ctx.memory[LOOKED_AT] === undefined) await ctx.remember({ [LOOKED_AT]: lookedAt });
  return stillJoining(ctx, role, `${role}: ${listed.size} of the cluster's ${wanted} nodes have joined it`);
}

/**
 * As long as nodes in service are not in the cluster's own list, nobody else needs to be asked about them, unless they
 * were asked why.
 */
async function stillOutside(
  ctx: StepContext,
  role: Role,
  readListed: ReadListed,
): Promise<VisitResult | undefined> {
  const ips = String(ctx.memory[OUTSIDE] ?? '')
    .split(',')
    .filter(Boolean);
  if (ips.length === 0 || isAsking(ctx) || isEachDue(ctx, EACH_JOINING_MS)) return undefined;
  const listed = await readListed();
  const outside = ips.filter((ip) => listed?.has(ip) === false);
  if (outside.length === 0) return undefined;
  const why = `${role}: ${ips.length - outside.length} of ${ips.length} nodes serve; ${outside[0]} has not joined the cluster yet`;
  return stillJoining(ctx, role, why);
}

/**
 * When the nodes are likely to serve, and the load balancer says that some do not, nothing else needs to be asked: one
 * call instead of two. Now and then all is looked at nevertheless.
 */
async function stillUnwell(ctx: StepContext, role: Role): Promise<VisitResult | undefined> {
  const [serverGroupId, other] = (ctx.recorded(`scaling-group-${role}`)?.['serverGroupIds'] ?? '').split(',');
  if (!ctx.isLikely || !serverGroupId || other !== undefined) return undefined;
  const isFirst = ctx.memory[LOOKED_AT] === undefined;
  if (!isFirst && isEachDue(ctx)) return undefined;
  const unwell = await readUnwell(ctx, role, serverGroupId);
  const [first] = unwell ?? [];
  if (first === undefined) return undefined;
  if (isFirst) await ctx.remember({ [LOOKED_AT]: ctx.now() });
  return stillStarting(ctx, role, `${role}: ${first} is not healthy behind the load balancer yet`);
}
