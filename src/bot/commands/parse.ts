import { InputError } from '../../cluster/errors.ts';
import { printable, withoutUnseen } from '../../cluster/names.ts';
import type { Command, Input, OptionSpec } from './command.ts';
import { nearest } from '../../cluster/nearest.ts';

export type Parsed =
  | { readonly kind: 'run'; readonly command: Command; readonly input: Input }
  | { readonly kind: 'help'; readonly about: string | undefined };

/** Longer than anything that makes sense, and short enough that parsing is instant. */
const MAX_TEXT = 2_000;
/** `scheme://user:password@` or `scheme://host/?password=`: wherever it stands, it must not be kept or repeated. */
const PASSWORD_IN_URL = /[a-z][a-z0-9+.-]*:\/\/(?:[^\s/@:]*:[^\s@]+@|\S*[?&;][a-z]*password=[^\s&;])/i;

/** What Slack makes of an address, and of somebody's or a channel's name. */
const ADDRESS = /<([a-z][a-z0-9+.-]*:[^\s|>]*)(?:\|([^>]*))?>/gi;
const NAME = /<([@#])[^\s|>]+\|([^>]+)>/g;

/**
 * As somebody typed it: where the command is set to escape (`should_escape`), Slack sends
 * `<http://live.example.com|live.example.com>`, `<@U0BOB00001|bob>` and `&amp;`.
 */
export function asTyped(text: string): string {
  return text
    .replace(NAME, '$1$2')
    .replace(ADDRESS, (_all, address: string, label = address) => label)
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/**
 * Reads what was typed behind `/ams`. Quotes (also the smart ones that keyboards make), `--option value`,
 * `--option=value` and a dash that a keyboard made of two hyphens are understood.
 * @throws InputError with one sentence and the command to type
 */
export function parseCommand(typed: string, commands: readonly Command[]): Parsed {
  const text = withoutMarks(typed);
  if (text.length > MAX_TEXT)
    throw new InputError(`That command has ${text.length} characters.`, `Use at most ${MAX_TEXT}.`);
  refusePassword(text);
  const words = splitWords(text);
  const [first, ...rest] = words;
  if (first === undefined || isHelp(first.text)) return { kind: 'help', about: undefined };
  const command = commands.find((one) => one.name === first.text.toLowerCase());
  if (!command) throw unknownCommand(first.text, commands);
  if (rest.some((word, at) => asksForHelp(word, at, command))) return { kind: 'help', about: command.name };
  return { kind: 'run', command, input: parseInput(rest, command) };
}

/**
 * As people paste it from elsewhere: with characters that nobody sees, between the marks that make code of a text, and
 * with `/ams` once more.
 */
export function withoutMarks(text: string): string {
  return withoutUnseen(text)
    .replace(/^\s*`+([^`]*)`+\s*$/, '$1')
    .replace(/^\s*\/ams(?=\s|$)/i, '');
}

/** Whether it is part of what a person says: of that, only the first word may be an option, and a mistake. */
function isSaid({ text }: Word, before: number, command: Command): boolean {
  return command.isProse === true && (before > 1 || text === '--');
}

/** Behind a flag: it is not meant. */
const MEANS_NO = /^(?:no|false|off|0)$/i;

/** Words and options of one command. @throws InputError */
function parseInput(words: readonly Word[], command: Command): Input {
  const plain: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    if (word.quoted || !word.text.startsWith('--') || isSaid(word, plain.length, command)) {
      plain.push(word.text);
      continue;
    }
    const equals = word.text.indexOf('=');
    const name = word.text.slice(2, equals === -1 ? undefined : equals);
    const spec = findOption(name, command);
    if (options.has(spec.name)) throw new InputError(`--${spec.name} is given twice.`, 'Give it once.');
    if (spec.value === undefined) {
      if (equals !== -1 && MEANS_NO.test(word.text.slice(equals + 1)))
        throw new InputError(`--${spec.name} takes no value.`, 'Leave it out.');
      if (equals !== -1)
        throw new InputError(`--${spec.name} takes no value.`, `Write only --${spec.name}.`, {
          replace: word.text,
          by: `--${spec.name}`,
        });
      options.set(spec.name, 'yes');
      continue;
    }
    let value = equals === -1 ? undefined : word.text.slice(equals + 1);
    if (equals === -1) {
      const next = words[at + 1];
      if (next !== undefined && (next.quoted || !next.text.startsWith('--'))) {
        value = next.text;
        at += 1;
      }
    }
    if (value === undefined || value === '')
      throw new InputError(`--${spec.name} needs a value.`, `Write --${spec.name} ${spec.value}.`);
    spec.check?.(value);
    options.set(spec.name, value);
  }
  if (plain.length > command.maxWords) {
    throw new InputError(
      `"${printable(plain[command.maxWords] ?? '')}" is one word too many for ${command.name}.`,
      `Type \`/ams ${command.name} ${command.usage}\`, with quotes around values that hold spaces.`,
    );
  }
  return { words: plain, options };
}

