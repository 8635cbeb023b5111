import { createContext, Script, type Context } from 'node:vm';
import { inspect } from 'node:util';

import { MongoServerError, MongoSession, ObjectId, type Doc } from './state.ts';

/** What a shell script may reach beside the database. */
export interface ShellHost {
  print(text: string): void;
  readFile(path: string): string;
  readonly env: Readonly<Record<string, string>>;
}

/** Thrown by quit() and exit(). */
export class ShellQuit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('quit');
    this.exitCode = exitCode;
  }
}

/** One mongosh: a JavaScript context with `db`, evaluated statement by statement. */
export class MongoShell {
  private readonly context: Context;
  private readonly session: MongoSession | undefined;
  private current: string;

  constructor(session: MongoSession | undefined, db: string, host: ShellHost) {
    this.session = session;
    this.current = db;
    const print = (...values: unknown[]): void =>
      host.print(`${values.map((value) => shown(value)).join(' ')}\n`);
    const exit = (code = 0): never => {
      throw new ShellQuit(Number(code));
    };
    const quitting = { exit, quit: exit };
    this.context = createContext({
      print,
      printjson: print,
      console: { log: print, error: print },
      ObjectId: (hex?: string) => new ObjectId(hex),
      ISODate: (text?: string) => (text === undefined ? new Date() : new Date(text)),
      NumberLong: Number,
      NumberInt: Number,
      EJSON: {
        stringify: (value: unknown, _replacer?: unknown, space?: number) => ejson(value, space),
        parse: (text: string): unknown => JSON.parse(text),
      },
      process: { env: { ...host.env }, exit },
      sleep: () => undefined,
      cat: (path: string) => host.readFile(path),
      fs: { readFileSync: (path: string) => host.readFile(path) },
      require: (name: string) =>
        /^(node:)?fs$/.test(name) ? { readFileSync: (path: string) => host.readFile(path) } : {},
      load: (path: string) => this.evaluate(host.readFile(path)),
      ...quitting,
    });
    Object.defineProperty(this.context, 'db', { get: () => this.database(this.current), configurable: true });
    Object.defineProperty(this.context, 'use', { value: (name: string) => this.use(name) });
    this.context['connect'] = () => this.database(this.current);
    this.context['rs'] = {
      status: () => this.fail(new MongoServerError('not running with --replSet', 76, 'NoReplicationEnabled')),
    };
  }

  get currentDb(): string {
    return this.current;
  }

  private fail(error: Error): never {
    throw error;
  }

  private use(name: string): string {
    this.current = name;
    return `switched to db ${name}`;
  }

  /** Evaluates one program text; promises are awaited; the value of its last expression comes back. */
  async evaluate(text: string): Promise<unknown> {
    const word = /^\s*(use|show)\s+([\w-]+)\s*;?\s*$/.exec(text);
    if (word?.[1] === 'use') return this.use(word[2] ?? '');
    if (word?.[1] === 'show') return this.show(word[2] ?? '');
    let script: Script;
    try {
      script = new Script(text, { filename: 'REPL1' });
    } catch (error) {
      if (!/\bawait\b/.test(text)) throw error;
      script = new Script(
        `(async () => { ${text.includes(';') || text.includes('\n') ? text : `return (${text})`} })()`,
      );
    }
    return await (script.runInContext(this.context, { timeout: 5_000 }) as unknown);
  }

  private show(what: string): string {
    const session = this.open();
    if (/^(dbs|databases)$/.test(what))
      return (session.command('admin', { listDatabases: 1 })['databases'] as Doc[])
        .map((entry) => `${String(entry['name'])}  40.00 KiB`)
        .join('\n');
    return session.collectionNames(this.current).join('\n');
  }

  private open(): MongoSession {
    if (this.session === undefined)
      throw new Error('MongoshInvalidInputError: [SHAPI-10004] No connected database');
    return this.session;
  }

