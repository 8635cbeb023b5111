import type { Problem } from '../../cluster/errors.ts';
import { nearest } from '../../cluster/nearest.ts';
import { findClusters } from '../status/find-clusters.ts';
import type { Store } from '../store/store.ts';
import type { Tools } from '../steps/step-context.ts';

export type ClusterPlace =
  | { readonly regionId: string; readonly spec: unknown }
  | { readonly problem: Problem };

/** Where a cluster is: from memory, else by its tags in the regions that may be used. */
export async function findCluster(
  name: string,
  parts: { tools: Tools; store: Store },
): Promise<ClusterPlace> {
  const remembered = await parts.store.clusters.read(name);
  if (remembered) return { regionId: remembered.regionId, spec: remembered.spec };
  const { clusters, unread } = await findClusters(parts.tools.cloud, await regionsOf(parts.tools));
  const one = clusters.find((cluster) => cluster.cluster === name);
  if (one) return { regionId: one.regionId, spec: undefined };
  const known = clusters.map((cluster) => cluster.cluster);
  const near = nearest(name, known);
  const maybeThere =
    unread.length === 0
      ? ''
      : ` ${unread.join(', ')} could not be read, so it may be there: try again in a minute.`;
  const others =
    known.length > 0
      ? `There ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}.`
      : unread.length === 0
        ? 'There is no cluster at all; `/ams create-cluster` makes one.'
        : 'I see no other cluster either.';
  return {
    problem: {
      code: 'unknown_cluster',
      message:
        unread.length === 0 ? `There is no cluster \`${name}\`.` : `I do not find the cluster \`${name}\`.`,
      hint: `${near === undefined ? '' : `Did you mean ${near}? `}${others}${maybeThere}`,
      ...(near === undefined ? {} : { near }),
    },
  };
}

/** Regions to search: those that the settings allow, else all that the account sees. */
export async function regionsOf(tools: Tools): Promise<readonly string[]> {
  const { settings, cloud } = tools;
  if (settings.regions.length > 0) return [...new Set([settings.region, ...settings.regions])];
  const all = await cloud.in(settings.region).ecs.regions();
  return [...new Set([settings.region, ...all.map((region) => region.regionId)])];
}
