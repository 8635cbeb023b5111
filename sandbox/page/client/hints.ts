import COMMANDS from './commands.json' with { type: 'json' };

/** A command of the bot, as the composer offers it. Written from the bot's own by `npm run schema`. */
interface Hint {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly options: readonly HintOption[];
}

interface HintOption {
  readonly name: string;
  /** What it takes; a flag takes nothing. */
  readonly value?: string;
  readonly help: string;
}

export const HINTS: readonly Hint[] = COMMANDS;

/** What there is to name in a command. */
export interface Known {
  readonly clusters: readonly string[];
  /** Operations that a command can be about now, newest first. */
  operationsFor(command: string): readonly Offer[];
}

/** A word that could come next. */
export interface Offer {
  readonly word: string;
  readonly usage?: string;
  readonly summary: string;
}

/** One line of the list above the composer. */
export interface Completion {
  /** What the line becomes. */
  readonly text: string;
  readonly label: string;
  readonly usage: string;
  readonly summary: string;
}

/** What the typed text may become; empty when there is nothing to offer. */
export function completionsOf(typed: string, known: Known): Completion[] {
  if (!typed.startsWith('/')) return [];
  if ('/ams'.startsWith(typed)) return commandsLike('').map(completed('/ams ', '/ams '));
  const rest = /^\/ams\s+(.*)$/s.exec(typed)?.[1];
  if (rest === undefined) return [];
  const words = rest.split(/\s+/);
  const begun = words.pop() ?? '';
  const before = typed.slice(0, typed.length - begun.length);
  const [name, ...given] = words;
  const offers =
    name === undefined
      ? commandsLike(begun.toLowerCase())
      : offersFor(name.toLowerCase(), given, begun, known);
  // A word that stands there in full needs no help; of a command, capitals are no matter.
  const whole = name === undefined ? begun.toLowerCase() : begun;
  if (offers.length === 1 && offers[0]?.word === whole) return [];
  return offers
    .filter((one) => name === undefined || one.word !== begun)
    .map(completed(before, name === undefined ? '/ams ' : ''));
}

function completed(before: string, label: string): (offer: Offer) => Completion {
  return ({ word, usage = '', summary }) => ({
    text: `${before}${word} `,
    label: `${label}${word}`,
    usage,
    summary,
  });
}

function commandsLike(begun: string): Offer[] {
  return HINTS.filter((hint) => hint.name.startsWith(begun)).map(({ name, usage, summary }) => ({
    word: name,
    usage,
    summary,
  }));
}

/** What follows a command and the words behind it. */
function offersFor(name: string, given: readonly string[], begun: string, known: Known): readonly Offer[] {
  const hint = HINTS.find((one) => one.name === name);
  if (hint === undefined) return [];
  const places = placesOf(hint.usage);
  // A command that stands for others goes on as the one that is named.
  if (places.at(-1) === '…' && choicesOf(places[0]).length > 0 && given[0] !== undefined)
    return offersFor(given[0].toLowerCase(), given.slice(1), begun, known);
  return offersAt(hint, places, given, begun, known).filter((one) => one.word.startsWith(begun));
}

function offersAt(
  hint: Hint,
  places: readonly string[],
  given: readonly string[],
  begun: string,
  known: Known,
): readonly Offer[] {
  const optionAt = (word: string | undefined): HintOption | undefined =>
    hint.options.find((one) => `--${one.name}` === word);
  const last = optionAt(given.at(-1));
  if (last?.value !== undefined) return wordsFor(hint, last.value, known);
  const options = hint.options
    .filter((one) => !given.includes(`--${one.name}`))
    .map(({ name, value = '', help }) => ({ word: `--${name}`, usage: value, summary: help }));
  if (begun.startsWith('-')) return options;
  const plain = given.filter(
    (word, at) => !word.startsWith('--') && optionAt(given[at - 1])?.value === undefined,
  );
  const words = wordsFor(hint, places[plain.length], known);
  return begun === '' && isOpen(places[plain.length]) ? [...words, ...options] : words;
}

/** Whether a command may end before this place, so that its options can follow. */
function isOpen(place: string | undefined): boolean {
  return place === undefined || place.startsWith('[');
}

/** Words for a place of a usage, like `<origin|edge>` or `[cluster or operation]`. */
function wordsFor(hint: Hint, place: string | undefined, known: Known): readonly Offer[] {
  const choices = choicesOf(place);
  if (choices.length > 0)
    return choices.map((word) => ({ word, summary: HINTS.find((one) => one.name === word)?.summary ?? '' }));
  const about = new Set(place?.replaceAll(/[<>[\]]/g, '').split(' or '));
  return [
    ...(about.has('command') ? commandsLike('') : []),
    ...(about.has('cluster') ? known.clusters.map((word) => ({ word, summary: 'cluster' })) : []),
    ...(about.has('operation') ? known.operationsFor(hint.name) : []),
  ];
}

function choicesOf(place: string | undefined): readonly string[] {
  return place?.includes('|') === true ? place.replaceAll(/[<>[\]]/g, '').split('|') : [];
}

/** The places of a usage: `<role> [cluster]` has two. */
function placesOf(usage: string): readonly string[] {
  return usage.match(/<[^>]*>|\[[^\]]*\]|…/g) ?? [];
}