export interface Word {
  readonly text: string;
  /** Quoted words are never options. */
  readonly quoted: boolean;
}

const CLOSING: Readonly<Record<string, string>> = {
  '"': '"”“„',
  '“': '"”“',
  '”': '"”“',
  '„': '"“”',
  "'": "'’‘",
  '‘': "'’‘",
  '’': "'’‘",
  '`': '`',
};

/** Splits at white space outside quotes. @throws InputError for a quote that never ends */
export function splitWords(text: string): Word[] {
  const words: Word[] = [];
  let current = '';
  let begun = false;
  let quoted = false;
  let closing = '';
  for (const char of text) {
    if (closing !== '') {
      if (closing.includes(char)) closing = '';
      else current += char;
      continue;
    }
    if (/\s/u.test(char)) {
      if (begun) words.push(word(current, quoted));
      [current, begun, quoted] = ['', false, false];
      continue;
    }
    // An apostrophe inside a word is one: "it's too large". Behind an equals sign keyboards make a closing mark.
    const opens =
      (!begun && char !== '’') || current.endsWith('=') || char === '"' || char === '“' || char === '„';
    const ends = opens ? CLOSING[char] : undefined;
    if (ends !== undefined) {
      closing = ends;
      quoted ||= !begun;
    } else current += char;
    begun = true;
  }
  if (closing !== '')
    throw new InputError('A quotation mark is opened and never closed.', 'Close it, or leave it out.');
  if (begun) words.push(word(current, quoted));
  return words;
}

/** Phones and Macs turn `--` into a dash and `-` into a minus sign. */
function word(text: string, quoted: boolean): Word {
  if (quoted) return { text, quoted };
  return { text: plainMinus(text.replace(/^[—–](?=[a-z])/i, '--')), quoted };
}

/** A number with the minus sign that programs know. */
export function plainMinus(text: string): string {
  return text.replace(/^[−–](?=\d)/, '-');
}

/** In what a person says, a question mark is one, unless it stands right behind the command. */
function asksForHelp({ text, quoted }: Word, at: number, { isProse = false }: Command): boolean {
  return !quoted && isHelp(text) && !(isProse && at > 0 && text === '?');
}

function isHelp(text: string): boolean {
  return text === '-h' || text === '--help' || text === '?';
}

/** As other programs call what is `destroy` here. */
const REMOVING = /^(?:delete|remove)(?=-|$)/i;

/** `scale-up edge 2` does not mean `scale edge 2`, which sets the number. */
const SCALING_BY = /^scale[-_]?(?:up|out|down|in)$/i;

function unknownCommand(text: string, commands: readonly Command[]): InputError {
  if (SCALING_BY.test(text))
    return new InputError(
      `There is no command "${printable(text)}".`,
      'Type `/ams scale edge +2` for two nodes more, or `/ams scale edge -2` for two fewer.',
    );
  const near = nearest(
    text.replace(REMOVING, 'destroy'),
    commands.map((command) => command.name),
  );
  return new InputError(
    `There is no command "${printable(text)}".`,
    near === undefined
      ? 'Type `/ams help` for the list.'
      : `Did you mean \`/ams ${near}\`? \`/ams help\` lists all.`,
    near === undefined ? undefined : { replace: text, by: near },
  );
}

function findOption(name: string, command: Command): OptionSpec {
  const found = command.options.find((option) => option.name === name.toLowerCase());
  if (found) return found;
  const near = nearest(
    name,
    command.options.map((option) => option.name),
  );
  throw new InputError(
    `${command.name} has no option --${printable(name)}.`,
    near === undefined
      ? `Type \`/ams help ${command.name}\` for its options.`
      : `Did you mean --${near}? \`/ams help ${command.name}\` lists all.`,
    near === undefined ? undefined : { replace: `--${name}`, by: `--${near}` },
  );
}

export function carriesPassword(text: string): boolean {
  return PASSWORD_IN_URL.test(text);
}

/** @throws InputError without repeating the text */
export function refusePassword(text: string): void {
  if (!carriesPassword(text)) return;
  throw new InputError(
    'That command carries a password, and passwords do not belong in Slack; I have not kept it, but change it, since others may have seen it.',
    'Put the URI in the environment, name its place under mongo.uris in ams.yaml, and pass that name: --mongo-uri <name>.',
  );
}
