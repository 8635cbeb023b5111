/** What the simulated ALB remembers: load balancers, listeners, rules, server groups, jobs and health. */
import { inRegion, Table } from '../table.ts';
import { tagMarks } from '../tags.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface ZoneMapping {
  readonly ZoneId: string;
  readonly VSwitchId: string;
  /** Private address of the balancer in that vSwitch: health checks and traffic come from it. */
  readonly address: string;
  readonly publicAddress: string | undefined;
  readonly allocationId: string | undefined;
}

export interface LoadBalancer {
  readonly id: string;
  readonly regionId: string;
  name: string;
  readonly vpcId: string;
  readonly addressType: string;
  readonly addressIpVersion: string;
  edition: string;
  readonly dnsName: string;
  readonly createdAt: Date;
  /** Lists show it from this moment on; reads by id do so at once. */
  visibleAt: number;
  status: 'Provisioning' | 'Active' | 'Configuring' | 'Inactive' | 'CreateFailed' | 'Deleting';
  readonly zones: readonly ZoneMapping[];
  deletionProtection: boolean;
  modificationProtection: string;
  readonly resourceGroupId: string;
  readonly tags: Tag[];
  /** The listener write in progress: while there is one, others on the same balancer are refused. */
  busy: string | undefined;
}

export interface ServerTuple {
  readonly ServerGroupId: string;
  readonly Weight?: number;
}

/** Action of a listener or a rule, as sent. */
export interface Action {
  readonly Type: string;
  readonly Order?: number;
  readonly ForwardGroupConfig?: { readonly ServerGroupTuples?: readonly ServerTuple[] };
  readonly RedirectConfig?: Readonly<Record<string, string>>;
  readonly FixedResponseConfig?: Readonly<Record<string, string>>;
}

/** Condition of a rule, as sent: `PathConfig.Values` and the like. */
export interface Condition {
  readonly Type: string;
  readonly HostConfig?: { readonly Values?: readonly string[] };
  readonly PathConfig?: { readonly Values?: readonly string[] };
  readonly MethodConfig?: { readonly Values?: readonly string[] };
  readonly SourceIpConfig?: { readonly Values?: readonly string[] };
  readonly HeaderConfig?: { readonly Key?: string; readonly Values?: readonly string[] };
  readonly CookieConfig?: {
    readonly Values?: readonly { readonly Key?: string; readonly Value?: string }[];
  };
  readonly QueryStringConfig?: {
    readonly Values?: readonly { readonly Key?: string; readonly Value?: string }[];
  };
}

export interface Listener {
  readonly id: string;
  readonly regionId: string;
  readonly loadBalancerId: string;
  readonly port: number;
  readonly protocol: 'HTTP' | 'HTTPS' | 'QUIC';
  status: 'Provisioning' | 'Running' | 'Configuring' | 'Stopped' | 'Deleting';
  description: string;
  defaultActions: readonly Action[];
  /** Certificate ids with their region suffix; the first is the default one. */
  certificateIds: string[];
  securityPolicyId: string;
  /** Seconds. */
  idleTimeout: number;
  /** Seconds. */
  requestTimeout: number;
  http2: boolean;
  gzip: boolean;
  caEnabled: boolean;
  xForwardedFor: Readonly<Record<string, unknown>>;
  readonly tags: Tag[];
  visibleAt: number;
}

export interface Rule {
  readonly id: string;
  readonly regionId: string;
  readonly listenerId: string;
  readonly loadBalancerId: string;
  name: string;
  priority: number;
  direction: string;
  status: 'Provisioning' | 'Available' | 'Configuring' | 'Deleting';
  conditions: readonly Condition[];
  actions: readonly Action[];
  readonly tags: Tag[];
}

export interface HealthCheckConfig {
  readonly HealthCheckEnabled: boolean;
  readonly HealthCheckProtocol: string;
  readonly HealthCheckPath: string;
  readonly HealthCheckMethod: string;
  readonly HealthCheckCodes: readonly string[];
  readonly HealthCheckConnectPort: number;
  readonly HealthCheckInterval: number;
  readonly HealthCheckTimeout: number;
  readonly HealthyThreshold: number;
  readonly UnhealthyThreshold: number;
  readonly HealthCheckHost: string;
  readonly HealthCheckHttpVersion: string;
}

export interface StickySessionConfig {
  readonly StickySessionEnabled: boolean;
  readonly StickySessionType: string;
  readonly CookieTimeout: number;
  readonly Cookie: string;
}

export interface Server {
  readonly serverId: string;
  readonly serverType: string;
  readonly serverIp: string;
  readonly port: number;
  weight: number;
  description: string;
  status: 'Adding' | 'Available' | 'Configuring' | 'Removing';
  /** Scaling group that put it here, if one did. */
  readonly managedBy: string | undefined;
}