  /** The `db` object of a database: known methods, any other name is a collection. */
  private database(name: string): unknown {
    const run = (command: Doc | string): Doc =>
      this.open().command(name, typeof command === 'string' ? { [command]: 1 } : command);
    const methods: Record<string, unknown> = {
      getName: () => name,
      getSiblingDB: (other: string) => this.database(other),
      getMongo: () => ({
        getDB: (other: string) => this.database(other),
        getDBNames: () => (run({ listDatabases: 1 })['databases'] as Doc[]).map((d) => d['name']),
        setReadPref: () => undefined,
      }),
      getCollection: (collection: string) => this.collection(name, collection),
      getCollectionNames: () => this.open().collectionNames(name),
      getCollectionInfos: () =>
        this.open()
          .collectionNames(name)
          .map((entry) => ({ name: entry, type: 'collection' })),
      runCommand: run,
      adminCommand: (command: Doc | string) =>
        this.open().command('admin', typeof command === 'string' ? { [command]: 1 } : command),
      version: () => run({ buildInfo: 1 })['version'],
      hello: () => run({ hello: 1 }),
      isMaster: () => run({ hello: 1 }),
      serverStatus: () => run({ serverStatus: 1 }),
      stats: () => ({ db: name, collections: this.open().collectionNames(name).length, ok: 1 }),
      dropDatabase: () => run({ dropDatabase: 1 }),
      createCollection: (collection: string) => (this.open().state.collection(name, collection), { ok: 1 }),
      createUser: ({ user, ...rest }: Doc) => run({ createUser: user, ...rest }),
      updateUser: (user: string, change: Doc) => run({ updateUser: user, ...change }),
      changeUserPassword: (user: string, pwd: string) => run({ updateUser: user, pwd }),
      dropUser: (user: string) => run({ dropUser: user }),
      getUser: (user: string) =>
        (run({ usersInfo: 1 })['users'] as Doc[]).find((u) => u['user'] === user && u['db'] === name) ?? null,
      getUsers: () => run({ usersInfo: 1 }),
      grantRolesToUser: () => ({ ok: 1 }),
      logout: () => ((this.open().user = undefined), { ok: 1 }),
      auth: (user: string | Doc, pwd?: string) => {
        const session = this.open();
        const [login, password] =
          typeof user === 'string' ? [user, pwd ?? ''] : [String(user['user']), String(user['pwd'])];
        session.user = session.state.login(login, password, name);
        return { ok: 1 };
      },
    };
    return new Proxy(methods, {
      get: (target, key) => {
        if (typeof key === 'symbol') return key === inspect.custom ? () => name : undefined;
        if (key in target) return target[key];
        return key === 'then' || key === 'toJSON' ? undefined : this.collection(name, key);
      },
    });
  }

  private collection(db: string, name: string): unknown {
    const find = (filter: Doc = {}, projection?: Doc): Cursor =>
      new Cursor((sort) =>
        this.open().find(db, name, filter, {
          ...(projection === undefined ? {} : { projection }),
          ...(sort === undefined ? {} : { sort }),
        }),
      );
    const session = (): MongoSession => this.open();
    const count = (filter: Doc = {}): number => find(filter).toArray().length;
    return {
      find,
      findOne: (filter: Doc = {}, projection?: Doc) => find(filter, projection).toArray()[0] ?? null,
      countDocuments: count,
      count,
      estimatedDocumentCount: () => count(),
      distinct: (key: string, filter: Doc = {}) => [
        ...new Set(
          find(filter)
            .toArray()
            .map((doc) => doc[key]),
        ),
      ],
      insertOne: (doc: Doc) => ({ acknowledged: true, insertedId: session().insert(db, name, [doc])[0] }),
      insertMany: (docs: Doc[]) => ({ acknowledged: true, insertedIds: session().insert(db, name, docs) }),
      updateOne: (filter: Doc, change: Doc, options?: Doc) =>
        session().update(db, name, filter, change, { many: false, upsert: options?.['upsert'] === true }),
      updateMany: (filter: Doc, change: Doc, options?: Doc) =>
        session().update(db, name, filter, change, { many: true, upsert: options?.['upsert'] === true }),
      replaceOne: (filter: Doc, change: Doc, options?: Doc) =>
        session().update(db, name, filter, change, { many: false, upsert: options?.['upsert'] === true }),
      deleteOne: (filter: Doc) => ({
        acknowledged: true,
        deletedCount: session().remove(db, name, filter, false),
      }),
      deleteMany: (filter: Doc) => ({
        acknowledged: true,
        deletedCount: session().remove(db, name, filter, true),
      }),
      drop: () => session().remove(db, name, {}, true) >= 0,
      createIndex: (keys: Doc) =>
        Object.entries(keys)
          .map(([key, way]) => `${key}_${String(way)}`)
          .join('_'),
      getName: () => name,
    };
  }
}

/** A lazy query result. */
class Cursor {
  private readonly query: (sort: Doc | undefined) => Doc[];
  private order: Doc | undefined;
  private from = 0;
  private most: number | undefined;

  constructor(query: (sort: Doc | undefined) => Doc[]) {
    this.query = query;
  }

  sort(order: Doc): this {
    this.order = order;
    return this;
  }

  skip(count: number): this {
    this.from = count;
    return this;
  }

  limit(count: number): this {
    this.most = count;
    return this;
  }

  toArray(): Doc[] {
    return this.query(this.order).slice(
      this.from,
      this.most === undefined ? undefined : this.from + this.most,
    );
  }

  map<T>(change: (doc: Doc) => T): T[] {
    return this.toArray().map(change);
  }

  forEach(visit: (doc: Doc) => void): void {
    for (const doc of this.toArray()) visit(doc);
  }

  count(): number {
    return this.toArray().length;
  }

  size(): number {
    return this.count();
  }

  pretty(): this {
    return this;
  }

  hasNext(): boolean {
    return this.toArray().length > 0;
  }

  [Symbol.iterator](): Iterator<Doc> {
    return this.toArray()[Symbol.iterator]();
  }

  toJSON(): Doc[] {
    return this.toArray();
  }

  [inspect.custom](): unknown {
    return this.toArray();
  }
}

function ejson(value: unknown, space?: number): string {
  return JSON.stringify(value, (_key, item: unknown) => item, space);
}

/** A value as mongosh prints it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  return inspect(value, { depth: 6, compact: 3, breakLength: 80 });
}

/** A value as `--json` prints it. */
export function asJson(value: unknown): string {
  return ejson(value instanceof Cursor ? value.toArray() : value, 2);
}
