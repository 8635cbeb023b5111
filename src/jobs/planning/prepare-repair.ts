import { ROLES } from '../../cluster/names.ts';
import type { Operation } from '../../cluster/operation.ts';
import type { PlanStep } from '../../cluster/plan.ts';
import { lookForDifferences } from './look-for-differences.ts';
import type { Compared } from './look-for-differences.ts';
import { removalRisks } from './plan-risks.ts';
import { checksOf, DATABASE_LOST, emptyGroup } from './plan-repair.ts';
import { inOrder } from './planner.ts';
import { costOfRepair } from '../preflight/cost.ts';
import { problem, ready } from './prepared.ts';
import type { Prepared, PrepareParts } from './prepared.ts';
import { strangerRisks } from './strangers.ts';
import { readGroup } from '../tasks/nodes/read-group.ts';
import { serves } from '../tasks/nodes/view.ts';

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
    const cost = await costOfRepair(spec, compared.steps, tools);
    const { steps, observed } = compared;
    const look = { cluster, regionId, spec, cloud: tools.cloud, region: tools.cloud.in(regionId) };
    const strangers = operation.plan ? [] : await strangerRisks(look, observed, steps);
    return ready(operation, regionId, spec, { steps, cost, risks: [...risksOf(compared), ...strangers] });
  }
  const waiting = onlyWaits(operation.plan?.steps) || (await lacksNodes(cluster, regionId, parts));
  if (!waiting) {
    return problem(
      'nothing_differs',
      `Nothing of ${cluster} differs from what it should be, and all its nodes serve.`,
      'Nothing was started.',
    );
  }
  const steps = waitSteps(compared, tools.kinds);
  const risks = [
    'Auto Scaling replaces the missing nodes by itself; this waits for them and tries the cluster.',
  ];
  return ready(operation, regionId, spec, { steps, cost: undefined, risks });
}

/** A plan to wait for nodes stays one: that they came meanwhile is what it is for. */
function onlyWaits(steps: readonly PlanStep[] | undefined): boolean {
  return steps?.every((step) => step.action === 'check') ?? false;
}

async function lacksNodes(cluster: string, regionId: string, { tools }: PrepareParts): Promise<boolean> {
  const region = tools.cloud.in(regionId);
  const groups = await Promise.all(ROLES.map((role) => readGroup({ cluster, region }, role, undefined)));
  // Of an instance that was deleted by hand Auto Scaling learns late: ECS has no address of it any more.
  const serving = groups.map((group) => group?.nodes.filter((node) => serves(node) && node.privateIp !== ''));
  return groups.some((group, index) => group !== undefined && (serving[index]?.length ?? 0) < group.desired);
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

function risksOf({ steps, recalled, spec }: Compared): readonly string[] {
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
    ...removalRisks(steps, false),
    ...(empty === undefined
      ? []
      : [`No ${empty} node is wanted, so no test flight shows at the end whether users are served.`]),
    ...(recalled
      ? ['The record of this cluster was lost: it is compared with what could be read back from the cloud.']
      : []),
  ];
}
