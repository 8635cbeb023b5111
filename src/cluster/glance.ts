import type { ClusterStatus, Health } from './answers.ts';
import type { Role } from './names.ts';

/** How a cluster was when it was last read, in short: for lists, where nobody waits for the cloud. */
export interface Glance {
  readonly cluster: string;
  readonly health: Health;
  readonly groups: readonly { readonly role: Role; readonly serving: number; readonly desired: number }[];
  /** What is wrong or worth a look, most important first; at most a few. */
  readonly findings: readonly string[];
  /** How many sentences tell of drift; undefined when it was not compared. */
  readonly drift?: number;
  readonly certificateDays?: number;
  /** It is time to renew it. */
  readonly isCertificateDue?: boolean;
  /** Milliseconds since 1970. */
  readonly readAt: number;
}

const MAX_FINDINGS = 3;

export function glanceOf(status: ClusterStatus): Glance {
  const { cluster, health, groups, findings, drift, certificate, readAt } = status;
  return {
    cluster,
    health,
    groups: groups.map(({ role, serving, desired }) => ({ role, serving, desired })),
    findings: findings.slice(0, MAX_FINDINGS),
    ...(drift === undefined ? {} : { drift: drift.length }),
    ...(certificate === undefined
      ? {}
      : { certificateDays: certificate.daysLeft, isCertificateDue: certificate.isDue }),
    readAt,
  };
}

/** A cluster that could not be read: said so, and not asked for again at once. */
export function unreadGlance(cluster: string, why: string, readAt: number): Glance {
  return { cluster, health: 'unknown', groups: [], findings: [why], readAt };
}
