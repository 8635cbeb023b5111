import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Difference } from './plan-repair.ts';
import { foundPart } from './planner.ts';
import type { Observed } from './planner.ts';
import type { Tools } from '../steps/step-context.ts';
import { isAccessLost } from '../tasks/database/host.ts';
import { atDoor } from '../tasks/flight/door.ts';
import { isOwned } from '../tasks/flight/panel.ts';

const KEYS_LOST =
  'The SSH keys of the database host are not in the store any more: Cloud Assistant gives it new ones.';
const OWNER_UNKNOWN = 'Whether the panel has an administrator is not on record: it gets one if it has none.';
const NOBODY_OWNS = 'The panel has no administrator: whoever comes first would own the cluster.';

/**
 * What a cluster lacks besides resources when Redis lost something: a way to its database host, and an administrator
 * where nobody knows whether there was one. Reads only.
 * @param record whether the cluster is on record: then its operation has seen to an administrator
 */
export async function lostWithRecord(
  spec: ClusterSpec,
  observed: Observed,
  { tools, record, signal }: { tools: Tools; record: boolean; signal?: AbortSignal | undefined },
): Promise<readonly Difference[]> {
  const differences: Difference[] = [];
  const { name: cluster, database } = spec;
  const isThere = database.source === 'instance' && foundPart(observed, 'database')?.ours === true;
  if (isThere && (await isAccessLost({ cluster, secrets: tools.secrets, spec })))
    differences.push({ part: 'database-install', words: [KEYS_LOST] });
  if (record) return differences;
  const owned = await owner(spec, observed, tools, signal);
  if (owned !== true)
    differences.push({ part: 'admin', words: [owned === false ? NOBODY_OWNS : OWNER_UNKNOWN] });
  return differences;
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
