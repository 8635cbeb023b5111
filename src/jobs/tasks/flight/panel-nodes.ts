import type { FlightCheck } from '../../../cluster/answers.ts';
import type { Door } from './door.ts';
import { panelToken } from './panel.ts';

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
    door.get(443, '/rest/v2/cluster/nodes/0/50', headers),
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
  const alive = aliveIn(list.body);
  if (list.status !== 200 || !alive) {
    return {
      what,
      ok: false,
      detail: `The panel does not tell the cluster's node list (status ${list.status}): the node that answered may be standalone.`,
    };
  }
  const missing = ips.filter((ip) => !alive.has(ip));
  if (missing.length === 0)
    return { what, ok: true, detail: `All ${ips.length} nodes are alive in the cluster's node list.` };
  return {
    what,
    ok: false,
    detail: `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not alive in the cluster's node list; release ${missing.length === 1 ? 'it' : 'them'} in the ECS console and Auto Scaling starts ${missing.length === 1 ? 'a fresh one' : 'fresh ones'}.`,
  };
}

function aliveIn(body: string): ReadonlySet<string> | undefined {
  try {
    const list: unknown = JSON.parse(body);
    if (!Array.isArray(list)) return undefined;
    const nodes = list as { readonly ip?: unknown; readonly status?: unknown }[];
    return new Set(nodes.filter((node) => node.status === 'alive').map((node) => String(node.ip)));
  } catch {
    return undefined;
  }
}
