import { z } from 'zod';
import { nearest } from './nearest.ts';
import { ROLES, printable } from './names.ts';
import { SECRET_PLACE, Settings } from './settings.ts';
import { groupMistake } from './spec.ts';

/**
 * Reads settings and says what is wrong with them: key, value unless it may be a secret, and what is allowed. What hangs
 * on several values is told too, whatever else is wrong.
 */
export function settingsMistakes(written: unknown): {
  readonly settings: Settings | undefined;
  readonly mistakes: readonly string[];
} {
  const parsed = Settings.safeParse(written, { reportInput: true });
  const mistakes = (parsed.error?.issues ?? []).flatMap((issue) => wordsOf(issue));
  for (const role of ROLES) {
    const group = Settings.shape[role].safeParse(isObject(written) ? written[role] : undefined).data;
    const mistake = group && groupMistake(role, group);
    if (mistake !== undefined) mistakes.push(`${role}: ${mistake}`);
  }
  return { settings: mistakes.length === 0 ? parsed.data : undefined, mistakes };
}

function wordsOf(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(issue.path, key));
  if (issue.code === 'invalid_key') return [wrongName(issue)];
  const where = at === '' ? '' : `${at}: `;
  const { input } = issue;
  if (input === undefined) return [`${where}is missing`];
  const words = rule(issue);
  const isHidden = words === SECRET_PLACE || isObject(input) || mayHoldSecret(issue);
  return [`${where}${words}${isHidden || !words.startsWith('must') ? '' : `, not ${shown(input)}`}`];
}

/** Where a group of keys belongs, the text that stands there may be one of its secrets. */
function mayHoldSecret(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' && ['object', 'record'].includes(issue.expected);
}

/** What is allowed, in our own words where the library's are for programmers. */
function rule(issue: z.core.$ZodIssue): string {
  // Messages of the schema itself.
  if (issue.message.startsWith('must')) return issue.message;
  if (issue.code === 'invalid_type') return TYPES[issue.expected] ?? issue.message;
  if (issue.code === 'too_small') return `must ${limit(issue.origin, 'least', Number(issue.minimum))}`;
  if (issue.code === 'too_big') return `must ${limit(issue.origin, 'most', Number(issue.maximum))}`;
  if (issue.code === 'invalid_value')
    return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
  return issue.message;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'must be text',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be a group of keys',
  record: 'must be a group of keys',
};

function limit(origin: string, end: 'least' | 'most', bound: number): string {
  if (origin === 'array') return `have at ${end} ${bound} ${bound === 1 ? 'entry' : 'entries'}`;
  return `be at ${end} ${bound}`;
}

function unknownKey(path: readonly PropertyKey[], key: string): string {
  const near = nearest(key, keysAt(path));
  const name = printable([...path, key].join('.'));
  return `${name}: there is no such key${near === undefined ? '' : `; did you mean ${near}?`}`;
}

/** Of an entry whose name cannot be one. A whole address that stands there may hold a password. */
function wrongName({ path, issues }: z.core.$ZodIssueInvalidKey): string {
  const words = issues[0]?.message ?? 'must be another';
  if (/[@:]/.test(String(path.at(-1)))) return `${path.slice(0, -1).join('.')}: each name ${words}`;
  return `${printable(path.join('.'))}: its name ${words}`;
}

/** The keys that may stand at a place. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  interface Schema {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly additionalProperties?: Schema;
  }
  let schema: Schema | undefined = z.toJSONSchema(Settings, { io: 'input' }) as Schema;
  for (const key of path) schema = schema?.properties?.[String(key)] ?? schema?.additionalProperties;
  return Object.keys(schema?.properties ?? {});
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `"${printable(value)}"` : String(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
