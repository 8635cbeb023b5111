import { InputError } from '../../cluster/errors.ts';
import { checkClusterName } from '../../cluster/names.ts';
import { createForm } from '../views/create-form.ts';
import type { Command, CommandContext, Input } from './command.ts';
import { CREATE_OPTIONS, readCreateOptions } from './create-options.ts';
import { request } from './request.ts';
import type { Wanted } from './request.ts';

export const createCluster: Command = {
  name: 'create-cluster',
  summary: 'makes a cluster; without options it opens a form',
  usage: '[name] [--option value …]',
  examples: [
    'create-cluster',
    'create-cluster live --domain live.example.com --edge 3',
    'create-cluster live-eu --region eu-central-1 --zones eu-central-1a,eu-central-1b --edge-max 20',
  ],
  options: CREATE_OPTIONS,
  maxWords: 1,
  async run(ctx, input) {
    if (input.options.size === 0) {
      const name = input.words[0];
      if (name !== undefined) checkClusterName(name);
      await ctx.openForm(createForm({ settings: ctx.settings, name, requester: ctx.requester }));
      return;
    }
    await request(ctx, wantCreate(ctx, input), false);
  },
};

export function wantCreate(ctx: CommandContext, input: Input): Wanted {
  const name = input.words[0];
  if (name === undefined)
    throw new InputError(
      'The new cluster needs a name.',
      'Type `/ams create-cluster <name> --option value …`, or `/ams create-cluster` alone for a form.',
    );
  const cluster = checkClusterName(name);
  return { cluster, wish: { kind: 'create', options: readCreateOptions(input.options, ctx.settings) } };
}
