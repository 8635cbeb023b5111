import type { RegionCloud } from '../../cloud/cloud.ts';
import type { Problem } from '../../cluster/errors.ts';
import { ROLES } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import type { Operation } from '../../cluster/operation.ts';
import type { PlanStep } from '../../cluster/plan.ts';
import { lookForDifferences } from './look-for-differences.ts';
import type { Compared } from './look-for-differences.ts';
import { nodesByItself } from './group-numbers.ts';
import { removalRisks, scaleRisks } from './plan-risks.ts';
import { checksOf, DATABASE_LOST, emptyGroup } from './plan-repair.ts';
import { foundPart, inOrder } from './planner.ts';
import { costOfRepair } from '../preflight/cost.ts';
import { readyPlan, refused } from './prepared.ts';
import type { Prepared, PrepareParts } from './prepared.ts';
import type { Found } from '../resource.ts';
import type { SeenScalingGroup } from '../resources/scaling-group-diff.ts';
import { strangerRisks } from './strangers.ts';
import { readGroup } from '../tasks/nodes/read-group.ts';
import { serves } from '../tasks/nodes/view.ts';
import type { GroupView, NodeView } from '../tasks/nodes/view.ts';

/**
 * Plans whatever differs between a cluster and its spec. Numbers of nodes are somebody's decision and stay as they are;
 * where only nodes are missing, auto-scaling replaces them and the plan waits for them.
 * @throws CloudError when the cloud cannot be read now
 */
export async function prepareRepair(operation: Operation, parts: PrepareParts): Promise<Prepared> {
  const { cluster } = operation;
  const { tools } = parts;
  const compared = await lookForDifferences(cluster, parts);
  if ('problem' in compared) return { problems: [compared.problem] };
  const { regionId, spec, problems } = compared;
  if (problems.length > 0) return { problems };
  if (compared.steps.length > 0) {
    const cost = await costOfRepair(spec, compared.steps, compared.observed, tools);
    const { steps, observed } = compared;
    const look = { cluster, regionId, spec, cloud: tools.cloud, region: tools.cloud.in(regionId) };
    // Right before the start nobody is told of them any more.
    const [standing, strangers] = operation.plan
      ? [[], []]
      : await Promise.all([standbyRisks(compared, look.region), strangerRisks(look, observed, steps)]);
    const risks = [...risksOf(compared), ...standing, ...strangers];
    return readyPlan(operation, regionId, spec, { steps, cost, risks });
  }
  const lacking = await groupsLacking(cluster, regionId, parts);
  const stuck = neverReplaced(cluster, lacking);
  if (stuck.length > 0) return { problems: stuck };
  const waiting = onlyWaits(operation.plan?.steps) || lacking.length > 0;
  if (!waiting) {
    return refused(
      'nothing_differs',
      `Nothing of ${cluster} differs from what it should be, and all its nodes serve.`,
      'Nothing was started.',
    );
  }
  const steps = waitSteps(compared, tools.kinds);
  const risks = [
    'Auto Scaling replaces the missing nodes by itself; this waits for them and tries the cluster.',
  ];
  return readyPlan(operation, regionId, spec, { steps, cost: undefined, risks });
}

/** A plan to wait for nodes stays one: that they came meanwhile is what it is for. */
function onlyWaits(steps: readonly PlanStep[] | undefined): boolean {
  return steps?.every((step) => step.action === 'check') ?? false;
}

/** Groups with fewer nodes that serve than they want. */
async function groupsLacking(
  cluster: string,
  regionId: string,
  { tools }: PrepareParts,
): Promise<readonly GroupView[]> {
  const region = tools.cloud.in(regionId);
  const groups = await Promise.all(ROLES.map((role) => readGroup({ cluster, region }, role, undefined)));
  return groups.filter(
    (group): group is GroupView =>
      group !== undefined &&
      group.nodes.filter((node) => serves(node) && !isGone(node)).length < group.desired,
  );
}

/** Of an instance that was deleted by hand Auto Scaling learns late: ECS has no address of it any more. */
function isGone({ privateIp }: NodeView): boolean {
  return privateIp === '';
}

