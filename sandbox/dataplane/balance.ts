/** Which server of a server group takes a request: health, weights, scheduler, sticky sessions. */
import { createHash } from 'node:crypto';
import type { Guest } from '../contract.ts';
import type { Action, Server, ServerGroup } from '../alibaba/alb/state.ts';
import type { PlaneWorld } from './world.ts';

/** A server that can be spoken to, with its loopback port. */
export interface Node {
  readonly server: Server;
  readonly group: ServerGroup;
  readonly port: number;
  /** Requests and WebSockets in flight. */
  readonly load: number;
}

/** Port that AMS listens on inside a machine; the only one a machine opens for HTTP. */
const NODE_PORT = 5080;

/** Loopback port behind a server's port, undefined when nothing listens there or the network forbids it. */
export function loopbackPort(guest: Guest | undefined, port: number): number | undefined {
  return port === NODE_PORT ? guest?.httpPort() : undefined;
}

/** What a request brings along that schedulers look at. */
export interface Visit {
  readonly clientIp: string;
  readonly url: string;
  readonly cookies: Readonly<Record<string, string>>;
}

/** Remembers loads and turns; one for all groups. */
export class Balancer {
  readonly #world: PlaneWorld;
  readonly #loads = new Map<string, number>();
  readonly #turns = new Map<string, number>();

  constructor(world: PlaneWorld) {
    this.#world = world;
  }

  /** Takes the server group of a forward action, by the weights of its tuples. */
  groupFor(action: Action): ServerGroup | undefined {
    const tuples = action.ForwardGroupConfig?.ServerGroupTuples ?? [];
    const weighted = tuples.map((tuple) => ({ tuple, weight: tuple.Weight ?? 100 }));
    const chosen = this.#weightedTurn(JSON.stringify(tuples), weighted)?.tuple;
    return chosen && this.#world.alb.serverGroups.get(chosen.ServerGroupId);
  }

  /**
   * Chooses a server among the healthy ones. Where none is healthy, ALB asks the others all the same: among those that
   * can be reached then.
   *
   * @param reaches whether the network lets the load balancer through to a server
   * @returns else the status to answer with: 503 when the group has no server at all, 502 when none can be reached
   */
  choose(group: ServerGroup, visit: Visit, reaches: (server: Server) => boolean): Node | 502 | 503 {
    const serving = group.servers.filter((server) => server.status === 'Available' && server.weight > 0);
    if (serving.length === 0) return 503;
    const nodes = this.#nodesOf(group, serving);
    const healthy = nodes.filter((node) => this.#isHealthy(node));
    const chosen = healthy.length > 0 ? healthy : nodes.filter((node) => reaches(node.server));
    return this.#sticky(group, chosen, visit) ?? this.#schedule(group, chosen, visit) ?? 502;
  }

  /** Counts a request until the returned function is called. */
  begin(node: Node): () => void {
    const key = `${node.group.id}/${node.server.serverId}`;
    this.#loads.set(key, (this.#loads.get(key) ?? 0) + 1);
    let open = true;
    return () => {
      if (open) this.#loads.set(key, (this.#loads.get(key) ?? 1) - 1);
      open = false;
    };
  }

  /** Servers on whose port something listens. */
  #nodesOf(group: ServerGroup, servers: readonly Server[]): Node[] {
    return servers.flatMap((server) => {
      const port = loopbackPort(this.#world.guest(server.serverId), server.port);
      if (port === undefined) return [];
      return [{ server, group, port, load: this.#loads.get(`${group.id}/${server.serverId}`) ?? 0 }];
    });
  }

  #isHealthy({ group, server }: Node): boolean {
    return (
      !group.healthCheck.HealthCheckEnabled || this.#world.alb.healthOf(group, server).status === 'Healthy'
    );
  }

  #sticky(group: ServerGroup, nodes: readonly Node[], visit: Visit): Node | undefined {
    if (!group.sticky.StickySessionEnabled) return undefined;
    const name = group.sticky.StickySessionType === 'Server' ? group.sticky.Cookie : 'SERVERID';
    const mark = visit.cookies[name]?.split('|')[0];
    if (mark === undefined) return undefined;
    if (group.sticky.StickySessionType !== 'Server') return nodes.find((node) => serverMark(node) === mark);
    return nodes[hash(mark) % nodes.length];
  }

  #schedule(group: ServerGroup, nodes: readonly Node[], visit: Visit): Node | undefined {
    if (group.scheduler === 'Wlc') {
      const least = Math.min(...nodes.map((node) => (node.load + 1) / node.server.weight));
      const tied = nodes.filter((node) => (node.load + 1) / node.server.weight === least);
      return this.#weightedTurn(`${group.id}/wlc`, tied.map(withWeight))?.node;
    }
    if (group.scheduler === 'Sch') return nodes[hash(visit.clientIp) % nodes.length];
    if (group.scheduler === 'Uch') return nodes[hash(visit.url) % nodes.length];
    return this.#weightedTurn(group.id, nodes.map(withWeight))?.node;
  }

  /** Round robin over weights: the n-th turn lands where n modulo the total falls. */
  #weightedTurn<T extends { readonly weight: number }>(key: string, entries: readonly T[]): T | undefined {
    const divisor = entries.reduce((found, entry) => greatestCommonDivisor(found, entry.weight), 0) || 1;
    const total = entries.reduce((sum, entry) => sum + entry.weight / divisor, 0);
    const turn = this.#turns.get(key) ?? 0;
    this.#turns.set(key, turn + 1);
    let left = total === 0 ? 0 : turn % total;
    for (const entry of entries) {
      left -= entry.weight / divisor;
      if (left < 0) return entry;
    }
    return entries[0];
  }
}

/** How an inserted SERVERID cookie names a server. */
export function serverMark(node: Node): string {
  return createHash('md5').update(`${node.server.serverId}:${node.server.port}`).digest('hex');
}

function withWeight(node: Node): { readonly node: Node; readonly weight: number } {
  return { node, weight: node.server.weight };
}

function hash(text: string): number {
  return createHash('md5').update(text).digest().readUInt32BE(0);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
