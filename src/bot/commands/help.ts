import { InputError } from '../../cluster/errors.ts';
import { printable } from '../../cluster/names.ts';
import { commandHelp, helpView } from '../views/help.ts';
import type { Command } from './command.ts';
import { ownExamples, ownOf } from './examples.ts';
import { nearest } from '../../cluster/nearest.ts';

export const help: Command = {
  name: 'help',
  summary: 'this list, or one command with its options',
  usage: '[command]',
  examples: ['help', 'help create-cluster'],
  options: [],
  maxWords: 1,
  async run(ctx, input) {
    const [name] = input.words;
    const own = await ownOf(ctx, ctx.requester.channel);
    if (name === undefined) return ctx.answer(helpView(ctx.commands, own.clusters));
    const command = ctx.commands.find((one) => one.name === name.toLowerCase());
    if (command) return ctx.answer(commandHelp(command, ownExamples(command, own)));
    const near = nearest(
      name,
      ctx.commands.map((one) => one.name),
    );
    throw new InputError(
      `There is no command "${printable(name)}".`,
      near === undefined ? 'Type `/ams help` for the list.' : `Did you mean \`/ams help ${near}\`?`,
      near === undefined ? undefined : { replace: name, by: near },
    );
  },
};
