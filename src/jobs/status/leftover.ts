import type { RegionCloud } from '../../cloud/cloud.ts';
import { clusterTags } from '../../cluster/names.ts';

/**
 * What there is of a cluster that has neither groups nor a load balancer nor a database, with its verb, as in `its
 * network is`. Whoever has found that out has just listed its instances, so that only its network costs a call.
 * @returns undefined when nothing is there
 * @throws CloudError when that cannot be read
 */
export async function leftover(region: RegionCloud, cluster: string): Promise<string | undefined> {
  const tags = clusterTags(cluster);
  const [instances, networks] = await Promise.all([
    region.ecs.listInstances({ tags }),
    region.vpc.listVpcs({ tags }),
  ]);
  if (instances.length === 0) return networks.length === 0 ? undefined : 'its network is';
  return networks.length === 0 ? 'instances of it are' : 'instances of it and its network are';
}
