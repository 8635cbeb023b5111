import { UnknownOperation } from '../../cluster/errors.ts';
import { checkClusterName } from '../../cluster/names.ts';
import { operationsView } from '../views/lists.ts';
import { operationView } from '../views/operation.ts';
import { refuseMisspelt } from './cluster.ts';
import type { Command } from './command.ts';

const LIMIT = 20;

export const ops: Command = {
  name: 'ops',
  summary: 'lists operations, or shows one',
  usage: '[cluster or operation] [--live]',
  examples: ['ops', 'ops live', 'ops --live', 'ops op-7k3m9q2x'],
  options: [{ name: 'live', help: 'only those that are not over' }],
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
    const found = await ctx.desk.operations({
      ...(cluster === undefined ? {} : { cluster }),
      ...(input.options.has('live') ? { live: true } : {}),
      limit: LIMIT,
    });
    if (found.length === 0 && cluster !== undefined) {
      await refuseMisspelt(ctx, cluster, 'operations');
      if (cluster.startsWith('op-')) throw new UnknownOperation(cluster);
    }
    return ctx.answer(operationsView(found, cluster));
  },
};
