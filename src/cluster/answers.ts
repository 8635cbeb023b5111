import type { Problem } from './errors.ts';
import type { Operation, Requester, StepRecord } from './operation.ts';
import type { Role } from './names.ts';

/** What people ask without changing anything. A worker answers, the bot shows. */
export type Question =
  | { readonly kind: 'status'; readonly cluster: string }
  | { readonly kind: 'test-fly'; readonly cluster: string }
  | { readonly kind: 'clusters' };

export type Answer =
  | { readonly kind: 'status'; readonly status: ClusterStatus }
  | { readonly kind: 'test-fly'; readonly cluster: string; readonly flight: TestFlight }
  | {
      readonly kind: 'clusters';
      readonly clusters: readonly ClusterSummary[];
      /** Regions that could not be read. */
      readonly unread?: readonly string[];
    }
  /** It could not be answered: unknown cluster, cloud out of reach. */
  | { readonly kind: 'problem'; readonly problem: Problem };

/** A question on its way; times in milliseconds since 1970. */
export interface Asked {
  readonly id: string;
  readonly question: Question;
  readonly requester: Requester;
  readonly askedAt: number;
  readonly answer?: Answer;
  readonly answeredAt?: number;
}

export interface ClusterSummary {
  readonly cluster: string;
  readonly regionId: string;
  readonly domain?: string;
  readonly originNodes?: number;
  readonly edgeNodes?: number;
  /** Operation going on, if any. */
  readonly operation?: string;
}

export type Health = 'good' | 'attention' | 'bad' | 'unknown';

/** One node as three sources see it. */
export interface NodeStatus {
  readonly instanceId: string;
  readonly privateIp: string;
  readonly zone: string;
  /** Auto Scaling's word: `InService`, `Pending`, … */
  readonly lifecycle: string;
  /** Behind the load balancer. `unknown` when it could not be read. */
  readonly healthy: boolean | 'unknown';
  /** Alive in the cluster's own node list (MongoDB). */
  readonly inCluster: boolean | 'unknown';
}

/** A value of CPU, averaged over the nodes of a group; `at` in milliseconds since 1970. */
export interface CpuPoint {
  readonly at: number;
  readonly percent: number;
}

/** How many nodes a group had; `at` in milliseconds since 1970. */
export interface SizePoint {
  readonly at: number;
  readonly nodes: number;
}

export interface GroupStatus {
  readonly role: Role;
  readonly exists: boolean;
  readonly state: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly nodes: readonly NodeStatus[];
  /** In service, in the cluster and healthy: nodes that serve. */
  readonly serving: number;
  readonly cpuTarget?: number;
  /** Over the last hours, oldest first. */
  readonly cpu?: readonly CpuPoint[];
  /** Over the last hours, oldest first. */
  readonly sizes?: readonly SizePoint[];
  /** Why the newest scaling activity failed, in words. */
  readonly trouble?: string;
}

export interface ListenerStatus {
  readonly port: number;
  readonly protocol: string;
  readonly role: Role;
  readonly exists: boolean;
  readonly state: string;
  /** The server group it leads to is the right one. */
  readonly leadsRight: boolean;
}

/** A cluster as it is now, read live. */
export interface ClusterStatus {
  readonly cluster: string;
  readonly regionId: string;
  readonly zones: readonly string[];
  readonly health: Health;
  /** What is wrong or worth a look, most important first. */
  readonly findings: readonly string[];
  readonly groups: readonly GroupStatus[];
  readonly listeners: readonly ListenerStatus[];
  readonly loadBalancer: { readonly state: string; readonly dnsName: string } | undefined;
  readonly database:
    | { readonly state: string; readonly privateIp?: string; readonly external: boolean }
    | undefined;
  /** What is really served, of two ports the worse. */
  readonly certificate:
    | {
        readonly names: readonly string[];
        readonly daysLeft: number;
        /** Less than a third of its life is left. */
        readonly isDue: boolean;
        /** Where it is served, if the other port serves another one. */
        readonly port?: number;
        /** It does not cover the domain. */
        readonly isForeign?: boolean;
      }
    | undefined;
  readonly domain?: string;
  readonly publishUrl?: string;
  readonly playUrl?: string;
  readonly panelUrl?: string;
  /** What differs from what the cluster should be; empty when nothing does, undefined when it was not compared. */
  readonly drift?: readonly string[];
  /** Live operation of the cluster. */
  readonly operation?: string;
  /** Sources that could not be read. */
  readonly unread: readonly string[];
  readonly readAt: number;
}

/** One check of the test flight. */
export interface FlightCheck {
  readonly what: string;
  readonly ok: boolean;
  /** What was seen, or what is wrong and what to do, in one sentence. */
  readonly detail: string;
}

export interface TestFlight {
  readonly ok: boolean;
  readonly publishUrl: string;
  readonly playUrl: string;
  readonly checks: readonly FlightCheck[];
}

/** An operation with its steps: all that its message shows. */
export interface OperationView {
  readonly operation: Operation;
  readonly steps: Readonly<Record<string, StepRecord>>;
}

/** A memory of a cluster; the truth is in the cloud. */
export interface ClusterRecord {
  readonly cluster: string;
  readonly regionId: string;
  readonly domain?: string;
}

/** What the scheduled looks found out about a cluster and told the channel last. */
export interface DriftRecord {
  readonly cluster: string;
  /** Grows with each that is told, which is a message of its own, and never comes again. */
  readonly number: number;
  readonly state: 'drifted' | 'well';
  /** One sentence or more a part. */
  readonly findings: readonly string[];
  readonly at: number;
  readonly channel: string;
  /** Gets it when the channel does not take it. */
  readonly user: string;
}

/** What the scheduled looks told last of the certificate that a cluster serves. */
export interface ExpiryRecord {
  readonly cluster: string;
  /** Grows with each that is told, which is a message of its own, and never comes again. */
  readonly number: number;
  readonly domain: string;
  /** When it ends, milliseconds since 1970. */
  readonly endsAt: number;
  /** Whole days from `at` to then, negative when it has expired. */
  readonly daysLeft: number;
  readonly at: number;
  readonly channel: string;
  /** Gets it when the channel does not take it. */
  readonly user: string;
}

/** An entry of the audit log. */
export interface AuditEntry {
  readonly at: number;
  readonly operation: string;
  readonly cluster: string;
  readonly kind: string;
  /** What happened: `requested`, `planned`, `approved`, `rejected`, `started`, `step done`, `succeeded`, … */
  readonly event: string;
  readonly user?: string;
  readonly digest?: string;
  readonly detail?: string;
}
