import { InputError } from '../../cluster/errors.ts';
import { printable } from '../../cluster/names.ts';
import type { Command, CommandContext, Input } from './command.ts';
import { createCluster, wantCreate } from './create-cluster.ts';
import { destroyCluster, wantDestroy } from './destroy-cluster.ts';
import { nearest } from '../../cluster/nearest.ts';
import { repair, wantRepair } from './repair.ts';
import { request } from './request.ts';
import type { Wanted } from './request.ts';
import { scale, wantScale } from './scale.ts';

type Want = (ctx: CommandContext, input: Input) => Wanted | Promise<Wanted>;

/** Commands that can be planned without being asked for. */
const PLANNABLE: readonly { readonly command: Command; readonly want: Want }[] = [
  { command: createCluster, want: wantCreate },
  { command: scale, want: wantScale },
  { command: repair, want: wantRepair },
  { command: destroyCluster, want: wantDestroy },
];
const NAMES = PLANNABLE.map(({ command }) => command.name);

export const plan: Command = {
  name: 'plan',
  summary: 'shows what a command would do and cost, and asks nobody',
  usage: `<${NAMES.join('|')}> …`,
  examples: [
    'plan create-cluster live --edge 5',
    'plan scale edge 8 live',
    'plan repair live',
    'plan destroy-cluster live',
  ],
  options: PLANNABLE.flatMap(({ command }) => command.options),
  maxWords: 4,
  async run(ctx, input) {
    const [first, ...words] = input.words;
    const inner = PLANNABLE.find(({ command }) => command.name === first?.toLowerCase());
    if (!inner) throw notPlannable(first);
    const { command, want } = inner;
    const stray = [...input.options.keys()].find(
      (name) => !command.options.some((option) => option.name === name),
    );
    if (stray !== undefined)
      throw new InputError(
        `${command.name} has no option --${stray}.`,
        `Type \`/ams help ${command.name}\` for its options.`,
      );
    if (words.length > command.maxWords)
      throw new InputError(
        `"${printable(words.at(-1) ?? '')}" is one word too many.`,
        `Type \`/ams plan ${command.name} ${command.usage}\`.`,
      );
    await request(ctx, await want(ctx, { words, options: input.options }), true);
  },
};

function notPlannable(text: string | undefined): InputError {
  const near = text === undefined ? undefined : nearest(text, NAMES);
  return new InputError(
    text === undefined ? 'What should be planned?' : `"${printable(text)}" cannot be planned.`,
    near === undefined
      ? `Type \`/ams plan\` and one of ${NAMES.join(', ')}.`
      : `Did you mean \`/ams plan ${near}\`?`,
    near === undefined || text === undefined ? undefined : { replace: text, by: near },
  );
}
