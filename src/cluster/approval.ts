import { RefusedError } from './errors.ts';
import { isRefusedAfterApproval } from './operation.ts';
import type { ApprovalPolicy, Decision, Operation } from './operation.ts';

/** Somebody's click or word on a plan. `isApprover` was looked up when it happened (user groups change). */
export interface Vote {
  readonly user: string;
  readonly verdict: 'approve' | 'reject';
  readonly isApprover: boolean;
  readonly at: number;
  readonly reason?: string;
  /** Digest of the plan that the person saw; undefined when typed (`/ams approve op`). */
  readonly digest?: string;
}

/**
 * Applies a vote to an operation. Pure: the store repeats it when two votes meet, so that each counts once.
 * @returns the operation afterwards: unchanged state while votes are missing, `approved` at the quorum, `rejected`
 * @throws RefusedError with a clear answer for the person when the vote cannot count
 */
export function applyVote(operation: Operation, vote: Vote): Operation {
  const { policy, id } = operation;
  if (!vote.isApprover) {
    throw new RefusedError(
      `You are not an approver, so your ${vote.verdict === 'approve' ? 'approval' : 'rejection'} of ${id} does not count.`,
      `Ask ${approverWords(operation)}.`,
    );
  }
  if (operation.state !== 'awaiting-approval') throw tooLate(operation);
  if (operation.expiresAt !== undefined && vote.at >= operation.expiresAt) {
    throw new RefusedError(
      `The plan ${id} has expired and nothing was started.`,
      'Type the command again for a fresh plan.',
    );
  }
  if (vote.digest !== undefined && vote.digest !== operation.digest) {
    throw new RefusedError(
      `The plan of ${id} has changed since the message you pressed was shown.`,
      'Look at the newest message of this operation and decide there.',
    );
  }
  if (vote.verdict === 'approve' && vote.user === operation.requester.user && !policy.selfApproval) {
    throw new RefusedError(
      `You asked for ${id} yourself, and nobody may approve their own request.`,
      `Ask ${approverWords(operation, vote.user)}.`,
    );
  }
  if (
    operation.decisions.some((decision) => decision.user === vote.user && decision.verdict === vote.verdict)
  ) {
    const missing = policy.quorum - approvals(operation.decisions);
    throw new RefusedError(
      `You have approved ${id} already; your approval counts once.`,
      `${missing} more approval${missing === 1 ? ' is' : 's are'} needed from others.`,
    );
  }
  const decision: Decision = {
    user: vote.user,
    verdict: vote.verdict,
    at: vote.at,
    ...(vote.reason === undefined ? {} : { reason: vote.reason }),
  };
  const decisions = [...operation.decisions, decision];
  if (vote.verdict === 'reject') return { ...operation, decisions, state: 'rejected', endedAt: vote.at };
  const state = approvals(decisions) >= policy.quorum ? 'approved' : 'awaiting-approval';
  return { ...operation, decisions, state };
}

/** Applies the passing of time: an unanswered plan expires. Returns the same object when nothing changed. */
export function applyExpiry(operation: Operation, now: number): Operation {
  if (
    operation.state !== 'awaiting-approval' ||
    operation.expiresAt === undefined ||
    now < operation.expiresAt
  )
    return operation;
  return { ...operation, state: 'expired', endedAt: now };
}

/** When the approvers are to be reminded of a plan shown at `now`; never before half of their time is over. */
export function remindAt(
  { remindBeforeMs, expiresAfterMs }: ApprovalPolicy,
  now: number,
): number | undefined {
  if (remindBeforeMs === undefined || remindBeforeMs <= 0) return undefined;
  return now + Math.max(expiresAfterMs - remindBeforeMs, expiresAfterMs / 2);
}

/** Notes the reminder. Returns the same object when it was given already, or nobody needs it any more. */
export function applyReminder(operation: Operation, now: number): Operation {
  const { state, expiresAt, remindedAt } = operation;
  if (state !== 'awaiting-approval' || remindedAt !== undefined) return operation;
  if (expiresAt !== undefined && now >= expiresAt) return operation;
  return { ...operation, remindedAt: now };
}

function approvals(decisions: readonly Decision[]): number {
  return new Set(
    decisions.filter((decision) => decision.verdict === 'approve').map((decision) => decision.user),
  ).size;
}

/** @param asker who need not be sent to themselves */
function approverWords({ policy }: Operation, asker?: string): string {
  const approvers = policy.approvers.filter((id) => id !== asker);
  if (approvers.length === 0)
    return 'whoever runs this bot to name approvers under approval.approvers in ams.yaml';
  const words = approvers.map((id) => (id.startsWith('S') ? `<!subteam^${id}>` : `<@${id}>`));
  return words.join(' or ');
}

function tooLate(operation: Operation): RefusedError {
  const last = operation.decisions.at(-1);
  const by = last ? ` by <@${last.user}>` : '';
  const words: Partial<Record<Operation['state'], string>> = {
    draft: `The plan of ${operation.id} is not ready yet.`,
    planned: `${operation.id} is only a plan, which nobody is asked to approve.`,
    rejected: `${operation.id} was rejected${by} already.`,
    expired: `The plan ${operation.id} has expired and nothing was started.`,
    superseded: `${operation.id} was replaced by ${operation.replacedBy ?? 'a newer plan'}, since what it would do has changed.`,
    cancelled: `${operation.id} was cancelled already.`,
    refused: isRefusedAfterApproval(operation)
      ? `${operation.id} was approved${by}, and the last look before the start refused it.`
      : `${operation.id} was refused by the checks before approval.`,
  };
  const hint: Partial<Record<Operation['state'], string>> = {
    draft: 'Wait for its message.',
    planned: 'Type its command without `plan` in front to ask for approval.',
    superseded: `Decide on ${operation.replacedBy ?? 'the newer one'}.`,
    rejected: 'Type the command again for a fresh plan.',
    expired: 'Type the command again for a fresh plan.',
  };
  return new RefusedError(
    words[operation.state] ?? `${operation.id} has been approved${by} already.`,
    hint[operation.state] ?? 'Nothing more is needed from you; its message shows how it goes.',
  );
}
