import { AmsError } from '../../../cluster/errors.ts';
import type { HostShell } from './host.ts';

/** User and password of the database. Never in a message, never on a command line. */
export interface MongoLogin {
  readonly user: string;
  readonly password: string;
}

export type MongoAnswer =
  | { readonly ok: true; readonly value: unknown }
  /** The server answered with an error, or could not be reached. `text` is its own words, without secrets. */
  | {
      readonly ok: false;
      readonly why: 'login' | 'unauthorized' | 'unreachable' | 'error';
      readonly text: string;
    };

/** There is no mongosh on the database host. */
export class MongoshMissing extends AmsError {
  readonly code = 'mongosh_missing';

  constructor() {
    super('The database host has no mongosh, the shell of MongoDB.', {
      hint: 'Press Retry to install MongoDB again, or install mongodb-mongosh on the host.',
    });
  }
}

/** mongosh ended without an answer of the database's, so that nothing is known of it. */
export class MongoshUnclear extends AmsError {
  readonly code = 'mongosh_unclear';

  constructor(said: string) {
    super(`mongosh on the database host gives no clear answer${said === '' ? '' : `: ${said}`}.`, {
      hint: 'It is asked again by itself; if it stays, run mongosh on the host and read what it says.',
      retryable: true,
    });
  }
}

const MARK = 'ams-result:';

/**
 * Evaluates a JavaScript expression with mongosh on the database host and returns its value as JSON brought it over.
 * Login and expression travel on standard input, so that no process list shows them.
 * @throws MongoshMissing
 */
export async function evaluate(
  shell: HostShell,
  host: string,
  login: MongoLogin | undefined,
  expression: string,
): Promise<MongoAnswer> {
  const lines = [
    ...(login
      ? [`db.getSiblingDB('admin').auth(${JSON.stringify(login.user)}, ${JSON.stringify(login.password)})`]
      : []),
    // Written in two halves, so that an echo of the input is never taken for the answer.
    `print('ams-' + 'result:' + JSON.stringify({ value: ${expression} }))`,
  ];
  const uri = `mongodb://${host}:27017/?directConnection=true&serverSelectionTimeoutMS=5000`;
  const { code, stdout, stderr } = await shell.run(`mongosh --quiet '${uri}'`, {
    stdin: `${lines.join('\n')}\n`,
    timeoutMs: 30_000,
  });
  if (code === 127) throw new MongoshMissing();
  const text = `${stdout}\n${stderr}`;
  if (login && /Authentication failed|auth(?:entication)? error/i.test(text)) {
    return { ok: false, why: 'login', text: 'Authentication failed.' };
  }
  const at = stdout.indexOf(MARK);
  // Whoever could not log in for another reason than a wrong login is answered as a stranger.
  const isStranger = login !== undefined && /Mongo\w*Error/.test(stdout.slice(0, Math.max(at, 0)));
  if (at >= 0 && !isStranger) {
    const line = stdout.slice(at + MARK.length).split('\n', 1)[0] ?? '';
    const parsed = JSON.parse(line) as { value?: unknown };
    return { ok: true, value: parsed.value };
  }
  const words = /Mongo\w*Error[^\n]*/.exec(text)?.[0] ?? text.trim().split('\n').at(-1) ?? '';
  const safe = withoutSecrets(words, login).slice(0, 200);
  if (/requires authentication|not authorized|Unauthorized/.test(words)) {
    return { ok: false, why: 'unauthorized', text: safe };
  }
  if (/ECONNREFUSED|ServerSelection|NetworkError|ETIMEDOUT|EHOSTUNREACH/.test(words)) {
    return { ok: false, why: 'unreachable', text: safe };
  }
  return { ok: false, why: 'error', text: safe };
}

/** Login of a `mongodb://` URI; undefined when it has none. */
export function loginOf(uri: string): MongoLogin | undefined {
  const match = /^mongodb(?:\+srv)?:\/\/([^:@/]+):([^@/]*)@/.exec(uri);
  if (!match) return undefined;
  return { user: decodeURIComponent(match[1] ?? ''), password: decodeURIComponent(match[2] ?? '') };
}

/** The URI that nodes get. The user lives in `admin`. */
export function mongoUri(login: MongoLogin, privateIp: string): string {
  const user = encodeURIComponent(login.user);
  const password = encodeURIComponent(login.password);
  return `mongodb://${user}:${password}@${privateIp}:27017/?authSource=admin`;
}

function withoutSecrets(text: string, login: MongoLogin | undefined): string {
  const plain = text.replace(/\/\/[^@/\s]+@/g, '//***@');
  return login ? plain.replaceAll(login.password, '***') : plain;
}
