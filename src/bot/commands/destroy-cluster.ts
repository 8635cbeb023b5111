import { InputError } from '../../cluster/errors.ts';
import { checkClusterName, printable } from '../../cluster/names.ts';
import { destroyForm } from '../views/destroy-form.ts';
import { OFFERED } from './cluster.ts';
import type { Command, CommandContext, Input } from './command.ts';
import { request } from './request.ts';
import type { Wanted } from './request.ts';

export const destroyCluster: Command = {
  name: 'destroy-cluster',
  summary: 'removes all of a cluster; the name must be typed again',
  usage: '<cluster> [--confirm <cluster>]',
  examples: ['destroy-cluster live', 'destroy-cluster live --confirm live'],
  options: [{ name: 'confirm', value: '<cluster>', help: 'the name again, instead of the form' }],
  maxWords: 1,
  async run(ctx, input) {
    const wanted = await wantDestroy(ctx, input);
    const again = input.options.get('confirm');
    if (again === undefined) {
      await ctx.openForm(destroyForm(wanted.cluster, ctx.requester));
      return;
    }
    if (again !== wanted.cluster) {
      throw new InputError(
        `The names differ: "${wanted.cluster}" and "${printable(again)}". Nothing was started.`,
        `Type \`/ams destroy-cluster ${wanted.cluster} --confirm ${wanted.cluster}\`.`,
      );
    }
    await request(ctx, wanted, false);
  },
};

/** The cluster must be named: nobody removes a channel's default by a slip. */
export async function wantDestroy(ctx: Pick<CommandContext, 'desk'>, input: Input): Promise<Wanted> {
  const name = input.words[0];
  if (name === undefined) {
    const known = await ctx.desk.clusters();
    throw new InputError('Which cluster should be removed?', 'Type `/ams destroy-cluster <cluster>`.', {
      append: known.slice(0, OFFERED).map((one) => one.cluster),
    });
  }
  return { cluster: checkClusterName(name), wish: { kind: 'destroy' } };
}
