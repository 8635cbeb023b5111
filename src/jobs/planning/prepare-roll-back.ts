import { RefusedError, UnknownOperation, toProblem } from '../../cluster/errors.ts';
import type { Operation, Wish } from '../../cluster/operation.ts';
import type { PlanStep } from '../../cluster/plan.ts';
import { checkMayRollBack } from '../../cluster/roll-back.ts';
import { ClusterSpec } from '../../cluster/spec.ts';
import { nodesByItself, numbersOf, withNumbersOfNow } from './group-numbers.ts';
import { hasLeft, mayHaveChanged, operationsSince } from './operations-since.ts';
import type { Leaves } from './operations-since.ts';
import { removalRisks, scaleRisks } from './plan-risks.ts';
import { observeAll, planScale, planUndoing } from './planner.ts';
import type { Observed } from './planner.ts';
import { costOfScale } from '../preflight/cost.ts';
import { readyPlan, refused } from './prepared.ts';
import type { Prepared, PrepareParts } from './prepared.ts';
import type { Found, Observing } from '../resource.ts';
import { strangerRisks } from './strangers.ts';
import { untaggedRisks } from './untagged.ts';

/** The operation that is to be rolled back. @throws RefusedError when it may not be (any more), or is not known */
export async function checkRollBack(store: PrepareParts['store'], of: string): Promise<Operation> {
  const undone = await store.read(of);
  if (!undone) throw new UnknownOperation(of);
  checkMayRollBack(undone, await operationsSince(store, undone));
  return undone;
}

/**
 * Plans the undoing of an operation: of a create and of a repair what it made goes, of a change of numbers the group
 * gets back those that were recorded.
 * @throws CloudError when the cloud cannot be read now
 */
export async function prepareRollBack(
  operation: Operation,
  wish: Extract<Wish, { kind: 'rollback' }>,
  parts: PrepareParts,
): Promise<Prepared> {
  const { tools, store } = parts;
  let of: Operation;
  try {
    of = await checkRollBack(store, wish.of);
  } catch (error) {
    if (error instanceof RefusedError) return { problems: [toProblem(error)] };
    throw error;
  }
  const regionId = of.regionId ?? of.spec?.regionId;
  if (regionId === undefined)
    return refused(
      'not_begun',
      `${of.id} never began, so there is nothing to roll back.`,
      'Nothing was started.',
    );
  const remembered = ClusterSpec.safeParse((await store.clusters.read(of.cluster))?.spec).data;
  const spec = remembered ?? of.spec;
  const { cloud } = tools;
  const look = { cluster: of.cluster, regionId, spec, cloud, region: cloud.in(regionId) };
  const observed = await observeAll([...tools.kinds.values()], look);
  const later = await store.list({ cluster: of.cluster, after: of.createdAt, limit: Infinity });
  const place = { operation, regionId, of, later: new Set(later.map(({ id }) => id)), observed, look };
  if (of.wish.kind === 'scale') return backToNumbers({ ...place, wish: of.wish, spec }, parts);
  if (of.wish.kind === 'create' && of.plan?.carriesOn !== true) return undoCreate({ ...place, spec }, parts);
  return undoRepair({ ...place, spec }, parts);
}

interface Place {
  readonly operation: Operation;
  readonly regionId: string;
  readonly of: Operation;
  /** Operations that came after it. What they made all the same, by a change that got no answer, goes with it. */
  readonly later: ReadonlySet<string>;
  readonly observed: Observed;
  readonly look: Observing;
  readonly spec: ClusterSpec | undefined;
}

/**
 * A create that does not carry on began with nothing of the cluster there: so what bears no operation's tag, because its
 * product has no tags or shows none, and yet the cluster's name, is of that create too.
 */
async function undoCreate(
  { operation, regionId, of, later, observed, look, spec }: Place,
  { tools, store }: PrepareParts,
): Promise<Prepared> {
  const goes = ({ operationId = of.id }: Found<unknown>): boolean =>
    operationId === of.id || later.has(operationId);
  const kinds = [...tools.kinds.values()];
  const steps = planUndoing(kinds, { cluster: of.cluster, operation: of.id }, observed, goes);
  const risks = [...removalRisks(steps, false)];
  if (!operation.plan) {
    const records = await store.steps(of.id);
    // Each step of a create is named after its part.
    const wasMade = (part: string): boolean => records[part]?.state === 'done';
    risks.push(
      ...(await untaggedRisks(kinds, look, observed, wasMade)),
      ...(await strangerRisks(look, observed, steps)),
    );
  }
  return readyPlan(operation, regionId, spec, { steps, cost: undefined, risks });
}

