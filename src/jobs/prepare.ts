import { groupMistake, ClusterSpec } from '../cluster/spec.ts';
import { InputError, RefusedError, toProblem } from '../cluster/errors.ts';
import type { Problem } from '../cluster/errors.ts';
import type { Operation, ScaleAmount, Wish } from '../cluster/operation.ts';
import type { Cost } from '../cluster/plan.ts';
import { findCluster } from './find-cluster.ts';
import { numbersOf, withNumbersOfNow } from './group-numbers.ts';
import { observeAll, planCreate, planDestroy, planScale } from './planner.ts';
import type { Observed } from './planner.ts';
import { lostWithRecord } from './lost-with-record.ts';
import { planRepair } from './plan-repair.ts';
import { prepareRepair } from './prepare-repair.ts';
import { prepareRollBack } from './prepare-roll-back.ts';
import { ready } from './prepared.ts';
import type { Prepared, PrepareParts } from './prepared.ts';
import { removalRisks, scaleRisks } from './plan-risks.ts';
import { costOfCreate, costOfDestroy, costOfScale } from './preflight/cost.ts';
import { resolveCreate } from './preflight/resolve.ts';
import { recallSpec } from './spec-from-cloud.ts';

/**
 * Looks at the cloud and makes the plan for an operation. Reads only. With a spec already in the operation (the look
 * right before the start) nothing of the wish is resolved anew: only the observation may differ.
 * @throws CloudError when the cloud cannot be read now (the caller tries again)
 */
export async function prepare(operation: Operation, parts: PrepareParts): Promise<Prepared> {
  const { wish } = operation;
  if (wish.kind === 'create') return prepareCreate(operation, wish, parts);
  if (wish.kind === 'rollback') return prepareRollBack(operation, wish, parts);
  if (wish.kind === 'repair') return prepareRepair(operation, parts);
  return prepareChange(operation, wish, parts);
}

async function prepareCreate(
  operation: Operation,
  wish: Extract<Wish, { kind: 'create' }>,
  parts: PrepareParts,
): Promise<Prepared> {
  const { tools } = parts;
  const kinds = [...tools.kinds.values()];
  let spec = operation.spec;
  let risks: readonly string[] = [];
  let cost: Cost | undefined;
  if (spec === undefined) {
    const resolved = await resolveCreate({
      cluster: operation.cluster,
      options: wish.options,
      tools,
      signal: parts.signal,
    });
    if (resolved.problems.length > 0 || !resolved.spec) return { problems: resolved.problems };
    spec = resolved.spec;
    risks = resolved.risks;
    cost = await costOfCreate(spec, tools);
  }
  const region = tools.cloud.in(spec.regionId);
  const look = { cluster: operation.cluster, regionId: spec.regionId, spec, cloud: tools.cloud, region };
  const observed = await observeAll(kinds, look);
  const ours = [...observed.values()].flat().filter((found) => found.ours);
  if (ours.length > 0 && !(await isOnRecord(operation, parts))) {
    const more = await lostWithRecord(spec, observed, { tools, record: false, signal: parts.signal });
    const { steps, problems } = planRepair(kinds, spec, observed, { more });
    if (problems.length > 0) return { problems };
    const kept = `${ours.length} resources of ${operation.cluster} are there already and nothing on record says how they came to be: they are kept, and what is missing is made.`;
    if (steps.length > 0)
      return ready(operation, spec.regionId, spec, {
        steps,
        cost,
        risks: [...risks, kept, ...removalRisks(steps, false)],
        carriesOn: true,
      });
  }
  if (ours.length > 0) {
    return {
      problems: [
        {
          code: 'cluster_exists',
          message: `Cluster ${operation.cluster} exists already in ${spec.regionId} (${ours.length} resources, e.g. ${ours[0]?.part} ${ours[0]?.id}).`,
          hint: `Choose another name, look at it with \`/ams status ${operation.cluster}\`, or remove it with \`/ams destroy-cluster ${operation.cluster}\`.`,
        },
      ],
    };
  }
  return ready(operation, spec.regionId, spec, { steps: planCreate(kinds, spec, observed), cost, risks });
}

/** Whether anything says who made a cluster: the record of it, or of another operation that worked on it. */
async function isOnRecord({ id, cluster }: Operation, { store }: PrepareParts): Promise<boolean> {
  if ((await store.clusters.read(cluster)) !== undefined) return true;
  const operations = await store.list({ cluster, limit: 20 });
  return operations.some((one) => one.id !== id && one.startedAt !== undefined);
}

