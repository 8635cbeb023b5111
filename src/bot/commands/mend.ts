import { InputError } from '../../cluster/errors.ts';
import type { Mend } from '../../cluster/errors.ts';
import type { Command } from './command.ts';
import { parseCommand, withoutMarks } from './parse.ts';

/** So many mistakes in one command are mended; with more, it is better typed anew. */
const MAX_MISTAKES = 3;
const MAX_LENGTH = 500;
const EDGE = '[\\s="\'“”‘’]';

/**
 * What somebody probably wanted to type: the text behind `/ams` with its mistakes set right, one or several to choose
 * from. Nothing when that is not known, or would still not be understood.
 */
export function mendedCommands(text: string, mend: Mend, commands: readonly Command[]): readonly string[] {
  const pure = withoutMarks(text);
  if (pure.length > MAX_LENGTH || pure.includes('`')) return [];
  // As the parser understands them: a keyboard's long dash is two hyphens.
  const typed = pure
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/(^|\s)[—–](?=[a-z])/gi, '$1--');
  const candidates =
    'append' in mend ? mend.append.map((word) => `${typed} ${word}`) : [replaced(typed, mend)];
  return candidates.flatMap((one) => understood(one, commands, MAX_MISTAKES - 1) ?? []);
}

/** The command with further mistakes mended; nothing when it cannot be read. */
function understood(
  text: string | undefined,
  commands: readonly Command[],
  left: number,
): string | undefined {
  if (text === undefined) return undefined;
  try {
    parseCommand(text, commands);
    return text;
  } catch (error) {
    const mend = error instanceof InputError ? error.mend : undefined;
    if (mend === undefined || 'append' in mend || left === 0) return undefined;
    return understood(replaced(text, mend), commands, left - 1);
  }
}

function replaced(text: string, { replace, by }: Extract<Mend, { replace: string }>): string | undefined {
  const wrong = replace.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const place = new RegExp(`(^|${EDGE})${wrong}(?=$|${EDGE})`);
  return place.test(text) ? text.replace(place, (_all, edge: string) => `${edge}${by}`) : undefined;
}
