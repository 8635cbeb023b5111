import { InputError } from '../../cluster/errors.ts';
import { checkMayReject, rejectOperation } from '../actions/decide.ts';
import { rejectForm } from '../views/reject-form.ts';
import type { Command } from './command.ts';
import { readOperationId } from './operation-id.ts';

export const reject: Command = {
  name: 'reject',
  summary: 'rejects a plan, with a reason',
  usage: '<operation> [reason]',
  examples: ['reject op-7k3m9q2x', 'reject op-7k3m9q2x "too large for this month"'],
  options: [],
  maxWords: 200,
  isProse: true,
  async run(ctx, input) {
    const id = await readOperationId(ctx, input.words[0], 'reject');
    const reason = input.words.slice(1).join(' ').trim();
    if (reason === '') {
      await checkMayReject(ctx, { id, user: ctx.requester.user });
      await ctx.openForm(rejectForm({ id, digest: undefined }, ctx.requester.channel));
      return;
    }
    if (reason.length > 1_000)
      throw new InputError('That reason is too long.', 'Use at most 1,000 characters.');
    await ctx.answer(await rejectOperation(ctx, { id, user: ctx.requester.user, reason }));
  },
};
