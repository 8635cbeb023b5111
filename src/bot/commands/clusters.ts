import { looking } from '../views/answers.ts';
import type { Command } from './command.ts';

export const clusters: Command = {
  name: 'clusters',
  summary: 'lists the clusters, found by their tags',
  usage: '',
  examples: ['clusters'],
  options: [],
  maxWords: 0,
  async run(ctx) {
    await ctx.desk.ask({ kind: 'clusters' }, ctx.requester);
    await ctx.answer(looking(undefined));
  },
};
