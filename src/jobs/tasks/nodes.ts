import type { ScalingInstance } from '../../cloud/ess/activities.ts';
import { AmsError } from '../../cluster/errors.ts';
import { isInService } from '../../cluster/lifecycle.ts';
import { ROLES } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import type { StepContext, VisitResult } from '../resource.ts';
import { task } from '../resource.ts';
import { inStockWords } from '../in-stock.ts';
import { patienceMs } from '../patience.ts';
import { ResourceBroken } from '../resource-errors.ts';
import { isAccessLost } from './database/host.ts';
import { expectDoor } from './flight/door.ts';
import { classifyTrouble, groupWords, serves } from './nodes/view.ts';
import type { GroupView, NodeView } from './nodes/view.ts';
import {
  IN_SERVICE_MS,
  LOOKED_AT,
  membersOf,
  OUTSIDE,
  stillJoining,
  stillStarting,
} from './nodes/members.ts';
import { readNodes } from './nodes/read-group.ts';
import { askNodes } from './nodes/ask-nodes.ts';
import { ALONE_HINT, diagnosisQuestion, diagnosisWords } from './nodes/diagnosis.ts';
import { editionIn, editionQuestion, isCommunity, WrongEdition } from './nodes/edition.ts';
import { listing, notYet } from './nodes/not-yet.ts';
import { saysJoined, stillWaits } from './nodes/still-waits.ts';
import { stillLeaving } from './nodes/surplus.ts';
import { whyUnread } from './nodes/unread-list.ts';

/**
 * How long a node that runs may stay out of the cluster's node list before it is asked why: boot, a slow database, a
 * first heartbeat. Shorter than its script may wait, so that people read early what it waits for.
 */
const JOIN_GRACE_MS = 240_000;

/** After so many questions without an answer a node is taken for one that has none. */
const MOST_SILENT = 3;

/** A node runs and serves pages, but alone: viewers sent to it would see nothing. */
class NodeStandsAlone extends AmsError {
  readonly code = 'node_standalone';

  constructor(node: NodeView, cause: string) {
    super(
      `Node ${node.instanceId} (${node.privateIp}) runs but did not join the cluster: it is standalone or cannot reach the database.${cause}`,
      { hint: ALONE_HINT },
    );
  }
}

/**
 * Waits until the desired nodes of a group really serve: in service in the scaling group, alive in the cluster's own
 * node list, healthy behind the load balancer. Healthy alone is not enough: a server on its own answers 200 too. Where
 * fewer are wanted than there were, the others must go.
 */
export const nodes = task({
  kind: 'nodes',
  actions: [
    'ess:DescribeScalingGroups',
    'ess:DescribeScalingInstances',
    'ess:DescribeScalingActivities',
    'ecs:DescribeInstances',
    'ecs:DescribeLaunchTemplates',
    'ecs:DescribeLaunchTemplateVersions',
    'ecs:RunCommand',
    'ecs:DescribeInvocationResults',
    'ecs:DescribeAvailableResource',
    'alb:ListListeners',
    'alb:ListServerGroupServers',
    'alb:GetListenerHealthStatus',
  ],
  typicalSeconds: 180,
  deadlineSeconds: 1_800,
  parts(spec) {
    return ROLES.map((role) => ({
      id: `nodes-${role}`,
      needs: [
        `scaling-group-${role}`,
        `server-group-${role}`,
        // Health is probed only for server groups that a listener uses.
        ...(role === 'origin' ? ['listener-80', 'listener-443'] : ['listener-5080', 'listener-5443']),
      ],
      title: `${spec[role].desired} ${role} node${spec[role].desired === 1 ? '' : 's'} in service, in the cluster and healthy`,
    }));
  },
  visit,
});

