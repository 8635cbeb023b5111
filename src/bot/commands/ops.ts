import { UnknownOperation } from '../../cluster/errors.ts';
import { checkClusterName } from '../../cluster/names.ts';
import { operationsView } from '../views/lists.ts';
import { operationView } from '../views/operation.ts';
import { refuseMisspelt } from './cluster.ts';
import type { Command } from './command.ts';

const NEWEST = 20;
/** Whoever asks what is going on wants all of it; what does not fit into the answer is counted there. */
const MOST_LIVE = 100;

export const ops: Command = {
  name: 'ops',
  summary: 'lists operations, or shows one',
  usage: '[cluster or operation] [--live]',
  examples: ['ops', 'ops live', 'ops --live', 'ops op-7k3m9q2x'],
  options: [{ name: 'live', help: 'only those that are not over, up to 100' }],
  maxWords: 1,
  async run(ctx, input) {
    const [about] = input.words;
    const shown = about?.startsWith('op-') === true ? await ctx.desk.operation(about) : undefined;
    if (shown) {
      const view = operationView(shown, { now: ctx.now(), timeScale: 1, planBlock: false });
      // Buttons belong to the operation's own message.
      return ctx.answer({ ...view, blocks: view.blocks.filter((block) => block.type !== 'actions') });
    }
    const cluster = about === undefined ? undefined : checkClusterName(about);
    const isLive = input.options.has('live');
    const found = await ctx.desk.operations({
      ...(cluster === undefined ? {} : { cluster }),
      ...(isLive ? { live: true, limit: MOST_LIVE } : { limit: NEWEST }),
    });
    if (found.length === 0 && cluster !== undefined) {
      await refuseMisspelt(ctx, cluster, 'operations');
      if (cluster.startsWith('op-')) throw new UnknownOperation(cluster);
    }
    return ctx.answer(operationsView(found, cluster, isLive));
  },
};
