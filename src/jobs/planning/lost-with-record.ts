import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Difference } from './plan-repair.ts';
import { foundPart } from './planner.ts';
import type { Observed } from './planner.ts';
import type { Tools } from '../steps/step-context.ts';
import type { SeenDatabase } from '../resources/database.ts';
import type { DatabasePlace } from '../status/cloud-reads.ts';
import { isAccessLost } from '../tasks/database/host.ts';
import { databaseTrouble } from '../tasks/database/trouble.ts';
import { atDoor } from '../tasks/flight/door.ts';
import { isOwned } from '../tasks/flight/panel.ts';

const KEYS_LOST =
  'The SSH keys of the database host are not in the store any more: Cloud Assistant gives it new ones.';
const OWNER_UNKNOWN = 'Whether the panel has an administrator is not on record: it gets one if it has none.';
const NOBODY_OWNS = 'The panel has no administrator: whoever comes first would own the cluster.';

/** So long a database host may take to tell how its database is. */
const TELLING_MS = 20_000;

/**
 * What a cluster lacks besides resources: a database that serves, or a way to its host when Redis lost that, and an
 * administrator where nobody knows whether there was one. Reads only.
 * @param record whether the cluster is on record: then its operation has seen to an administrator
 */
export async function lostWithRecord(
  spec: ClusterSpec,
  observed: Observed,
  { tools, record, signal }: { tools: Tools; record: boolean; signal?: AbortSignal | undefined },
): Promise<readonly Difference[]> {
  const differences: Difference[] = [];
  const found = foundPart(observed, 'database');
  if (spec.database.source === 'instance' && found?.ours === true) {
    const words = await databaseWords(spec, found.seen as SeenDatabase, tools, signal);
    if (words !== undefined) differences.push({ part: 'database-install', words: [words] });
  }
  if (record) return differences;
  const owned = await owner(spec, observed, tools, signal);
  if (owned !== true)
    differences.push({ part: 'admin', words: [owned === false ? NOBODY_OWNS : OWNER_UNKNOWN] });
  return differences;
}

/** Why MongoDB has to be seen to on a machine that runs. */
async function databaseWords(
  spec: ClusterSpec,
  { instanceId, status, privateIp, publicIp }: SeenDatabase,
  { cloud, settings, secrets, connect, onCommand }: Tools,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const { name: cluster, regionId } = spec;
  if (await isAccessLost({ cluster, secrets, spec })) return KEYS_LOST;
  // That it does not run the machine tells itself.
  if (status !== 'Running') return undefined;
  const place: DatabasePlace = {
    instanceId,
    state: status,
    ...(privateIp === undefined ? {} : { privateIp }),
    ...(publicIp === undefined ? {} : { publicIp }),
  };
  const patience = AbortSignal.any([AbortSignal.timeout(TELLING_MS), ...(signal ? [signal] : [])]);
  const way = { cloud, region: cloud.in(regionId), settings, secrets, connect, onCommand, signal: patience };
  return (await databaseTrouble({ cluster, regionId, spec, ...way }, place))?.message;
}

/** Whether the panel has an administrator; undefined when it does not say. */
async function owner(
  { domain }: ClusterSpec,
  observed: Observed,
  { connect, settings, now }: Tools,
  signal: AbortSignal = AbortSignal.timeout(30_000),
): Promise<boolean | undefined> {
  const balancer = foundPart(observed, 'load-balancer')?.seen as { readonly dnsName?: string } | undefined;
  if (balancer?.dnsName === undefined) return undefined;
  const place = { domain, dnsName: balancer.dnsName, connect, settings, signal, now };
  const owned = await atDoor(place, isOwned);
  return typeof owned === 'string' ? undefined : owned;
}
