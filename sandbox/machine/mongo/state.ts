import { randomBytes } from 'node:crypto';

import { matches, project, sortBy, updated } from './query.ts';

/** A stored document. */
export type Doc = Record<string, unknown>;

/** A database user. */
export interface MongoUser {
  readonly user: string;
  readonly db: string;
  pwd: string;
  roles: unknown[];
}

/** An error as the server answers it. */
export class MongoServerError extends Error {
  readonly code: number;
  readonly codeName: string;

  constructor(message: string, code: number, codeName: string) {
    super(message);
    this.name = 'MongoServerError';
    this.code = code;
    this.codeName = codeName;
  }
}

/** Everything one mongod stores: it outlives restarts of the service. */
export class MongoState {
  readonly version = '8.0.12';
  /** As the running service was configured at its last start. */
  authorization = false;
  users: MongoUser[] = [];
  readonly databases = new Map<string, Map<string, Doc[]>>();

  collection(db: string, name: string): Doc[] {
    const collections = this.databases.get(db) ?? new Map<string, Doc[]>();
    this.databases.set(db, collections);
    const docs = collections.get(name) ?? [];
    collections.set(name, docs);
    return docs;
  }

  /** The users that a login names; SCRAM hides which of the two was wrong. */
  login(user: string, password: string, authSource: string): MongoUser {
    const found = this.users.find((u) => u.user === user && u.db === authSource && u.pwd === password);
    if (found === undefined) throw new MongoServerError('Authentication failed.', 18, 'AuthenticationFailed');
    return found;
  }
}

/** An ObjectId with the look of the real one. */
export class ObjectId {
  private readonly hex: string;

  constructor(hex = randomBytes(12).toString('hex')) {
    this.hex = hex;
  }

  toString(): string {
    return this.hex;
  }

  toHexString(): string {
    return this.hex;
  }

  toJSON(): string {
    return this.hex;
  }
}

const OPEN_COMMANDS = new Set([
  'ping',
  'hello',
  'ismaster',
  'connectionstatus',
  'buildinfo',
  'authenticate',
  'logout',
]);

/** One logged-in (or anonymous) connection to a mongod. */
export class MongoSession {
  readonly state: MongoState;
  user: MongoUser | undefined;
  private readonly fromLoopback: boolean;

  constructor(state: MongoState, fromLoopback: boolean) {
    this.state = state;
    this.fromLoopback = fromLoopback;
  }

  /** Throws what the server answers when the connection may not run a command. */
  private check(command: string): void {
    if (!this.state.authorization || this.user !== undefined || OPEN_COMMANDS.has(command.toLowerCase()))
      return;
    const firstUser = this.fromLoopback && this.state.users.length === 0 && command === 'createUser';
    if (firstUser) return;
    throw new MongoServerError(`Command ${command} requires authentication`, 13, 'Unauthorized');
  }

  /** Runs a database command; throws MongoServerError. */
  command(db: string, command: Doc): Doc {
    const name = Object.keys(command)[0] ?? '';
    this.check(name);
    switch (name.toLowerCase()) {
      case 'ping':
        return { ok: 1 };
      case 'hello':
      case 'ismaster':
        return { isWritablePrimary: true, ismaster: true, maxWireVersion: 25, readOnly: false, ok: 1 };
      case 'buildinfo':
        return { version: this.state.version, gitVersion: 'f7d2a2b1', bits: 64, ok: 1 };
      case 'connectionstatus':
        return {
          authInfo: {
            authenticatedUsers: this.user === undefined ? [] : [{ user: this.user.user, db: this.user.db }],
            authenticatedUserRoles: this.user?.roles.map((role) => this.role(role, db)) ?? [],
          },
          ok: 1,
        };
      case 'listdatabases':
        return this.listDatabases();
      case 'listcollections':
        return {
          cursor: {
            id: 0,
            ns: `${db}.$cmd.listCollections`,
            firstBatch: this.collectionNames(db).map((entry) => ({ name: entry, type: 'collection' })),
          },
          ok: 1,
        };
      case 'createuser':
        return this.createUser(db, String(command[name]), command);
      case 'updateuser':
        return this.updateUser(db, String(command[name]), command);
      case 'dropuser':
        return this.dropUser(db, String(command[name]));
      case 'usersinfo':
        return {
          users: this.state.users.map(({ user, db: source, roles }) => ({
            _id: `${source}.${user}`,
            user,
            db: source,
            roles,
          })),
          ok: 1,
        };
      case 'serverstatus':
        return {
          host: 'localhost',
          version: this.state.version,
          process: 'mongod',
          uptime: 60,
          connections: { current: 4, available: 51196 },
          ok: 1,
        };
      case 'getparameter':
        return { authenticationMechanisms: ['SCRAM-SHA-1', 'SCRAM-SHA-256'], ok: 1 };
      case 'getcmdlineopts':
        return {
          parsed: { security: { authorization: this.state.authorization ? 'enabled' : 'disabled' } },
          ok: 1,
        };
      case 'dropdatabase':
        this.state.databases.delete(db);
        return { ok: 1, dropped: db };
      case 'find': {
        const docs = this.find(db, String(command[name]), (command['filter'] as Doc | undefined) ?? {});
        return { cursor: { firstBatch: docs, id: 0, ns: `${db}.${String(command[name])}` }, ok: 1 };
      }
      case 'count':
        return {
          n: this.find(db, String(command[name]), (command['query'] as Doc | undefined) ?? {}).length,
          ok: 1,
        };
      default:
        throw new MongoServerError(`no such command: '${name}'`, 59, 'CommandNotFound');
    }
  }

