import { retryOperation } from '../actions/decide.ts';
import type { Command } from './command.ts';
import { readOperationId } from './operation-id.ts';

export const retry: Command = {
  name: 'retry',
  summary: 'carries a failed operation on from what is there',
  usage: '<operation>',
  examples: ['retry op-7k3m9q2x'],
  options: [],
  maxWords: 1,
  async run(ctx, input) {
    const id = await readOperationId(ctx, input.words[0], 'retry');
    await ctx.answer(await retryOperation(ctx, { id, user: ctx.requester.user }));
  },
};
