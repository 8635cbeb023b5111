import type { HostShell } from '../database/host.ts';
import { evaluate } from '../database/mongo-shell.ts';
import type { MongoLogin } from '../database/mongo-shell.ts';

/** One entry of the cluster's own node list, `clusterdb.clusternode`. */
export interface ListedNode {
  readonly ip: string;
  /** Since its last heartbeat, by the database's clock; nodes write one each 5 s. */
  readonly silentMs: number;
}

/** A node counts as dead when its heartbeat is older (AMS: 4 x 5 s). */
export const DEAD_AFTER_MS = 20_000;

/** The node list as the panel and the nodes themselves see it. `undefined` when the database does not answer. */
export async function readNodeList(
  shell: HostShell,
  host: string,
  login: MongoLogin,
): Promise<readonly ListedNode[] | undefined> {
  const answer = await evaluate(
    shell,
    host,
    login,
    "db.getSiblingDB('clusterdb').clusternode.find().toArray().map(function (n) { return { ip: n.ip, silentMs: Date.now() - Number(n.lastUpdateTime) } })",
  );
  if (!answer.ok || !Array.isArray(answer.value)) return undefined;
  return (answer.value as unknown[]).flatMap((entry) => {
    const { ip, silentMs } = entry as { ip?: unknown; silentMs?: unknown };
    return typeof ip === 'string'
      ? [{ ip, silentMs: typeof silentMs === 'number' ? silentMs : Infinity }]
      : [];
  });
}

export function aliveIps(list: readonly ListedNode[], limitMs = DEAD_AFTER_MS): ReadonlySet<string> {
  return new Set(list.filter((node) => node.silentMs <= limitMs).map((node) => node.ip));
}