  private role(role: unknown, db: string): unknown {
    return typeof role === 'string' ? { role, db } : role;
  }

  private listDatabases(): Doc {
    const names = new Set(['admin', 'config', 'local', ...this.state.databases.keys()]);
    const databases = [...names].sort().map((name) => ({ name, sizeOnDisk: 40960, empty: false }));
    return { databases, totalSize: databases.length * 40960, ok: 1 };
  }

  collectionNames(db: string): string[] {
    return [...(this.state.databases.get(db)?.keys() ?? [])].sort();
  }

  private createUser(db: string, user: string, body: Doc): Doc {
    if (typeof body['pwd'] !== 'string' || body['pwd'] === '')
      throw new MongoServerError("Must provide a 'pwd' field for all user documents", 2, 'BadValue');
    if (!Array.isArray(body['roles']))
      throw new MongoServerError(
        "BSON field 'createUser.roles' is missing but a required field",
        40414,
        'Location40414',
      );
    if (this.state.users.some((u) => u.user === user && u.db === db))
      throw new MongoServerError(`User "${user}@${db}" already exists`, 51003, 'Location51003');
    const roles = body['roles'].map((role) => this.role(role, db));
    this.state.users.push({ user, db, pwd: body['pwd'], roles });
    return { ok: 1 };
  }

  private updateUser(db: string, user: string, body: Doc): Doc {
    const found = this.state.users.find((u) => u.user === user && u.db === db);
    if (found === undefined) throw new MongoServerError(`User ${user}@${db} not found`, 11, 'UserNotFound');
    if (typeof body['pwd'] === 'string') found.pwd = body['pwd'];
    if (Array.isArray(body['roles'])) found.roles = body['roles'].map((role) => this.role(role, db));
    return { ok: 1 };
  }

  private dropUser(db: string, user: string): Doc {
    const before = this.state.users.length;
    this.state.users = this.state.users.filter((u) => u.user !== user || u.db !== db);
    if (this.state.users.length === before)
      throw new MongoServerError(`User '${user}@${db}' not found`, 11, 'UserNotFound');
    return { ok: 1 };
  }

  find(db: string, name: string, filter: Doc, options: { projection?: Doc; sort?: Doc } = {}): Doc[] {
    this.check('find');
    const docs = (this.state.databases.get(db)?.get(name) ?? []).filter((doc) => matches(doc, filter));
    return sortBy(docs, options.sort).map((doc) => project(structuredClone(plain(doc)), options.projection));
  }

  insert(db: string, name: string, docs: readonly Doc[]): string[] {
    this.check('insert');
    const stored = docs.map((doc) => ({ _id: new ObjectId().toHexString(), ...doc }));
    this.state.collection(db, name).push(...stored);
    return stored.map((doc) => String(doc['_id']));
  }

  update(
    db: string,
    name: string,
    filter: Doc,
    change: Doc,
    options: { many: boolean; upsert: boolean },
  ): Doc {
    this.check('update');
    const docs = this.state.collection(db, name);
    const hits = docs.filter((doc) => matches(doc, filter)).slice(0, options.many ? undefined : 1);
    for (const doc of hits) updated(doc, change);
    if (hits.length > 0 || !options.upsert)
      return {
        acknowledged: true,
        insertedId: null,
        matchedCount: hits.length,
        modifiedCount: hits.length,
        upsertedCount: 0,
      };
    const fresh: Doc = { _id: new ObjectId().toHexString() };
    for (const [key, value] of Object.entries(filter)) if (!key.startsWith('$')) fresh[key] = value;
    updated(fresh, change);
    docs.push(fresh);
    return {
      acknowledged: true,
      insertedId: fresh['_id'],
      matchedCount: 0,
      modifiedCount: 0,
      upsertedCount: 1,
    };
  }

  remove(db: string, name: string, filter: Doc, many: boolean): number {
    this.check('delete');
    const docs = this.state.collection(db, name);
    let removed = 0;
    for (let index = docs.length - 1; index >= 0; index -= 1) {
      const doc = docs[index];
      if (doc === undefined || !matches(doc, filter) || (!many && removed > 0)) continue;
      docs.splice(index, 1);
      removed += 1;
    }
    return removed;
  }
}

/** ObjectIds do not survive structuredClone: they become their hex text. */
function plain(doc: Doc): Doc {
  return Object.fromEntries(
    Object.entries(doc).map(([k, v]) => [k, v instanceof ObjectId ? v.toHexString() : v]),
  );
}
