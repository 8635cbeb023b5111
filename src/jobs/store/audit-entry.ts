import type { AuditEntry } from '../../cluster/answers.ts';
import type { Operation } from '../../cluster/operation.ts';

/** What is written to the audit log with a change, besides what the operation itself tells. */
export interface AuditNote {
  readonly event: string;
  readonly user?: string;
  readonly detail?: string;
}

/** An entry of the audit log. @param at milliseconds since 1970, by the clock of whoever made the change */
export function auditEntry(operation: Operation, { event, user, detail }: AuditNote, at: number): AuditEntry {
  return {
    at,
    operation: operation.id,
    cluster: operation.cluster,
    kind: operation.wish.kind,
    event,
    ...(user === undefined ? {} : { user }),
    ...(operation.digest === undefined ? {} : { digest: operation.digest }),
    ...(detail === undefined ? {} : { detail }),
  };
}
