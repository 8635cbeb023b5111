import { approveOperation } from '../actions/decide.ts';
import type { Command } from './command.ts';
import { readOperationId } from './operation-id.ts';

export const approve: Command = {
  name: 'approve',
  summary: 'approves a plan',
  usage: '<operation>',
  examples: ['approve op-7k3m9q2x'],
  options: [],
  maxWords: 1,
  async run(ctx, input) {
    const id = await readOperationId(ctx, input.words[0], 'approve');
    await ctx.answer(await approveOperation(ctx, { id, user: ctx.requester.user }));
  },
};
