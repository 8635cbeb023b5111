import { InputError } from '../../cluster/errors.ts';
import type { Mend } from '../../cluster/errors.ts';
import { MAX_ASKED_NODES } from '../../cluster/limits.ts';
import { ROLES, printable } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import type { ScaleAmount } from '../../cluster/operation.ts';
import { OFFERED, clusterFor, clusterIfKnown } from './cluster.ts';
import type { Command, CommandContext, Input } from './command.ts';
import { nearest } from '../../cluster/nearest.ts';
import { request } from './request.ts';
import type { Wanted } from './request.ts';

const USAGE = 'scale <origin|edge> <n, +n or -n> [cluster]';

const AMOUNT = /^([+-]?)(\d{1,4})$/;

export const scale: Command = {
  name: 'scale',
  summary: 'changes the number of nodes',
  usage: '<origin|edge> <n, +n or -n> [cluster] [--with-limits]',
  examples: ['scale edge 5', 'scale edge +2 live', 'scale origin 2 live --with-limits'],
  options: [{ name: 'with-limits', help: 'beyond min or max: change those too' }],
  maxWords: 3,
  async run(ctx, input) {
    await request(ctx, await wantScale(ctx, input), false);
  },
};

export async function wantScale(ctx: CommandContext, input: Input): Promise<Wanted> {
  const [group, count, cluster] = input.words;
  if (group === undefined) throw await nothingSaid(ctx);
  const role = readRole(group, count, cluster);
  if (count !== undefined && !AMOUNT.test(count) && cluster !== undefined && AMOUNT.test(cluster))
    throw new InputError(
      `"${printable(count)}" is not a number of nodes.`,
      `The number comes right behind the group: \`/ams ${USAGE}\`.`,
      { replace: `${count} ${cluster}`, by: rightBehind(count, cluster) },
    );
  const amount = readAmount(count, role);
  return {
    cluster: await clusterFor(ctx, cluster, `scale ${role} ${count ?? '<n>'}`),
    wish: { kind: 'scale', role, amount, withLimits: input.options.has('with-limits') },
  };
}

/** `to 5`, `by 2`, `down 2` and `+ 2` say how the number is meant; any other word is the cluster. */
function rightBehind(word: string, amount: string): string {
  const signed = (sign: string): string => (/^\d/.test(amount) ? `${sign}${amount}` : amount);
  const meant = word.toLowerCase();
  if (meant === 'to') return amount;
  if (/^(?:\+|by|up)$/.test(meant)) return signed('+');
  if (/^(?:[−–—-]|down)$/.test(meant)) return signed('-');
  return `${amount} ${word}`;
}

/** One more of either group, of the clusters that there are, is what there is to copy. */
async function nothingSaid(ctx: CommandContext): Promise<InputError> {
  const known = await clusterIfKnown(ctx, undefined);
  const append = (typeof known === 'string' ? [''] : known.slice(0, OFFERED)).flatMap((name) =>
    ROLES.map((role) => `${role} +1 ${name}`.trim()),
  );
  return new InputError('Which group should be scaled?', `Type \`/ams ${USAGE}\`.`, { append });
}

function readRole(text: string, ...rest: readonly (string | undefined)[]): Role {
  const role = ROLES.find((one) => one === text.toLowerCase());
  if (role !== undefined) return role;
  const near = nearest(text, ROLES);
  throw new InputError(
    `"${printable(text)}" is not a group of nodes.`,
    near === undefined
      ? `Use origin (publishing) or edge (playing): \`/ams ${USAGE}\`.`
      : `Did you mean ${near}? \`/ams ${USAGE}\``,
    near === undefined ? inOrder(text, rest) : { replace: text, by: near },
  );
}

/** The same words in the right order, where only that is wrong: `5 edge`, `live edge 5`, `up edge 2`. */
function inOrder(first: string, rest: readonly (string | undefined)[]): Mend | undefined {
  const words = [first, ...rest.filter((one) => one !== undefined)];
  const role = words.find((one) => ROLES.some((known) => known === one));
  const count = words.find((one) => /^[+-]?\d{1,4}$/.test(one));
  if (role === undefined || count === undefined) return undefined;
  const other = words.find((one) => one !== role && one !== count);
  const behind = other === undefined ? count : rightBehind(other, count);
  return { replace: words.join(' '), by: `${role} ${behind}` };
}

/** `5` sets, `+2` and `-1` differ from what is wanted now. @throws InputError */
export function readAmount(text: string | undefined, role: Role): ScaleAmount {
  const match = AMOUNT.exec(text ?? '');
  const number = Number(match?.[2]);
  if (!match || number > MAX_ASKED_NODES) {
    const meant = text === undefined ? '+1' : meantAmount(text);
    throw new InputError(
      text === undefined
        ? `How many ${role} nodes should there be?`
        : `"${printable(text)}" is not a number of nodes.`,
      `Use a whole number from 0 to ${MAX_ASKED_NODES}, or a difference like +2: \`/ams scale ${role} ${meant ?? 5}\`.`,
      meant === undefined
        ? undefined
        : text === undefined
          ? { append: [meant] }
          : { replace: text, by: meant },
    );
  }
  if (match[1] === '') return { set: number };
  if (number === 0)
    throw new InputError('A difference of 0 changes nothing.', `Type \`/ams scale ${role} +1\`.`, {
      replace: match[0],
      by: '+1',
    });
  return { add: match[1] === '-' ? -number : number };
}

const IN_WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** What a number in words, or one with its noun behind it, means; undefined when that is not plain. */
function meantAmount(text: string): string | undefined {
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/s.exec(text.toLowerCase()) ?? [];
  if (rest === 'more') return '+1';
  if (rest === 'less' || rest === 'fewer') return '-1';
  const word = IN_WORDS.indexOf(rest);
  const digits = /^(\d{1,4})(x|nodes?)$/.exec(rest)?.[1];
  const number = word === -1 ? digits : String(word);
  if (number === undefined || Number(number) > MAX_ASKED_NODES || (sign !== '' && Number(number) === 0))
    return undefined;
  return `${sign}${number}`;
}
