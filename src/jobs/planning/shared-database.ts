import { ClusterSpec } from '../../cluster/spec.ts';
import type { PrepareParts } from './prepared.ts';

/**
 * What is risky about a database that another cluster is remembered to use: Ant Media Server keeps the list of a
 * cluster's nodes in it (database `clusterdb`), so that the nodes of both would be one cluster, with one panel. Only
 * entries of `mongo.uris` are compared: the same private address may be another machine in another VPC.
 */
export async function sharedDatabaseRisks(
  cluster: string,
  { database }: ClusterSpec,
  { tools, store }: Pick<PrepareParts, 'tools' | 'store'>,
): Promise<readonly string[]> {
  if (database.source !== 'uri' || tools.settings.mongo.uris[database.uri] === undefined) return [];
  const others = (await store.clusters.list()).filter((one) => one.cluster !== cluster);
  const remembered = await Promise.all(others.map((one) => store.clusters.read(one.cluster)));
  const sharing = remembered.filter((one) => {
    const other = ClusterSpec.safeParse(one?.spec).data?.database;
    return other?.source === 'uri' && other.uri === database.uri;
  });
  return sharing.map(
    (one) =>
      `Cluster ${one?.cluster} uses the database ${database.uri} too: with one database the nodes of both become one cluster, with one panel. Each needs its own.`,
  );
}
