import { readFileSync } from 'node:fs';

import type { Machine } from '../machine.ts';
import { MongoUnreachable, openSession } from '../mongo/connect.ts';
import { asJson, MongoShell, ShellQuit, shown } from '../mongo/shell.ts';
import { MongoServerError, ObjectId, type MongoSession } from '../mongo/state.ts';
import { parseMongoUri, type MongoUri } from '../mongo/uri.ts';
import { complain, say, type Call, type Program } from '../program.ts';

interface Options {
  readonly target: MongoUri;
  readonly shownUri: string;
  readonly quiet: boolean;
  readonly nodb: boolean;
  readonly json: boolean;
  readonly evals: readonly string[];
  readonly files: readonly string[];
  readonly timeoutMs: number;
}

const VALUES =
  /^(--host|--port|--username|-u|--password|-p|--authenticationDatabase|--eval|--file|-f|--authenticationMechanism|--tlsCAFile)$/;

function parseOptions(argv: readonly string[]): Options {
  const evals: string[] = [];
  const files: string[] = [];
  const values: Record<string, string> = {};
  const flags = new Set<string>();
  const positional: string[] = [];
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i] ?? '';
    const cut = word.startsWith('--') ? word.indexOf('=') : -1;
    const key = cut > 0 ? word.slice(0, cut) : word;
    const takes = VALUES.test(key);
    const value = cut > 0 ? word.slice(cut + 1) : takes ? (argv[(i += 1)] ?? '') : '';
    if (key === '--eval') evals.push(value);
    else if (key === '--file' || key === '-f') files.push(value);
    else if (takes) values[key] = value;
    else if (word.startsWith('-')) flags.add(word.startsWith('--json') ? '--json' : word);
    else positional.push(word);
  }
  const [address, ...more] =
    positional[0]?.endsWith('.js') === true ? [undefined, ...positional] : positional;
  files.push(...more.filter((word): word is string => word !== undefined));
  const uri = address?.startsWith('mongodb') === true ? parseMongoUri(address) : undefined;
  const named =
    uri === undefined
      ? /^(?:([\w.-]+):(\d+)(?:\/|$)|([\d.]+\.[\d.]+|localhost)\/)?([\w-]*)$/.exec(address ?? '')
      : null;
  const host = values['--host'] ?? named?.[1] ?? named?.[3] ?? '127.0.0.1';
  const db = named?.[4] === undefined || named[4] === '' ? undefined : named[4];
  const base: MongoUri = uri ?? {
    hosts: [
      {
        host: host.split(':')[0] ?? host,
        port: Number(values['--port'] ?? named?.[2] ?? host.split(':')[1] ?? 27017),
      },
    ],
    user: undefined,
    password: undefined,
    db,
    authSource: db ?? 'admin',
  };
  const target: MongoUri = {
    ...base,
    user: values['--username'] ?? values['-u'] ?? base.user,
    password: values['--password'] ?? values['-p'] ?? base.password,
    authSource: values['--authenticationDatabase'] ?? base.authSource,
  };
  const first = target.hosts[0];
  return {
    target,
    shownUri: `mongodb://${target.user === undefined ? '' : '<credentials>@'}${first?.host}:${first?.port}/${target.db ?? ''}?directConnection=true&serverSelectionTimeoutMS=2000&appName=mongosh+2.5.6`,
    quiet: flags.has('--quiet'),
    nodb: flags.has('--nodb'),
    json: flags.has('--json'),
    evals,
    files,
    timeoutMs: Number(
      /serverSelectionTimeoutMS=(\d+)/.exec(address ?? '')?.[1] ?? (uri === undefined ? 2_000 : 30_000),
    ),
  };
}

function described(error: unknown): string {
  if (error instanceof MongoServerError)
    return error.codeName === 'Unauthorized'
      ? `MongoServerError[Unauthorized]: ${error.message}`
      : `MongoServerError: ${error.message}`;
  if (typeof error === 'object' && error !== null && 'message' in error) {
    const name = 'name' in error ? String(error.name) : 'Error';
    const text = String(error.message);
    return /^Mongo\w+Error/.test(text) ? text : `${name}: ${text}`;
  }
  return `Error: ${String(error)}`;
}

/** `mongosh`: evaluates JavaScript against the simulated database. */
export const mongosh: Program = async (call, machine) => {
  if (call.argv.includes('--version')) return say(call, '2.5.6');
  let options: Options;
  try {
    options = parseOptions(call.argv);
  } catch (error) {
    return complain(call, 1, described(error));
  }
  if (!options.quiet)
    say(
      call,
      `Current Mongosh Log ID:\t${new ObjectId().toHexString()}`,
      `Connecting to:\t\t${options.shownUri}`,
    );
  let session: MongoSession | undefined;
  try {
    if (!options.nodb) session = openSession(machine, options.target);
  } catch (error) {
    if (error instanceof MongoUnreachable)
      await machine.world.clock.sleep(error.timedOut ? options.timeoutMs : 200);
    return complain(call, 1, described(error));
  }
  if (!options.quiet)
    say(call, `Using MongoDB:\t\t${session?.state.version ?? ''}`, 'Using Mongosh:\t\t2.5.6', '');

  const shell = new MongoShell(session, options.target.db ?? 'test', {
    print: (text) => call.out(text),
    readFile: (path) => machine.root.strip(readFileSync(machine.root.real(path, call.cwd), 'utf8')),
    env: call.env,
  });
  try {
    if (options.evals.length === 0 && options.files.length === 0)
      return await interactive(call, shell, options);
    for (const file of options.files) await shell.evaluate(readScript(machine, call, file));
    for (const [index, text] of options.evals.entries()) {
      const value = await shell.evaluate(text);
      if (index < options.evals.length - 1 || value === undefined) continue;
      call.out(`${options.json ? asJson(value) : shown(value)}\n`);
    }
    return 0;
  } catch (error) {
    if (error instanceof ShellQuit) return error.exitCode;
    return complain(call, 1, described(error));
  }
};

function readScript(machine: Machine, call: Call, file: string): string {
  return machine.root.strip(readFileSync(machine.root.real(file, call.cwd), 'utf8'));
}

/** Standard input, statement by statement, with prompts; an error is printed and the next statement runs. */
async function interactive(call: Call, shell: MongoShell, options: Options): Promise<number> {
  const lines = (await call.stdin()).toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  let pending = '';
  call.out(`${shell.currentDb}> `);
  for (const [index, line] of lines.entries()) {
    pending = pending === '' ? line : `${pending}\n${line}`;
    if (pending.trim() === '' || /^\s*\/\//.test(pending)) {
      pending = '';
      continue;
    }
    if (/^\s*(exit|quit)(\s*\(\s*(\d*)\s*\))?\s*;?\s*$/.test(pending))
      return Number(/\d+/.exec(pending)?.[0] ?? 0);
    try {
      const value = await shell.evaluate(pending);
      if (value !== undefined) call.out(`${options.json ? asJson(value) : shown(value)}\n`);
    } catch (error) {
      if (error instanceof ShellQuit) return error.exitCode;
      const open =
        error instanceof SyntaxError &&
        /Unexpected end of input|Unterminated template|missing \)/.test(error.message);
      if (open && index < lines.length - 1) {
        call.out('... ');
        continue;
      }
      call.out(`${described(error)}\n`);
    }
    pending = '';
    call.out(`${shell.currentDb}> `);
  }
  return 0;
}

/** `mongod --version`. */
export const mongod: Program = (call) =>
  say(call, 'db version v8.0.12', 'Build Info: {', '    "version": "8.0.12"', '}');
