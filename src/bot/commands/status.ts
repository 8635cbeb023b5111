import { clusterIfKnown, OFFERED, severalClusters } from './cluster.ts';
import type { Command } from './command.ts';
import { InputError } from '../../cluster/errors.ts';
import { looking } from '../views/answers.ts';

export const status: Command = {
  name: 'status',
  summary: 'what is there now, read live',
  usage: '[cluster]',
  examples: ['status', 'status live'],
  options: [],
  maxWords: 1,
  async run(ctx, input) {
    const found = await clusterIfKnown(ctx, input.words[0]);
    if (typeof found === 'string') {
      await ctx.desk.ask({ kind: 'status', cluster: found }, ctx.requester);
      return ctx.answer(looking(found));
    }
    if (found.length > 1)
      throw new InputError(severalClusters(found), 'Type `/ams status <cluster>`.', {
        append: found.slice(0, OFFERED),
      });
    // My memory may be empty while clusters are there: their tags tell.
    await ctx.desk.ask({ kind: 'clusters' }, ctx.requester);
    return ctx.answer(looking(undefined));
  },
};
