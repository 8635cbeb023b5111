import { sshBlock } from '../../cluster/cidr.ts';
import type { Settings } from '../../cluster/settings.ts';
import { ClusterSpec } from '../../cluster/spec.ts';
import type { Problem } from '../../cluster/errors.ts';
import { findCluster } from './find-cluster.ts';
import { wakingWords, withNumbersOfNow } from './group-numbers.ts';
import { lostWithRecord } from './lost-with-record.ts';
import { newestOperation } from './newest-operation.ts';
import { planRepair } from './plan-repair.ts';
import type { Differences } from './plan-repair.ts';
import { foundPart, observeAll } from './planner.ts';
import type { Observed } from './planner.ts';
import type { PrepareParts } from './prepared.ts';
import type { Hidden, StepKind } from '../resource.ts';
import { isAdopted } from '../resources/adopted.ts';
import { NO_CERTIFICATE, recallSpec, UNKNOWN } from './spec-from-cloud.ts';
import { lostTags } from './untagged.ts';

/** A cluster compared with what it should be. */
export interface Compared extends Differences {
  readonly regionId: string;
  /** With the numbers of nodes as the cloud has them now. */
  readonly spec: ClusterSpec;
  readonly observed: Observed;
  /** The record of the cluster was lost: compared with what could be read back from the cloud. */
  readonly recalled: boolean;
}

/**
 * Compares a cluster with its spec: the remembered one, else the one that the cloud still tells. Reads only.
 * @throws CloudError when the cloud cannot be read now
 */
export async function lookForDifferences(
  cluster: string,
  { tools, store, signal }: Pick<PrepareParts, 'tools' | 'store'> & Partial<Pick<PrepareParts, 'signal'>>,
): Promise<Compared | { readonly problem: Problem }> {
  const place = await findCluster(cluster, { tools, store });
  if ('problem' in place) return place;
  const { regionId } = place;
  const kinds = [...tools.kinds.values()];
  const remembered = ClusterSpec.safeParse(place.spec).data;
  const look = { cluster, regionId, spec: remembered, cloud: tools.cloud, region: tools.cloud.in(regionId) };
  const first = await observeAll(kinds, look);
  const { settings, secrets } = tools;
  const byPart = new Map([...first.values()].flat().map((one) => [one.part, one] as const));
  const known = remembered ?? recallSpec(cluster, regionId, byPart, settings);
  if (!known || isPlaceholder(known)) {
    const problem = {
      code: 'spec_unknown',
      message: `Too little of cluster ${cluster} is left in ${regionId} to know what it should be.`,
      hint: `The same \`/ams create-cluster\` that it was made with, typed again carries on from what is there. Look at it with \`/ams status ${cluster}\`; \`/ams destroy-cluster ${cluster}\` removes the rest.`,
    };
    return { problem };
  }
  const recalled = remembered === undefined;
  // What a cluster only uses is seen by its spec alone.
  const adopted = kinds.filter(({ kind }) => recalled && isAdopted(kind, known));
  const observed = new Map([...first, ...(await observeAll(adopted, { ...look, spec: known }))]);
  const spec = admittingWorker(withNumbersOfNow(known, observed), settings);
  const record = !recalled && !(await lacksAdmin(cluster, store));
  const skip = unknownParts(spec);
  const [more, hidden] = await Promise.all([
    lostWithRecord(spec, observed, { tools, signal, record }),
    hiddenDifferences(observed, kinds, { ...look, spec, settings, secrets }),
  ]);
  const differences = planRepair(kinds, spec, observed, { more, skip, hidden });
  const missing = kinds.flatMap((kind) =>
    kind.type === 'resource'
      ? kind
          .parts(spec)
          .filter(({ id }) => !skip.has(id) && !foundPart(observed, id))
          .map(({ id }) => ({ part: id, kind: kind.kind }))
      : [],
  );
  const told = recalled ? differences.problems.map(withoutRecord(cluster)) : differences.problems;
  const problems = [...told, ...(await lostTags({ ...look, spec }, missing))];
  return { ...differences, problems, regionId, spec, observed, recalled };
}

/** Who moves the worker says so in `ams.yaml`: the firewall of a database of our own follows that. */
function admittingWorker(spec: ClusterSpec, { ssh }: Pick<Settings, 'ssh'>): ClusterSpec {
  const { database } = spec;
  const sshFrom = ssh.from === undefined ? undefined : sshBlock(ssh.from);
  if (database.source !== 'instance' || sshFrom === undefined) return spec;
  return { ...spec, database: { ...database, sshFrom } };
}

/**
 * A certificate that is gone may have been the cluster's own: which it was went with the record. Without one a create
 * carries on, so that the cluster need not be removed for another.
 */
function withoutRecord(cluster: string): (problem: Problem) => Problem {
  const hint = `The same \`/ams create-cluster ${cluster}\` that it was made with, typed again with a --certificate that is there, carries on from what is there.`;
  return (problem) => (problem.code === 'certificate_gone' ? { ...problem, hint } : problem);
}

/** Whether the last operation that was to make an administrator may have ended before it did. */
async function lacksAdmin(cluster: string, store: PrepareParts['store']): Promise<boolean> {
  const last = await newestOperation(
    store,
    cluster,
    ({ startedAt, plan }) =>
      startedAt !== undefined && plan?.steps.some((step) => step.kind === 'admin') === true,
  );
  return last !== undefined && last.state !== 'succeeded' && last.outcome?.adminSecret === undefined;
}

/**
 * What differs that only secrets or further reads show, and what sleeping groups would do once they wake, by part.
 * @throws CloudError when the cloud cannot be read now
 */
export async function hiddenDifferences(
  observed: Observed,
  kinds: readonly StepKind[],
  look: Hidden,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const asked = kinds.flatMap((kind) =>
    kind.type === 'resource' && kind.hidden
      ? (observed.get(kind.kind) ?? [])
          .filter((found) => found.ours)
          .map(async (found) => [found.part, (await kind.hidden?.(look, found)) ?? []] as const)
      : [],
  );
  const hidden = new Map(await Promise.all(asked));
  const waking = [...wakingWords(observed)].map(
    ([part, words]) => [part, [...(hidden.get(part) ?? []), ...words]] as const,
  );
  return new Map([...hidden, ...waking]);
}

/** What would be made after it is not known: nothing can be made of a placeholder. */
function isPlaceholder({ image, certificate }: ClusterSpec): boolean {
  return image.imageId === UNKNOWN || (certificate.source === 'cas' && certificate.certId === NO_CERTIFICATE);
}

/** Parts of a spec, recalled now or once, that hold something unknown: they cannot be compared. */
function unknownParts({ network, database }: ClusterSpec): ReadonlySet<string> {
  const parts = new Set<string>();
  if (network.cidr === UNKNOWN) parts.add('vpc');
  if (database.source === 'instance' && database.sshFrom === UNKNOWN) parts.add('security-group-database');
  return parts;
}
