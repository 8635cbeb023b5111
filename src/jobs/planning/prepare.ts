import { withFreshAnswers } from '../../cloud/calling/answers.ts';
import { expectSshKeyPair } from '../../cloud/ssh/keys.ts';
import { ClusterSpec } from '../../cluster/spec.ts';
import type { Operation, Wish } from '../../cluster/operation.ts';
import type { Cost } from '../../cluster/plan.ts';
import { rememberedElsewhere } from './elsewhere.ts';
import { findCluster } from './find-cluster.ts';
import { hiddenDifferences } from './look-for-differences.ts';
import { removedIds } from '../../cluster/plan.ts';
import { foundPart, observeAll, planCreate, planDestroy } from './planner.ts';
import type { Observed } from './planner.ts';
import type { Observing, StepKind } from '../resource.ts';
import { lostWithRecord } from './lost-with-record.ts';
import { newestOperation } from './newest-operation.ts';
import { otherPlace } from './other-place.ts';
import { planRepair } from './plan-repair.ts';
import { blocksTakenFirst, promisedBlocks } from './promised-blocks.ts';
import { prepareRepair } from './prepare-repair.ts';
import { prepareRollBack } from './prepare-roll-back.ts';
import { nothingOf, nothingThere, prepareScale } from './prepare-scale.ts';
import { readyPlan } from './prepared.ts';
import type { Prepared, PrepareParts } from './prepared.ts';
import { removalRisks } from './plan-risks.ts';
import { costOfCreate, costOfDestroy } from '../preflight/cost.ts';
import { Findings } from '../preflight/findings.ts';
import { existingVpc, stillFree } from '../preflight/network.ts';
import { resolveCreate } from '../preflight/resolve.ts';
import { sharedDatabaseRisks } from './shared-database.ts';
import { sharedDomainRisks } from './shared-domain.ts';
import { strangerRisks } from './strangers.ts';
import { untaggedRisks } from './untagged.ts';

/** The same certificate under the name that we would give it, but without our tags. */
const CERTIFICATE_IS_USED =
  'Certificate Management holds this very certificate already, uploaded by somebody else: it is used, and stays when the cluster is removed.';

/**
 * Looks at the cloud and makes the plan for an operation. Reads only. With a plan already in the operation (the look
 * right before the start) nothing of the wish is resolved anew: only the observation may differ. One that asks again has
 * none: what its approvers read is looked up for it.
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
  if (spec === undefined || operation.plan === undefined) {
    const resolved = await resolveCreate({
      cluster: operation.cluster,
      options: wish.options,
      tools,
      promised: await promisedBlocks(operation, existingVpc(wish.options, tools.settings), parts),
      signal: parts.signal,
    });
    if (resolved.problems.length > 0 || !resolved.spec) return { problems: resolved.problems };
    spec = resolved.spec;
    risks = [
      ...resolved.risks,
      ...(await sharedDatabaseRisks(operation.cluster, spec, parts)),
      ...(await sharedDomainRisks(operation.cluster, spec, parts)),
    ];
    cost = await costOfCreate(spec, tools);
    if (spec.keyPair.source !== 'existing') expectSshKeyPair();
  } else {
    const findings = new Findings();
    const { regionId, network: planned } = spec;
    const promised = await blocksTakenFirst(operation, planned.vpcId, parts);
    const network = await findings.check(() =>
      stillFree(tools.cloud.in(regionId), operation.cluster, planned, promised),
    );
    if (!network) return { problems: findings.problems };
    spec = { ...spec, network };
  }
  const elsewhere = await rememberedElsewhere(operation.cluster, spec.regionId, parts);
  if (elsewhere) return { problems: [elsewhere] };
  const region = tools.cloud.in(spec.regionId);
  const look = {
    cluster: operation.cluster,
    regionId: spec.regionId,
    spec,
    cloud: tools.cloud,
    region,
    tags: parts.tags,
  };
  const observed = await observeAll(kinds, look);
  const ours = [...observed.values()].flat().filter((found) => found.ours);
  if (ours.length > 0 && !(await isOnRecord(operation, parts))) {
    const misplaced = otherPlace(spec, observed);
    if (misplaced.length > 0) return { problems: misplaced };
    const { settings, secrets } = tools;
    const [more, hidden] = await Promise.all([
      lostWithRecord(spec, observed, { tools, record: false, signal: parts.signal }),
      hiddenDifferences(observed, kinds, { ...look, spec, settings, secrets }),
    ]);
    const { steps, problems } = planRepair(kinds, spec, observed, { more, hidden });
    if (problems.length > 0) return { problems };
    const kept = `${ours.length} resources of ${operation.cluster} are there already and nothing on record says how they came to be: they are kept, and what is missing is made.`;
    if (steps.length > 0)
      return readyPlan(operation, spec.regionId, spec, {
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
          hint: `If it is half-made, \`/ams repair ${operation.cluster}\` plans what is missing. Else choose another name, look at it with \`/ams status ${operation.cluster}\`, or remove it with \`/ams destroy-cluster ${operation.cluster}\`.`,
        },
      ],
    };
  }
  if (spec.certificate.source === 'configured' && foundPart(observed, 'certificate'))
    risks = [...risks, CERTIFICATE_IS_USED];
  return readyPlan(operation, spec.regionId, spec, { steps: planCreate(kinds, spec, observed), cost, risks });
}

/** Whether anything says who made a cluster: the record of it, or of another operation that worked on it. */
async function isOnRecord({ id, cluster }: Operation, { store }: PrepareParts): Promise<boolean> {
  if ((await store.clusters.read(cluster)) !== undefined) return true;
  const began = ({ id: other, startedAt }: Operation): boolean => other !== id && startedAt !== undefined;
  return (await newestOperation(store, cluster, began)) !== undefined;
}

/** As {@link observeAll}; of what shall go and a list of all clusters lacks, its kind is looked at alone. */
async function observeGoing(kinds: readonly StepKind[], look: Observing): Promise<Observed> {
  const observed = await observeAll(kinds, look);
  const { tags, removes } = look;
  if (tags === undefined || removes === undefined) return observed;
  const lacking = kinds.filter(({ kind }) => {
    const ids = new Set((observed.get(kind) ?? []).map(({ id }) => id));
    return removes(kind).some((id) => !ids.has(id));
  });
  const alone = await withFreshAnswers(() => observeAll(lacking, { ...look, tags: undefined }));
  return new Map([...observed, ...alone]);
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
  const spec = ClusterSpec.safeParse(place.spec).data;
  const look = {
    cluster: operation.cluster,
    regionId,
    spec,
    cloud: tools.cloud,
    region: tools.cloud.in(regionId),
    tags: parts.tags,
  };
  if (wish.kind === 'scale') return prepareScale(operation, wish, look, tools);
  // A removal asks only what is there; right before its start, whether it is still what was to go.
  const { plan } = operation;
  const removes = plan && ((kind: string) => removedIds(plan, kind));
  const observed = await observeGoing(kinds, { ...look, shallow: true, removes });
  if (nothingOf(observed)) return { problems: [nothingThere(operation.cluster, regionId)] };
  const steps = planDestroy(kinds, operation.cluster, observed);
  const risks = [...removalRisks(steps, true)];
  // Right before the start nobody reads them any more.
  if (!plan)
    risks.push(
      ...(await untaggedRisks(kinds, look, observed)),
      ...(await strangerRisks(look, observed, steps)),
    );
  return readyPlan(operation, regionId, spec, { steps, cost: costOfDestroy(), risks });
}
