import type { FlightCheck } from '../../../cluster/answers.ts';
import type { Door, Reply } from './door.ts';
import { panelToken } from './panel.ts';

/** Records that one answer holds, and after how many the list is taken to have no end. */
const PAGE = 50;
const MOST_RECORDS = 5_000;

/**
 * The node list as the panel tells it, for databases that we have no way into (GET /rest/v2/cluster/nodes, with the
 * nodes' common key). Every node of the groups must be alive in it.
 */
export async function checkPanelNodes(
  door: Door,
  jwtSecret: string | undefined,
  ips: readonly string[],
): Promise<FlightCheck> {
  const what = 'Nodes';
  if (jwtSecret === undefined) {
    return {
      what,
      ok: false,
      detail: "The cluster's node list could not be read: its API key is not in the store of secrets.",
    };
  }
  const headers = { proxyauthorization: panelToken(jwtSecret, door.now()) };
  const [list, version] = await Promise.all([
    readAlive(door, headers, ips),
    door.get(443, '/rest/v2/version', headers),
  ]);
  if (!list.reached) return { what, ok: false, detail: list.why };
  if (version.reached && /community edition/i.test(version.body)) {
    return {
      what,
      ok: false,
      detail: 'The nodes run the Community Edition, which cannot form a cluster; choose an Enterprise image.',
    };
  }
  if (!list.alive) {
    return {
      what,
      ok: false,
      detail: `The panel does not tell the cluster's node list (status ${list.status}): the node that answered may be standalone, or does not reach its database.`,
    };
  }
  const { alive } = list;
  const missing = ips.filter((ip) => !alive.has(ip));
  if (missing.length === 0)
    return { what, ok: true, detail: `All ${ips.length} nodes are alive in the cluster's node list.` };
  return {
    what,
    ok: false,
    detail: `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not alive in the cluster's node list; release ${missing.length === 1 ? 'it' : 'them'} in the ECS console and Auto Scaling starts ${missing.length === 1 ? 'a fresh one' : 'fresh ones'}.`,
  };
}

type Unreached = Extract<Reply, { readonly reached: false }>;

/** What the list came to; without addresses where an answer was none. */
interface Listed {
  readonly reached: true;
  readonly status: number;
  readonly alive: ReadonlySet<string> | undefined;
}

/** Addresses alive in the list, page by page until all that are asked for are found, or the list is at its end. */
async function readAlive(
  door: Door,
  headers: Readonly<Record<string, string>>,
  ips: readonly string[],
): Promise<Listed | Unreached> {
  const alive = new Set<string>();
  for (let from = 0; ; from += PAGE) {
    const reply = await door.get(443, `/rest/v2/cluster/nodes/${from}/${PAGE}`, headers);
    if (!reply.reached) return reply;
    const { status } = reply;
    const page = status === 200 ? nodesIn(reply.body) : undefined;
    if (!page) return { reached: true, status, alive: undefined };
    for (const node of page) if (node.status === 'alive') alive.add(String(node.ip));
    const isLast = page.length < PAGE || from + PAGE >= MOST_RECORDS;
    if (isLast || ips.every((ip) => alive.has(ip))) return { reached: true, status, alive };
  }
}

function nodesIn(body: string): readonly { readonly ip?: unknown; readonly status?: unknown }[] | undefined {
  try {
    const list: unknown = JSON.parse(body);
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}
