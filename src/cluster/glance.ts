import type { ClusterStatus, Health } from './answers.ts';
import type { Role } from './names.ts';

/** How a cluster was when it was last read, in short: for lists, where nobody waits for the cloud. */
export interface Glance {
  readonly cluster: string;
  readonly health: Health;
  /** Those that could be read. */
  readonly groups: readonly { readonly role: Role; readonly serving: number; readonly desired: number }[];
  /** What is wrong or worth a look, most important first; at most a few. */
  readonly findings: readonly string[];
  /** How many sentences tell of drift; undefined when it was not compared. */
  readonly drift?: number;
  readonly certificateDays?: number;
  /** It is time to renew it. */
  readonly isCertificateDue?: boolean;
  /** When the reading began, milliseconds since 1970: what ended after that may not be in it. */
  readonly readAt: number;
}

const MAX_FINDINGS = 3;

export function glanceOf(status: ClusterStatus): Glance {
  const { cluster, health, findings, drift, certificate, readAt } = status;
  return {
    cluster,
    health,
    groups: groupsRead(status).map(({ role, serving, desired }) => ({ role, serving, desired })),
    findings: findings.slice(0, MAX_FINDINGS),
    ...(drift === undefined ? {} : { drift: drift.length }),
    ...(certificate === undefined
      ? {}
      : { certificateDays: certificate.daysLeft, isCertificateDue: certificate.isDue }),
    readAt,
  };
}

/** The groups whose numbers say something: of one that could not be read they are 0, and nobody knows how many it has. */
export function groupsRead({ groups, unread }: ClusterStatus): ClusterStatus['groups'] {
  return groups.filter(({ role }) => !unread.includes(`${role} group`));
}

/** A cluster that could not be read: said so, and not asked for again at once. */
export function unreadGlance(cluster: string, why: string, readAt: number): Glance {
  return { cluster, health: 'unknown', groups: [], findings: [why], readAt };
}
