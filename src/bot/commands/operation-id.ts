import { InputError } from '../../cluster/errors.ts';
import { printable } from '../../cluster/names.ts';

const ID = /^op-[a-z0-9]{4,40}$/;

/** Checks the id of an operation. @throws InputError */
export function readOperationId(text: string | undefined, command: string): string {
  if (text === undefined) {
    throw new InputError(
      `Which operation? \`/ams ${command}\` needs its id.`,
      `Type \`/ams ${command} op-…\`; \`/ams ops --live\` lists them.`,
    );
  }
  if (!ID.test(text)) {
    throw new InputError(
      `"${printable(text)}" is not the id of an operation.`,
      'Ids look like op-7k3m9q2x; `/ams ops --live` lists them.',
      ID.test(text.toLowerCase()) ? { replace: text, by: text.toLowerCase() } : undefined,
    );
  }
  return text;
}
