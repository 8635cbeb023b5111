import { checkClusterName } from '../../cluster/names.ts';
import { historyView } from '../views/lists.ts';
import { refuseMisspelt } from './cluster.ts';
import type { Command } from './command.ts';

export const history: Command = {
  name: 'history',
  summary: 'the audit log: who did what, when and on which plan',
  usage: '[cluster]',
  examples: ['history', 'history live'],
  options: [],
  maxWords: 1,
  async run(ctx, input) {
    const name = input.words[0];
    const cluster = name === undefined ? undefined : checkClusterName(name);
    const entries = await ctx.desk.history({ ...(cluster === undefined ? {} : { cluster }), limit: 50 });
    if (entries.length === 0 && cluster !== undefined) await refuseMisspelt(ctx, cluster, 'history');
    await ctx.answer(historyView(entries, cluster));
  },
};
