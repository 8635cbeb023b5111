/**
 * The load balancers' health checks. A server is asked in quick succession while its state may be changing
 * (it is new, its machine reported something, the last answer differed) and slowly otherwise, so that hundreds
 * of nodes stay cheap.
 */
import { healthKey, type Server, type ServerGroup } from '../alibaba/alb/state.ts';
import { Table } from '../alibaba/table.ts';
import { loopbackPort } from './balance.ts';
import { probe, type ProbeResult, reason } from './probe.ts';
import type { PlaneWorld } from './world.ts';

/** Real milliseconds: a calm server is asked no more often than this, whatever the clock's scale. */
const CALM_FLOOR_MS = 2000;
const CALM_MS = 10_000;
/** Real milliseconds: answers are awaited at least this long, since machines do not run on scaled time. */
const ANSWER_FLOOR_MS = 2000;
const QUICK_FLOOR_MS = 20;

interface Watch {
  readonly group: ServerGroup;
  readonly server: Server;
  /** Listener's addresses inside the VPC. */
  sources: readonly string[];
  streak: number;
  lastPassed: boolean | undefined;
  probing: boolean;
  again: boolean;
  cancel: () => void;
  unsubscribe: (() => void) | undefined;
  /** Ends the wait for the first healthy verdict. */
  readonly healthy: () => void;
}

/** Starts checking every server that a listener can reach; the returned function stops. */
export function startHealthChecks(world: PlaneWorld): () => void {
  const watches = new Table<Watch>((watch) => [watch.group.vpcId]);
  /** VPCs to look at; the empty one stands for server groups of none. */
  const planned = new Set<string>();
  let stopped = false;

  const sync = (vpcId: string) => {
    const wanted = new Set<string>();
    for (const group of world.alb.serverGroups.bearing(vpcId)) {
      if (!group.healthCheck.HealthCheckEnabled) continue;
      const sources = sourcesOf(world, group);
      if (sources === undefined) continue;
      for (const server of group.servers) {
        // Who is to get no request is asked for nothing.
        if (server.status === 'Removing' || server.status === 'Adding' || server.weight === 0) continue;
        const key = healthKey(group.id, server);
        wanted.add(key);
        const known = watches.get(key);
        if (known !== undefined && known.server === server) known.sources = sources;
        else {
          if (known !== undefined) drop(key, known);
          watches.set(key, startWatch(group, server, sources));
        }
      }
    }
    for (const watch of watches.bearing(vpcId)) {
      const key = healthKey(watch.group.id, watch.server);
      if (!wanted.has(key)) drop(key, watch);
    }
  };

  const plan = (vpcId: string | undefined) => {
    // Many changes come at once; looking at a VPC once a turn is enough.
    if (planned.size === 0) setImmediate(syncPlanned);
    // What happens in a VPC may concern server groups of none as well.
    planned.add('');
    if (vpcId !== undefined) planned.add(vpcId);
    else for (const group of allGroups()) planned.add(group.vpcId);
  };

  const allGroups = () => [
    ...world.alb.serverGroups.values(),
    ...Array.from(watches.values(), (watch) => watch.group),
  ];

  const syncPlanned = () => {
    const vpcIds = [...planned];
    planned.clear();
    if (!stopped) vpcIds.forEach(sync);
  };

  const drop = (key: string, watch: Watch) => {
    watch.healthy();
    watch.cancel();
    watch.unsubscribe?.();
    watches.delete(key);
    world.alb.health.delete(key);
  };

  const startWatch = (group: ServerGroup, server: Server, sources: readonly string[]): Watch => {
    const watch: Watch = {
      group,
      server,
      sources,
      streak: 0,
      lastPassed: undefined,
      probing: false,
      again: false,
      cancel: () => undefined,
      unsubscribe: undefined,
      healthy: world.waits.begin('health', server.serverId),
    };
    world.alb.health.set(healthKey(group.id, server), { status: 'Initial' });
    later(watch, floored(world, 0, QUICK_FLOOR_MS));
    return watch;
  };

  const later = (watch: Watch, simulatedMs: number) => {
    watch.cancel();
    watch.cancel = world.clock.after(simulatedMs, () => void visit(watch));
  };

  const visit = async (watch: Watch): Promise<void> => {
    const key = healthKey(watch.group.id, watch.server);
    if (stopped || watches.get(key) !== watch) return;
    if (watch.probing) {
      watch.again = true;
      return;
    }
    subscribe(watch);
    watch.probing = true;
    const result = await ask(world, watch);
    watch.probing = false;
    if (stopped || watches.get(key) !== watch) return;
    const settled = record(world, watch, result);
    const quickMs = floored(world, watch.group.healthCheck.HealthCheckInterval * 1000, QUICK_FLOOR_MS);
    later(watch, settled && !watch.again ? floored(world, CALM_MS, CALM_FLOOR_MS) : quickMs);
    watch.again = false;
  };

  const subscribe = (watch: Watch) => {
    if (watch.unsubscribe !== undefined) return;
    const guest = world.guest(watch.server.serverId);
    watch.unsubscribe = guest?.onChange(() => later(watch, floored(world, 0, QUICK_FLOOR_MS)));
  };

  const unwatch = world.alb.onChange(plan);
  for (const vpcId of new Set(allGroups().map((group) => group.vpcId))) sync(vpcId);

  return () => {
    stopped = true;
    unwatch();
    for (const [key, watch] of watches) drop(key, watch);
  };
}