async function visit(ctx: StepContext): Promise<VisitResult> {
  const role: Role = ctx.part === 'nodes-edge' ? 'edge' : 'origin';
  if (await isJustAsked(ctx, role))
    return { ...stillStarting(ctx, role, `${role}: nodes are starting`), typicalMs: IN_SERVICE_MS };
  const readListed = listing(ctx);
  const waiting = await notYet(ctx, role, readListed);
  if (waiting) return waiting;
  const [group] = await Promise.all([
    membersOf(ctx, role),
    // Most likely it is needed next.
    ctx.isLikely ? readListed().catch(() => undefined) : undefined,
  ]);
  if (!('members' in group)) return group;
  const { numbers, members } = group;
  const [listed] = await Promise.all([readListed(), ctx.remember({ [LOOKED_AT]: ctx.now() })]);
  const isJoined = !members.some((one) => isOutside(one, listed));
  const view = await readNodes(ctx, role, numbers, listed, { members, isJoined, isStep: true });
  if (ctx.spec.database.source === 'instance' && listed === undefined && (await isWayLost(ctx))) {
    ctx.note(
      `The way to the database was lost with Redis, so nobody could look whether the nodes are in the cluster's own list; \`/ams repair ${ctx.cluster}\` makes it anew.`,
    );
  } else if (ctx.spec.database.source === 'instance' && listed === undefined) {
    // What is waited for may last still.
    return stillJoining(ctx, role, `${role}: ${await whyUnread(ctx)}`);
  }
  const serving = view.nodes.filter(serves);
  const settled = view.nodes.length === serving.length || serving.length > view.desired;
  if (serving.length >= view.desired && settled) {
    const leaving = await stillLeaving(ctx, view);
    if (leaving) return leaving;
    return {
      done: true,
      output: {
        nodes: String(serving.length),
        ids: serving.map((node) => node.instanceId).join(','),
        ips: serving.map((node) => node.privateIp).join(','),
      },
    };
  }
  await checkTrouble(ctx, view);
  const asked = await checkJoined(ctx, view);
  if (asked) return asked;
  await rememberOutside(ctx, view);
  const isStarting =
    view.nodes.length < view.desired || view.nodes.some((node) => !isInService(node.lifecycle));
  return (isStarting ? stillStarting : stillJoining)(ctx, role, groupWords(view, ctx.now()));
}

/** In service, and not in the node list that was read. */
function isOutside(one: ScalingInstance, listed: ReadonlySet<string> | undefined): boolean {
  const { lifecycleState, privateIp } = one;
  return listed !== undefined && isInService(lifecycleState) && !listed.has(privateIp ?? '');
}

const ASKED = 'asked';

/** The step before has asked for nodes that were not there: on the first visit there is nothing to look at yet. */
async function isJustAsked(ctx: StepContext, role: Role): Promise<boolean> {
  const active = ctx.recorded(`scaling-group-${role}`)?.['active'];
  if (active === undefined || ctx.memory[ASKED] === 1 || Number(active) === ctx.spec[role].desired)
    return false;
  await ctx.remember({ [ASKED]: 1 });
  expectDoor(ctx.settings);
  return true;
}

/** Addresses of nodes that are all in service, and of which some were not in the cluster's node list. */
async function rememberOutside(ctx: StepContext, group: GroupView): Promise<void> {
  const inService = group.nodes.every((node) => isInService(node.lifecycle));
  const someOutside = group.nodes.some((node) => node.inCluster === false);
  const ips = inService && someOutside ? group.nodes.map((node) => node.privateIp).join(',') : '';
  if ((ctx.memory[OUTSIDE] ?? '') !== ips) await ctx.remember({ [OUTSIDE]: ips });
}

/** With Redis emptied the keys of the database host are gone: waiting for them would be waiting for nothing. */
async function isWayLost(ctx: StepContext): Promise<boolean> {
  return (await isAccessLost(ctx)) || (await ctx.secrets.get(ctx.cluster, 'mongo')) === undefined;
}

const TOLD = 'told';
const TOLD_IN = 'toldIn';

/**
 * A scaling activity of this step that failed is the reason, unless a later one succeeded. Auto Scaling tries again by
 * itself: once a person has pressed Retry, what failed before their click counts no more.
 */
async function checkTrouble(ctx: StepContext, group: GroupView): Promise<void> {
  const { trouble } = group;
  if (!trouble || trouble.at < ctx.startedAt - 60_000) return;
  if (group.nodes.length >= group.desired) return;
  const { [TOLD]: told, [TOLD_IN]: toldIn } = ctx.memory;
  const isFirstAfterRetry = toldIn !== undefined && toldIn !== ctx.startedAt;
  if (told === trouble.activityId && !isFirstAfterRetry) return;
  await ctx.remember({ [TOLD]: trouble.activityId, [TOLD_IN]: ctx.startedAt });
  if (isFirstAfterRetry) return;
  const { instanceTypes } = ctx.spec[group.role];
  const problem = classifyTrouble(trouble, group.role, instanceTypes);
  if (problem.code !== 'no_stock') throw new ResourceBroken(problem);
  const stock = await inStockWords(ctx.region, { zones: ctx.spec.zones, instanceTypes });
  throw new ResourceBroken({ ...problem, hint: `${problem.hint} ${stock}`.trim() });
}

