import { InputError, RefusedError, toProblem } from '../../cluster/errors.ts';
import type { Problem } from '../../cluster/errors.ts';
import { MAX_ASKED_NODES } from '../../cluster/limits.ts';
import type { Role } from '../../cluster/names.ts';
import type { Operation, ScaleAmount, Wish } from '../../cluster/operation.ts';
import type { PlanStep } from '../../cluster/plan.ts';
import { groupMistake } from '../../cluster/spec.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import { nodesByItself, numbersOf, withNumbersOfNow } from './group-numbers.ts';
import { scaleRisks } from './plan-risks.ts';
import { observeAll, planScale } from './planner.ts';
import type { Observed } from './planner.ts';
import { addressRisks, additionRisks } from '../preflight/capacity.ts';
import { costOfScale } from '../preflight/cost.ts';
import { addressesOf } from '../preflight/network.ts';
import type { Housed } from '../preflight/network.ts';
import { readyPlan } from './prepared.ts';
import type { Prepared } from './prepared.ts';
import type { Observing } from '../resource.ts';
import { recallSpec } from './spec-from-cloud.ts';
import { suspendedWords } from '../status/suspended.ts';
import type { Tools } from '../steps/step-context.ts';

type ScaleWish = Extract<Wish, { kind: 'scale' }>;

/**
 * Plans new numbers of a group. Whoever changes them asks for groups, as long as the spec is known. Right before the
 * start of a plan that changes numbers alone, numbers alone are looked at: all else stays untouched by it.
 */
export async function prepareScale(
  operation: Operation,
  wish: ScaleWish,
  look: Observing,
  tools: Tools,
): Promise<Prepared> {
  const kinds = [...tools.kinds.values()];
  const groups = kinds.filter((kind) => kind.kind === 'scaling-group');
  const place = { operation, wish, look, tools };
  const numbers = look.spec && (await observeAll(groups, { ...look, numbersOnly: true }));
  if (numbers && operation.plan?.steps.some((step) => step.numbersOnly)) {
    const same = await planOf(place, numbers, numbers);
    if ('plan' in same && same.digest === operation.digest) return same;
  }
  return planOf(place, await observeAll(numbers ? groups : kinds, look), numbers);
}

/** @param numbers what is there as far as numbers of groups go; undefined where more has to be known */
async function planOf(
  place: { operation: Operation; wish: ScaleWish; look: Observing; tools: Tools },
  observed: Observed,
  numbers: Observed | undefined,
): Promise<Prepared> {
  const { operation, wish, look, tools } = place;
  const { regionId } = look;
  const kinds = [...tools.kinds.values()];
  if (nothingOf(observed)) return { problems: [nothingThere(operation.cluster, regionId)] };
  const spec = look.spec ?? recallSpec(operation.cluster, regionId, byPart(observed), tools.settings);
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
    const steps = marked(
      planScale(kinds, wanted, observed, wish.role),
      numbers && planScale(kinds, wanted, numbers, wish.role),
    );
    const { min, max, desired } = now[wish.role];
    const added = wanted[wish.role].desired - nodesByItself(observed, wish.role);
    // Right before the start nobody is told of them any more.
    const [cost, ofAdded, suspended] = operation.plan
      ? [operation.plan.cost, [], undefined]
      : await Promise.all([
          costOfScale(wanted, wish.role, added, tools),
          additionRisks(tools.cloud, wanted, added, wanted[wish.role]),
          suspendedWords(look.region, operation.cluster),
        ]);
    const risks = [
      ...scaleRisks(wish.role, added),
      ...[suspended?.get(wish.role) ?? []].flat(),
      ...ofAdded,
      ...(wanted[wish.role].max > max ? addressRisks(housed(wanted)) : []),
    ];
    return {
      ...readyPlan(operation, regionId, wanted, { steps, cost, risks }),
      before: { min, max, desired },
    };
  } catch (error) {
    if (error instanceof InputError || error instanceof RefusedError) return { problems: [toProblem(error)] };
    throw error;
  }
}

/** Marks the updates of a plan that changes nothing but numbers. */
function marked(steps: readonly PlanStep[], ofNumbers: readonly PlanStep[] | undefined): readonly PlanStep[] {
  const changes = (all: readonly PlanStep[]): string => JSON.stringify(all.map((step) => step.changes));
  if (ofNumbers === undefined || changes(steps) !== changes(ofNumbers)) return steps;
  return steps.map((step) => (step.action === 'update' ? { ...step, numbersOnly: true } : step));
}

/** What is asked for is there: it was before, or somebody was faster. */
class AlreadySo extends RefusedError {
  override readonly code = 'already_so';
}

/** The spec after scaling one group. @throws RefusedError, InputError with the words for the person */
function scaledSpec(spec: ClusterSpec, wish: ScaleWish, observed: Observed): ClusterSpec {
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
  if (desired < 0 || desired > MAX_ASKED_NODES) {
    throw new InputError(
      `${desired} nodes cannot be: a group has 0 to ${MAX_ASKED_NODES}.`,
      `The ${role} group has ${now.desired} now.`,
    );
  }
  if (desired === now.desired && wanted.min === now.min && wanted.max === now.max) {
    throw new AlreadySo(
      `The ${role} group of ${spec.name} has ${desired} node${desired === 1 ? '' : 's'} already.`,
      `Nothing was started; \`/ams status ${spec.name}\` shows how they do.`,
    );
  }
  if (desired > now.desired) checkRoom({ ...spec, [role]: wanted }, role);
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

/** @throws RefusedError when the vSwitches have too few addresses for what is wanted of both groups */
function checkRoom(wanted: ClusterSpec, role: Role): void {
  const { needed, room } = addressesOf(housed(wanted));
  if (needed <= room) return;
  const most = Math.max(0, wanted[role].desired - (needed - room));
  throw new RefusedError(
    `Cluster ${wanted.name} would need ${needed} IP addresses, and its vSwitches (${wanted.network.vSwitchCidrs.join(', ')}) have ${room} for machines.`,
    `They have room for ${most} ${role} node${most === 1 ? '' : 's'}. For more, create a cluster with a larger --cidr or more --zones.`,
  );
}

function housed(spec: ClusterSpec): Housed {
  return { ...spec, ownDatabase: spec.database.source === 'instance' };
}

function target(amount: ScaleAmount, now: number): number {
  return 'set' in amount ? amount.set : now + amount.add;
}

/** Whether a cluster has nothing of its own any more. */
export function nothingOf(observed: Observed): boolean {
  return ![...observed.values()].flat().some((found) => found.ours);
}

function byPart(observed: Observed) {
  return new Map([...observed.values()].flat().map((found) => [found.part, found] as const));
}

export function nothingThere(cluster: string, regionId: string): Problem {
  return {
    code: 'unknown_cluster',
    message: `There is nothing of cluster ${cluster} in ${regionId} any more.`,
    hint: 'Type `/ams clusters` for the list.',
  };
}