/** Counts an answer; true when the state is settled: this answer agrees with what is already known. */
function record(world: PlaneWorld, watch: Watch, result: ProbeResult): boolean {
  const passed = result === undefined;
  watch.streak = watch.lastPassed === passed ? watch.streak + 1 : 1;
  watch.lastPassed = passed;
  const key = healthKey(watch.group.id, watch.server);
  const { HealthyThreshold, UnhealthyThreshold } = watch.group.healthCheck;
  const before = world.alb.health.get(key)?.status ?? 'Initial';
  const verdict = passed ? 'Healthy' : 'Unhealthy';
  if (before === verdict) {
    if (result !== undefined) world.alb.health.set(key, { status: verdict, reason: result });
    return true;
  }
  if (watch.streak < (passed ? HealthyThreshold : UnhealthyThreshold)) return false;
  if (passed) watch.healthy();
  world.alb.health.set(key, result === undefined ? { status: verdict } : { status: verdict, reason: result });
  return true;
}

function ask(world: PlaneWorld, watch: Watch): Promise<ProbeResult> {
  const { healthCheck } = watch.group;
  const port = healthCheck.HealthCheckConnectPort || watch.server.port;
  const isOpen = watch.sources.every((from) =>
    world.network.allows(from, watch.server.serverId, 'tcp', port),
  );
  const guest = world.guest(watch.server.serverId);
  if (!isOpen || guest === undefined) return Promise.resolve(reason('CONNECT_TIMEOUT', healthCheck));
  const timeoutMs = Math.max(healthCheck.HealthCheckTimeout * 1000 * world.clock.scale, ANSWER_FLOOR_MS);
  return probe(healthCheck, loopbackPort(guest, port), watch.server.serverIp, timeoutMs);
}

/** Addresses that probes of a server group come from; undefined while no running listener forwards to it. */
function sourcesOf({ alb }: PlaneWorld, group: ServerGroup): readonly string[] | undefined {
  const running = alb
    .listenersOf(group.id)
    .filter((listener) => listener.status === 'Running' || listener.status === 'Configuring');
  if (running.length === 0) return undefined;
  const zones = running.flatMap((listener) => alb.loadBalancers.get(listener.loadBalancerId)?.zones ?? []);
  return [...new Set(zones.map((zone) => zone.address))];
}

/** A simulated duration that is never shorter than `floorMs` of real time. */
function floored(world: PlaneWorld, simulatedMs: number, floorMs: number): number {
  return Math.max(simulatedMs, floorMs / world.clock.scale);
}