/** The cluster's own list lacks it. Where nobody can read that: who is not healthy has most likely not joined. */
function seemsAlone({ inCluster, healthy }: NodeView): boolean {
  return inCluster === false || (inCluster === 'unknown' && healthy === false);
}

/**
 * Nodes in service that the cluster does not know: each gets a grace that starts when it was first seen so, and is
 * asked after it. One that still waits for something is let wait as long as its script does; any other stands alone.
 * Once it is known its grace is given back, since a slow database makes members look lost for a while, and so it is
 * where somebody lets the operation go on.
 */
async function checkJoined(ctx: StepContext, group: GroupView): Promise<VisitResult | undefined> {
  const now = ctx.now();
  const outside = group.nodes.filter((node) => isInService(node.lifecycle) && seemsAlone(node));
  const since = ({ instanceId }: NodeView) => Number(ctx.memory[`outside-${instanceId}`] ?? 0);
  const fresh = outside.filter((node) => since(node) < ctx.startedAt);
  const known = group.nodes.filter((node) => !outside.includes(node) && since(node) > 0);
  if (fresh.length + known.length > 0) {
    const marks = [...fresh.map((node) => [node, now] as const), ...known.map((node) => [node, 0] as const)];
    const facts = marks.flatMap(([{ instanceId }, at]) =>
      ['outside', 'asked', 'silent'].map(
        (word) => [`${word}-${instanceId}`, word === 'silent' ? 0 : at] as const,
      ),
    );
    await ctx.remember(Object.fromEntries(facts));
  }
  const seenAt = (node: NodeView) => since(node) || now;
  const askedAt = (node: NodeView) => Number(ctx.memory[`asked-${node.instanceId}`] ?? 0) || seenAt(node);
  const late = outside.find((node) => now - askedAt(node) > patienceMs(JOIN_GRACE_MS, ctx.timeScale));
  if (!late) return undefined;
  const { instanceId } = late;
  const questions = [diagnosisQuestion(instanceId), editionQuestion(instanceId)];
  const why = `${group.role}: node ${instanceId} is asked why it has not joined the cluster`;
  const asked = await askNodes(ctx, questions, why);
  if (!('answers' in asked)) return stillJoining(ctx, group.role, asked.why);
  if (asked.answers[0] === undefined && (await isAskedAgain(ctx, instanceId)))
    return stillJoining(ctx, group.role, `${group.role}: node ${instanceId} gives no answer yet`);
  const said = diagnosisWords(asked.answers[0]);
  const hasJoined = late.inCluster === 'unknown' && saysJoined(said);
  if (hasJoined || stillWaits(said, now - seenAt(late), ctx.timeScale)) {
    await ctx.remember({ [`asked-${instanceId}`]: now, [`silent-${instanceId}`]: 0 });
    const state = hasJoined
      ? 'is not healthy behind the load balancer, though it joined the cluster'
      : 'has not joined the cluster yet';
    ctx.note(`Node ${instanceId} (${late.privateIp}) ${state}.${said}`);
    return undefined;
  }
  // A person who presses Retry gives the node its grace again.
  await ctx.remember({ [`outside-${instanceId}`]: now, [`asked-${instanceId}`]: now });
  const edition = editionIn(asked.answers[1]);
  if (edition !== undefined && isCommunity(edition)) throw new WrongEdition(late, edition);
  throw new NodeStandsAlone(late, said);
}

/** Whether a node that gave no answer is asked once more: it may be the cloud that did not take the question. */
async function isAskedAgain(ctx: StepContext, instanceId: string): Promise<boolean> {
  const silent = Number(ctx.memory[`silent-${instanceId}`] ?? 0) + 1;
  const isEnough = silent >= MOST_SILENT;
  await ctx.remember({ [`silent-${instanceId}`]: isEnough ? 0 : silent });
  return !isEnough;
}
