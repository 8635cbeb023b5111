import { setTimeout } from 'node:timers/promises';
import { applyVote } from '../../cluster/approval.ts';
import { RefusedError, UnknownOperation } from '../../cluster/errors.ts';
import type { Operation } from '../../cluster/operation.ts';
import type { Desk } from '../../jobs/desk.ts';
import type { Access } from '../access.ts';
import { plain } from '../views/answers.ts';
import { headline } from '../views/headline.ts';
import { commandsOn, underWay } from '../views/stopped.ts';
import { escape, person, plural } from '../views/text.ts';
import type { View } from '../views/text.ts';

interface Parts {
  readonly desk: Desk;
  readonly access: Access;
  readonly now: () => number;
}

interface Who {
  readonly id: string;
  readonly user: string;
  /** Of the plan that was on the button; nothing when typed. */
  readonly digest?: string;
}

/** Slack lets a form be opened for 3 seconds only: so long it is asked before that who is in a group. */
const ASKED_MS = 1_500;

/** Counts an approval by the stored state. @returns what to tell the person @throws AmsError when it cannot count */
export async function approveOperation(parts: Parts, { id, user, digest }: Who): Promise<View> {
  const isApprover = await parts.access.isApproverNow(user);
  const after = await parts.desk.vote(id, {
    user,
    verdict: 'approve',
    isApprover,
    at: parts.now(),
    ...(digest === undefined ? {} : { digest }),
  });
  if (after.state === 'awaiting-approval') {
    const missing = after.policy.quorum - after.decisions.filter((one) => one.verdict === 'approve').length;
    return plain(`Your approval of ${id} counts. ${plural(missing, 'more approval')} needed.`);
  }
  return plain(
    `You approved ${id}: ${escape(headline(after))}. It starts now; its message shows how it goes.`,
  );
}

/**
 * Before anybody is asked why: that a rejection of theirs would count now.
 * @throws AmsError when it would not
 */
export async function checkMayReject({ desk, access }: Parts, { id, user, digest }: Who): Promise<Operation> {
  const found = await desk.operation(id);
  if (!found) throw new UnknownOperation(id);
  const isApprover = await mayBeApprover(access, user);
  const seen = digest === undefined ? {} : { digest };
  // Whether it has expired meanwhile, the vote tells, by the clock that all have in common.
  const at = found.operation.createdAt;
  applyVote(found.operation, { user, verdict: 'reject', isApprover, at, ...seen });
  return found.operation;
}

/** Whoever joined a group a moment ago may; of whom Slack tells nothing, or not soon, the vote itself decides. */
function mayBeApprover(access: Access, user: string): Promise<boolean> {
  const asked = async () => (await access.isApprover(user)) || (await access.isApproverNow(user));
  return Promise.race([asked().catch(() => true), setTimeout(ASKED_MS, true, { ref: false })]);
}

/** Counts a rejection; the reason is shown and kept. */
export async function rejectOperation(
  parts: Parts,
  { id, user, digest, reason }: Who & { readonly reason: string },
): Promise<View> {
  const isApprover = await parts.access.isApproverNow(user);
  await parts.desk.vote(id, {
    user,
    verdict: 'reject',
    isApprover,
    at: parts.now(),
    reason,
    ...(digest === undefined ? {} : { digest }),
  });
  return plain(`You rejected ${id}. Nothing was touched.`);
}

/** Stops an operation; its requester and approvers may. */
export async function cancelOperation(parts: Parts, { id, user }: Who): Promise<View> {
  await checkMayHandle(parts, id, user);
  const after = await parts.desk.cancel(id, user);
  if (after.startedAt === undefined) return plain(`${id} is cancelled. Nothing was touched.`);
  const all = await parts.desk.operation(id);
  const busy = all
    ? underWay(all).map((title) => `\n• under way and may still come true: ${escape(title)}`)
    : [];
  return plain(
    `${id} is stopped: nothing new begins.${busy.join('')}\nWhat exists stays; ${commandsOn(after)}`,
  );
}

/**
 * Carries a stopped operation on; its requester and approvers may, and where an approver has cancelled it, which took
 * their consent back, those alone who may approve it. A requester who may not use the bot any more may stop what they
 * asked for, and no longer have it made.
 */
export async function retryOperation(parts: Parts, { id, user }: Who): Promise<View> {
  const { state, cancelledBy, requester, policy } = await checkMayHandle(parts, id, user);
  if (user === requester.user) await parts.access.checkPerson(user);
  const isTakenBack = state === 'cancelled' && cancelledBy !== undefined && cancelledBy !== requester.user;
  // Anybody else was let in as an approver. Of one's own request it would be an approval by oneself.
  if (isTakenBack && user === requester.user) {
    const isApprover = await parts.access.isApproverNow(user);
    if (!isApprover || !policy.selfApproval)
      throw new RefusedError(
        `${id} was cancelled by ${person(cancelledBy)}, so the approval that it had counts no more.`,
        `Ask ${isApprover ? 'another' : 'an'} approver to carry it on.`,
      );
  }
  await parts.desk.retry(id, user);
  return plain(`${id} is carried on from what is there; its message shows how it goes.`);
}

/** @throws UnknownOperation, RefusedError for anybody but the requester and approvers */
async function checkMayHandle({ desk, access }: Parts, id: string, user: string): Promise<Operation> {
  const found = await desk.operation(id);
  if (!found) throw new UnknownOperation(id);
  const { operation } = found;
  if (operation.requester.user === user || (await access.isApproverNow(user))) return operation;
  throw new RefusedError(
    `${id} is not yours: only ${person(operation.requester.user)}, who asked for it, and approvers may do this.`,
    'Ask one of them.',
  );
}
