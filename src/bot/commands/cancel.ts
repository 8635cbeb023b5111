import { cancelOperation } from '../actions/decide.ts';
import type { Command } from './command.ts';
import { readOperationId } from './operation-id.ts';

export const cancel: Command = {
  name: 'cancel',
  summary: 'stops an operation at its next safe point; what exists stays',
  usage: '<operation>',
  examples: ['cancel op-7k3m9q2x'],
  options: [],
  maxWords: 1,
  async run(ctx, input) {
    const id = await readOperationId(ctx, input.words[0], 'cancel');
    await ctx.answer(await cancelOperation(ctx, { id, user: ctx.requester.user }));
  },
};
