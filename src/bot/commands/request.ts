import type { ApprovalPolicy, Wish } from '../../cluster/operation.ts';
import type { Settings } from '../../cluster/settings.ts';
import type { CommandContext } from './command.ts';

/** What somebody wants, and of which cluster. */
export interface Wanted {
  readonly cluster: string;
  readonly wish: Wish;
}

/** Hands a wish in. Its message appears in the channel and follows the operation from there. @throws AmsError */
export async function request(
  ctx: Pick<CommandContext, 'desk' | 'settings' | 'requester' | 'requestId'>,
  wanted: Wanted,
  planOnly: boolean,
): Promise<void> {
  await ctx.desk.request({
    ...wanted,
    requester: ctx.requester,
    policy: policyOf(ctx.settings),
    planOnly,
    requestId: ctx.requestId,
  });
}

function policyOf({ approval }: Settings): ApprovalPolicy {
  const { approvers, quorum, selfApproval, expiresAfterMinutes, remindBeforeMinutes } = approval;
  return {
    approvers,
    quorum,
    selfApproval,
    expiresAfterMs: expiresAfterMinutes * 60_000,
    ...(remindBeforeMinutes > 0 ? { remindBeforeMs: remindBeforeMinutes * 60_000 } : {}),
  };
}