export interface ServerGroup {
  readonly id: string;
  readonly regionId: string;
  name: string;
  readonly type: string;
  readonly vpcId: string;
  readonly protocol: string;
  scheduler: string;
  status: 'Creating' | 'Available' | 'Configuring' | 'Deleting';
  healthCheck: HealthCheckConfig;
  sticky: StickySessionConfig;
  connectionDrain: { readonly ConnectionDrainEnabled: boolean; readonly ConnectionDrainTimeout: number };
  slowStart: { readonly SlowStartEnabled: boolean; readonly SlowStartDuration: number };
  upstreamKeepalive: boolean;
  crossZone: boolean;
  readonly resourceGroupId: string;
  readonly createdAt: Date;
  readonly servers: Server[];
  readonly tags: Tag[];
  /** Scaling groups that registered themselves with this group. */
  readonly scalingGroups: Set<string>;
  visibleAt: number;
}

export interface Job {
  readonly id: string;
  readonly regionId: string;
  readonly apiName: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly operateType: string;
  status: 'Processing' | 'Succeeded' | 'Failed';
  errorCode: string;
  errorMessage: string;
  readonly createdAt: number;
  modifiedAt: number;
}

/** What the health checks found out about one server. */
export interface Health {
  readonly status: 'Initial' | 'Healthy' | 'Unhealthy';
  readonly reason?: {
    readonly ReasonCode: string;
    readonly ExpectedResponse: string;
    readonly ActualResponse: string;
  };
}

/** Told of a change in a VPC, or of one that may be anywhere. */
type Watcher = (vpcId: string | undefined) => void;

/** The ALB's memory. Whoever changes what traffic or health checks depend on says so with `changed`. */
export class AlbState {
  readonly loadBalancers = new Table<LoadBalancer>((entry) => [
    inRegion(entry.regionId),
    entry.vpcId,
    ...entry.zones.map((zone) => zone.VSwitchId),
    ...tagMarks(entry.tags),
  ]);
  readonly listeners = new Table<Listener>((entry) => [
    entry.loadBalancerId,
    ...entry.defaultActions.flatMap(targetsOf),
    ...tagMarks(entry.tags),
  ]);
  readonly rules = new Table<Rule>((entry) => [
    entry.listenerId,
    entry.loadBalancerId,
    ...entry.actions.flatMap(targetsOf),
    ...tagMarks(entry.tags),
  ]);
  readonly serverGroups = new Table<ServerGroup>((entry) => [entry.vpcId, ...tagMarks(entry.tags)]);
  readonly jobs = new Table<Job>((entry) => [entry.resourceId]);
  /** Result of health checks by `serverGroupId/serverId/port`. */
  readonly health = new Map<string, Health>();
  readonly #watchers = new Set<Watcher>();

  /** Calls `watcher` after each change; the returned function unsubscribes. */
  onChange(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** @param vpcId of what changed; empty for a server group of no VPC, left out when it may be anything */
  changed(vpcId?: string): void {
    for (const watcher of this.#watchers) watcher(vpcId);
  }

  healthOf(group: ServerGroup, server: Server): Health {
    return this.health.get(healthKey(group.id, server)) ?? { status: 'Initial' };
  }

  /** Listeners of one VPC's load balancers, or of all. */
  listenersIn(vpcId: string | undefined): readonly Listener[] {
    if (vpcId === undefined) return [...this.listeners.values()];
    return this.listeners.bearing(...this.loadBalancers.bearing(vpcId).map((balancer) => balancer.id));
  }

  /** Running or not, the listeners whose actions or rules name the group. */
  listenersOf(serverGroupId: string): readonly Listener[] {
    const byRule = this.rules.bearing(serverGroupId).map((rule) => rule.listenerId);
    return this.listeners
      .bearing(serverGroupId, ...byRule)
      .filter((listener) => this.groupsOf(listener).has(serverGroupId));
  }

  /** Every server group that a listener can forward to, by default or by rule. */
  groupsOf(listener: Listener): Set<string> {
    const rules = this.rules.bearing(listener.id);
    return new Set([...listener.defaultActions, ...rules.flatMap((rule) => rule.actions)].flatMap(targetsOf));
  }
}

export function healthKey(serverGroupId: string, server: Pick<Server, 'serverId' | 'port'>): string {
  return `${serverGroupId}/${server.serverId}/${server.port}`;
}

/** Server groups named by one action. */
export function targetsOf(action: Action): string[] {
  return (action.ForwardGroupConfig?.ServerGroupTuples ?? []).map((tuple) => tuple.ServerGroupId);
}
