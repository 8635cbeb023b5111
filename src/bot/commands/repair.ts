import { clusterFor } from './cluster.ts';
import type { Command, CommandContext, Input } from './command.ts';
import { request } from './request.ts';
import type { Wanted } from './request.ts';

export const repair: Command = {
  name: 'repair',
  summary: 'sets right whatever differs from what the cluster should be',
  usage: '[cluster]',
  examples: ['repair', 'repair live'],
  options: [],
  maxWords: 1,
  async run(ctx, input) {
    await request(ctx, await wantRepair(ctx, input), false);
  },
};

export async function wantRepair(ctx: CommandContext, input: Input): Promise<Wanted> {
  return { cluster: await clusterFor(ctx, input.words[0], 'repair'), wish: { kind: 'repair' } };
}
