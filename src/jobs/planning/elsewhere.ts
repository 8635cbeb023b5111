import { CloudError } from '../../cloud/errors.ts';
import type { Problem } from '../../cluster/errors.ts';
import { ClusterSpec } from '../../cluster/spec.ts';
import { observeAll } from './planner.ts';
import type { PrepareParts } from './prepared.ts';
import { nothingOf } from './prepare-scale.ts';

/** Why a name cannot be used: what is remembered of a cluster, and its secrets, lie under its name alone. */
export function takenElsewhere(cluster: string, regionId: string): Problem {
  return {
    code: 'cluster_exists',
    message: `Cluster ${cluster} exists already, in ${regionId}: a name belongs to one cluster across all regions.`,
    hint: `Choose another name, look at that one with \`/ams status ${cluster}\`, or remove it first with \`/ams destroy-cluster ${cluster}\`.`,
  };
}

/**
 * Looks whether the cluster that is remembered under a name is in another region than the one given, and whether
 * anything of it is there: a record also stays where people removed a cluster by hand, or nothing was made yet. Asks
 * the cloud in that case only.
 * @throws CloudError when the other region cannot be read now
 */
export async function rememberedElsewhere(
  cluster: string,
  here: string,
  { tools, store }: Pick<PrepareParts, 'tools' | 'store'>,
): Promise<Problem | undefined> {
  const remembered = await store.clusters.read(cluster);
  if (!remembered || remembered.regionId === here) return undefined;
  const { regionId } = remembered;
  const spec = ClusterSpec.safeParse(remembered.spec).data;
  const { cloud } = tools;
  const look = { cluster, regionId, spec, cloud, region: cloud.in(regionId), shallow: true };
  try {
    const observed = await observeAll([...tools.kinds.values()], look);
    return nothingOf(observed) ? undefined : takenElsewhere(cluster, regionId);
  } catch (error) {
    if (!(error instanceof CloudError) || error.retryable || error.unknownOutcome) throw error;
    return {
      code: 'cluster_exists',
      message: `Cluster ${cluster} is remembered in ${regionId}, and whether anything of it is there cannot be read: ${error.message}`,
      hint: `Choose another name, or let the bot read ${regionId} again.`,
    };
  }
}