/** Nodes that somebody has put on standby: to wait until others replace them would be for nothing. */
function neverReplaced(cluster: string, lacking: readonly GroupView[]): readonly Problem[] {
  return lacking.flatMap(({ role, nodes }) =>
    nodes
      .filter((node) => node.lifecycle === 'Standby')
      .map(({ instanceId }) => ({
        code: 'node_on_standby',
        message: onStandby(instanceId, role, cluster),
        hint: `End its standby in the Auto Scaling console, or remove it from the group there, then type \`/ams repair ${cluster}\`.`,
      })),
  );
}

/** The same of groups that stay, where much else is mended before anybody waits for nodes. */
async function standbyRisks(
  { steps, observed, spec }: Compared,
  region: RegionCloud,
): Promise<readonly string[]> {
  const words = ROLES.map(async (role) => {
    const id = `scaling-group-${role}`;
    const found = foundPart(observed, id) as Found<SeenScalingGroup> | undefined;
    // Those on standby are not active.
    if (!found || found.seen.activeCapacity >= spec[role].desired) return [];
    if (steps.some(({ part, action }) => part === id && action !== 'update')) return [];
    const members = await region.ess.listInstances(found.id);
    return members
      .filter(({ lifecycleState }) => lifecycleState === 'Standby')
      .map(({ instanceId }) => onStandby(instanceId, role, spec.name));
  });
  return (await Promise.all(words)).flat();
}

function onStandby(instanceId: string, role: Role, cluster: string): string {
  return `Node ${instanceId} of the ${role} group of ${cluster} is on standby: Auto Scaling does not replace it.`;
}

function waitSteps({ spec }: Compared, kinds: PrepareParts['tools']['kinds']): readonly PlanStep[] {
  const wanted = new Set(checksOf(spec));
  const steps = [...kinds.values()].flatMap((kind) =>
    kind
      .parts(spec)
      .filter((part) => wanted.has(part.id))
      .map((part): PlanStep => ({
        id: part.id,
        kind: kind.kind,
        part: part.id,
        action: 'check',
        after: part.needs.filter((need) => wanted.has(need)),
        title: part.title,
        changes: [],
        typicalSeconds: kind.typicalSeconds,
      })),
  );
  return inOrder(steps);
}

function risksOf({ steps, recalled, spec, observed }: Compared): readonly string[] {
  const replaced = steps.filter((step) => step.action === 'remove').map((step) => step.part);
  const stops = replaced.filter((part) => !/^(scaling-rule|listener|dns-record)/.test(part));
  const templates = steps.some((step) => step.action === 'update' && step.kind === 'launch-template');
  const renewed = replaced.some((part) => part.startsWith('scaling-group'));
  const empty = emptyGroup(spec);
  return [
    ...(replaced.length === 0
      ? []
      : [`Replaced, since it cannot be changed in place: ${replaced.join(', ')}.`]),
    ...(stops.length === 0 ? [] : ['Everything that streams through what is replaced stops at once.']),
    ...(replaced.includes('load-balancer')
      ? [`The new load balancer has another name: the CNAME of ${spec.domain} must be set to it.`]
      : []),
    ...(steps.some((step) => step.changes.includes(DATABASE_LOST))
      ? ['The panel gets its first administrator anew; settings and stream records begin empty.']
      : []),
    ...(templates && !renewed
      ? [
          'Nodes that run keep their old settings until Auto Scaling replaces them; new ones get the right ones.',
        ]
      : []),
    ...ROLES.filter((role) =>
      steps.some(({ part, action }) => part === `scaling-group-${role}` && action === 'update'),
    ).flatMap((role) => scaleRisks(role, spec[role].desired - nodesByItself(observed, role))),
    ...removalRisks(steps, false),
    ...(empty === undefined
      ? []
      : [`No ${empty} node is wanted, so no test flight shows at the end whether users are served.`]),
    ...(recalled
      ? ['The record of this cluster was lost: it is compared with what could be read back from the cloud.']
      : []),
  ];
}