async function prepareChange(
  operation: Operation,
  wish: Extract<Wish, { kind: 'scale' | 'destroy' }>,
  parts: PrepareParts,
): Promise<Prepared> {
  const { tools, store } = parts;
  const kinds = [...tools.kinds.values()];
  const place = await findCluster(operation.cluster, { tools, store });
  if ('problem' in place) return { problems: [place.problem] };
  const { regionId } = place;
  const remembered = ClusterSpec.safeParse(place.spec).data;
  const look = {
    cluster: operation.cluster,
    regionId,
    spec: remembered,
    cloud: tools.cloud,
    region: tools.cloud.in(regionId),
  };
  // A removal asks only what is there. Whoever changes a group's numbers asks for groups, as long as the spec is known.
  const isRemoval = wish.kind === 'destroy';
  const asked = isRemoval || !remembered ? kinds : kinds.filter((kind) => kind.kind === 'scaling-group');
  const observed = await observeAll(asked, { ...look, shallow: isRemoval });
  if (![...observed.values()].flat().some((found) => found.ours)) {
    return { problems: [nothingThere(operation.cluster, regionId)] };
  }
  if (wish.kind === 'destroy') {
    const steps = planDestroy(kinds, operation.cluster, observed);
    return ready(operation, regionId, remembered, {
      steps,
      cost: costOfDestroy(),
      risks: removalRisks(steps, true),
    });
  }
  const spec = remembered ?? recallSpec(operation.cluster, regionId, byPart(observed));
  if (!spec) {
    return {
      problems: [
        {
          code: 'spec_unknown',
          message: `Too little of cluster ${operation.cluster} is left in ${regionId} to scale it.`,
          hint: `Look at it with \`/ams status ${operation.cluster}\`.`,
        },
      ],
    };
  }
  try {
    const now = withNumbersOfNow(spec, observed);
    const wanted = scaledSpec(now, wish, observed);
    const steps = planScale(kinds, wanted, observed, wish.role);
    // Right before the start nobody is told the cost any more.
    const cost = operation.plan?.cost ?? (await costOfScale(now, wanted, wish.role, tools));
    const { min, max, desired } = now[wish.role];
    const risks = scaleRisks(now, wanted, wish.role);
    return { ...ready(operation, regionId, wanted, { steps, cost, risks }), before: { min, max, desired } };
  } catch (error) {
    if (error instanceof InputError || error instanceof RefusedError) return { problems: [toProblem(error)] };
    throw error;
  }
}

/** The spec after scaling one group. @throws RefusedError, InputError with the words for the person */
function scaledSpec(
  spec: ClusterSpec,
  wish: Extract<Wish, { kind: 'scale' }>,
  observed: Observed,
): ClusterSpec {
  const role = wish.role;
  const now = spec[role];
  if (!numbersOf(observed, role)) {
    throw new RefusedError(
      `Cluster ${spec.name} has no ${role} group any more.`,
      `Look at it with \`/ams status ${spec.name}\`.`,
    );
  }
  const desired = target(wish.amount, now.desired);
  const bounds = wish.withLimits ? { min: Math.min(now.min, desired), max: Math.max(now.max, desired) } : now;
  const wanted = { ...now, desired, min: bounds.min, max: bounds.max };
  if (desired < 0 || desired > 1000) {
    throw new InputError(
      `${desired} nodes cannot be: a group has 0 to 1000.`,
      `The ${role} group has ${now.desired} now.`,
    );
  }
  if (desired === now.desired && wanted.min === now.min && wanted.max === now.max) {
    throw new RefusedError(
      `The ${role} group of ${spec.name} has ${desired} node${desired === 1 ? '' : 's'} already.`,
      `Nothing was started; \`/ams status ${spec.name}\` shows how they do.`,
    );
  }
  if (desired < wanted.min || desired > wanted.max) {
    const bound = desired > wanted.max ? `above its max ${wanted.max}` : `below its min ${wanted.min}`;
    throw new RefusedError(
      `${desired} is ${bound} for the ${role} group of ${spec.name}.`,
      `To change the limit as well, type \`/ams scale ${role} ${desired} ${spec.name} --with-limits\`.`,
    );
  }
  const mistake = groupMistake(role, wanted);
  if (mistake) throw new InputError(mistake, 'Choose numbers with 0 <= min <= desired <= max.');
  return { ...spec, [role]: wanted };
}

function target(amount: ScaleAmount, now: number): number {
  return 'set' in amount ? amount.set : now + amount.add;
}

function byPart(observed: Observed) {
  return new Map([...observed.values()].flat().map((found) => [found.part, found] as const));
}

function nothingThere(cluster: string, regionId: string): Problem {
  return {
    code: 'unknown_cluster',
    message: `There is nothing of cluster ${cluster} in ${regionId} any more.`,
    hint: 'Type `/ams clusters` for the list.',
  };
}
