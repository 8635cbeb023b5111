import type { Problem } from '../../cluster/errors.ts';
import { nearest } from '../../cluster/nearest.ts';
import type { StepKind } from '../resource.ts';
import { findClusters, readRegions } from '../status/find-clusters.ts';
import type { Store } from '../store/store.ts';
import type { Tools } from '../steps/step-context.ts';
import { observeAll } from './planner.ts';

export type ClusterPlace =
  | { readonly regionId: string; readonly spec: unknown }
  | { readonly problem: Problem };

/** Kinds that {@link findClusters} lists, and those that are not seen without these. */
const LISTED: ReadonlySet<string> = new Set([
  'vpc',
  'vswitch',
  'security-group',
  'load-balancer',
  'listener',
  'dns-record',
  'scaling-group',
  'scaling-rule',
]);

/**
 * Where a cluster, or what is left of one, is: from memory, else by its tags in the regions that may be used. That
 * there is none is said only after a look at all kinds.
 */
export async function findCluster(
  name: string,
  { tools, store }: { tools: Tools; store: Store },
): Promise<ClusterPlace> {
  const remembered = await store.clusters.read(name);
  if (remembered) return { regionId: remembered.regionId, spec: remembered.spec };
  const regions = await regionsOf(tools);
  const found = await findClusters(tools.cloud, regions);
  const one = found.clusters.find((cluster) => cluster.cluster === name);
  if (one) return { regionId: one.regionId, spec: undefined };
  const read = regions.filter((regionId) => !found.unread.includes(regionId));
  const rest = await findRest(name, tools, read);
  if (rest.regionId !== undefined) return { regionId: rest.regionId, spec: undefined };
  const known = found.clusters.map((cluster) => cluster.cluster);
  return { problem: notFound(name, known, [...new Set([...found.unread, ...rest.unread])].toSorted()) };
}

/**
 * Looks for what {@link findClusters} does not list and may outlive all that it does. Certificates lie in no region:
 * they are looked for in the first one, when nothing else is left.
 */
async function findRest(
  name: string,
  { cloud, kinds }: Tools,
  regions: readonly string[],
): Promise<{ readonly regionId?: string; readonly unread: readonly string[] }> {
  const unlisted = [...kinds.values()].filter((kind) => !LISTED.has(kind.kind));
  const lookIn = (regionIds: readonly string[], of: readonly StepKind[]) =>
    readRegions(regionIds, async (regionId) => {
      const look = { cluster: name, regionId, spec: undefined, cloud, region: cloud.in(regionId) };
      const observed = await observeAll(of, { ...look, shallow: true });
      return { regionId, count: [...observed.values()].flat().filter(({ ours }) => ours).length };
    });
  const isRegional = ({ kind }: StepKind): boolean => kind !== 'certificate';
  const { seen, unread } = await lookIn(regions, unlisted.filter(isRegional));
  // Behind one address for all regions each lists the server groups of all.
  const [most] = seen.toSorted((a, b) => b.count - a.count);
  if (most && most.count > 0) return { regionId: most.regionId, unread };
  const home = await lookIn(
    regions.slice(0, 1),
    unlisted.filter((kind) => !isRegional(kind)),
  );
  const [certificates] = home.seen;
  if (certificates && certificates.count > 0) return { regionId: certificates.regionId, unread };
  return { unread: [...unread, ...home.unread] };
}

/** So many clusters are named in a sentence: of hundreds, what stands behind them would be cut off. */
const NAMED = 20;

/** @param unread regions that could not be read, or not wholly */
function notFound(name: string, known: readonly string[], unread: readonly string[]): Problem {
  const near = nearest(name, known);
  const maybeThere =
    unread.length === 0
      ? ''
      : ` ${unread.join(', ')} could not be read, so it may be there: try again in a minute.`;
  const rest = known.length > NAMED ? ` and ${known.length - NAMED} more` : '';
  const others =
    known.length > 0
      ? `There ${known.length === 1 ? 'is' : 'are'} ${known.slice(0, NAMED).join(', ')}${rest}.`
      : unread.length === 0
        ? 'There is no cluster at all; `/ams create-cluster` makes one.'
        : 'I see no other cluster either.';
  return {
    code: 'unknown_cluster',
    message:
      unread.length === 0 ? `There is no cluster \`${name}\`.` : `I do not find the cluster \`${name}\`.`,
    hint: `${near === undefined ? '' : `Did you mean ${near}? `}${others}${maybeThere}`,
    ...(near === undefined ? {} : { near }),
  };
}

/** Regions to search: those that the settings allow, else all that the account sees. */
export async function regionsOf(tools: Tools): Promise<readonly string[]> {
  const { settings, cloud } = tools;
  if (settings.regions.length > 0) return [...new Set([settings.region, ...settings.regions])];
  const all = await cloud.in(settings.region).ecs.regions();
  return [...new Set([settings.region, ...all.map((region) => region.regionId)])];
}