/** A change that got no answer may have come true. */
const mayHaveMade: Leaves = (step, record) => mayHaveChanged(step, record) || record.attempts !== undefined;

/**
 * Of a repair, and of a create that carried on: some of the cluster was there before. So what bears no operation's tag
 * counts as made by it only where its step to make that part began.
 */
async function undoRepair(
  { operation, regionId, of, later, observed, look, spec }: Place,
  { tools, store }: PrepareParts,
): Promise<Prepared> {
  const what = of.wish.kind;
  const records = await store.steps(of.id);
  const begun = (of.plan?.steps ?? []).filter((step) => records[step.id]?.startedAt !== undefined);
  // Where it left nothing behind, somebody may have carried on since what came before it.
  const makers = hasLeft(of, records, mayHaveMade) ? begun.filter((step) => step.action === 'create') : [];
  const made = new Set(makers.map((step) => step.part));
  const goes = ({ operationId, part }: Found<unknown>): boolean =>
    operationId === undefined ? made.has(part) : operationId === of.id || later.has(operationId);
  const isSet = (step: PlanStep): boolean => records[step.id]?.state === 'done';
  const stays = begun
    .filter((step) => step.action === 'update' || step.action === 'remove')
    .map((step) =>
      step.action === 'update'
        ? `${step.part} stays as the ${what} ${isSet(step) ? 'set it' : 'left it, half set perhaps'}: ${step.changes.join(' ')}`
        : `${step.part} (${step.target ?? 'the old one'}) was removed by the ${what} and does not come back.`,
    );
  if (![...observed.values()].flat().some((found) => found.ours && goes(found))) {
    return refused(
      'nothing_made',
      `The ${what} ${of.id} made nothing that could be removed.${stays.length === 0 ? '' : ` ${stays.join(' ')}`}`,
      `\`/ams status ${of.cluster}\` shows how it is; \`/ams retry ${of.id}\` carries the ${what} on.`,
    );
  }
  const steps = planUndoing(
    [...tools.kinds.values()],
    { cluster: of.cluster, operation: of.id },
    observed,
    goes,
  );
  const risks = [
    `${of.cluster} lacks again what the ${what} had made.`,
    ...removalRisks(steps, false),
    ...(operation.plan ? [] : await strangerRisks(look, observed, steps)),
    ...stays,
  ];
  return readyPlan(operation, regionId, spec, { steps, cost: undefined, risks });
}

async function backToNumbers(
  place: Place & { readonly wish: Extract<Wish, { kind: 'scale' }> },
  { tools }: PrepareParts,
): Promise<Prepared> {
  const { operation, regionId, of, observed, spec, wish } = place;
  const { role } = wish;
  const { before } = of;
  if (!spec || !before || !numbersOf(observed, role)) {
    return refused(
      'numbers_unknown',
      before === undefined
        ? `The numbers of the ${role} group before ${of.id} were not recorded.`
        : `${of.cluster} has no ${role} group any more.`,
      `Look with \`/ams status ${of.cluster}\`, then set the number yourself: \`/ams scale ${role} <n> ${of.cluster}\`.`,
    );
  }
  const now = withNumbersOfNow(spec, observed);
  const wanted = { ...now, [role]: { ...now[role], ...before } };
  const steps = planScale([...tools.kinds.values()], wanted, observed, role);
  if (!steps.some((step) => step.action === 'update')) {
    return refused(
      'nothing_to_undo',
      `The ${role} group of ${of.cluster} has the numbers of before ${of.id} already: ${before.min} to ${before.max}, ${before.desired} wanted.`,
      `Nothing was started; \`/ams status ${of.cluster}\` shows how its nodes do.`,
    );
  }
  const added = wanted[role].desired - nodesByItself(observed, role);
  const cost = await costOfScale(wanted, role, added, tools);
  return readyPlan(operation, regionId, wanted, { steps, cost, risks: scaleRisks(role, added) });
}
