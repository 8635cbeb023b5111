import type { ClusterSpec } from '../../cluster/spec.ts';
import type { PrepareParts } from './prepared.ts';

/** That another cluster is remembered to serve the same domain: the name leads to one of them. */
export async function sharedDomainRisks(
  cluster: string,
  { domain }: ClusterSpec,
  { store }: Pick<PrepareParts, 'store'>,
): Promise<readonly string[]> {
  const others = (await store.clusters.list()).filter(
    (one) => one.cluster !== cluster && one.domain?.toLowerCase() === domain.toLowerCase(),
  );
  return others.map(
    (one) =>
      `Cluster ${one.cluster} serves ${domain} too: the name can lead to one of them only. Another name: --domain.`,
  );
}
