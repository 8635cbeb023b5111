import type { Machine } from '../machine.ts';
import { openOutside } from '../quick.ts';
import { dial } from '../world.ts';
import { MongoSession } from './state.ts';
import type { MongoUri } from './uri.ts';

/** No mongod answered; `timedOut` tells silence from a refusal. */
export class MongoUnreachable extends Error {
  readonly timedOut: boolean;

  constructor(name: string, message: string, timedOut: boolean) {
    super(message);
    this.name = name;
    this.timedOut = timedOut;
  }
}

/**
 * Opens a session from a machine as a driver would: through names, routes, security groups, the bound address and the
 * login. Throws MongoUnreachable or MongoServerError (wrong login).
 */
export function openSession(
  from: Machine,
  uri: Pick<MongoUri, 'hosts' | 'user' | 'password' | 'authSource'>,
): MongoSession {
  const outside = openOutside(
    from,
    uri.hosts.map((one) => one.host),
  );
  if (outside !== undefined) return outside;
  let failure: MongoUnreachable | undefined;
  for (const { host, port } of uri.hosts) {
    const way = dial(from, host, port);
    const mongod = way.state === 'open' ? way.machine.mongod : undefined;
    if (way.state === 'open' && mongod !== undefined) {
      const session = new MongoSession(mongod.state, way.fromIp === '127.0.0.1');
      if (uri.user !== undefined)
        session.user = mongod.state.login(uri.user, uri.password ?? '', uri.authSource);
      return session;
    }
    const where = `${host === 'localhost' ? '127.0.0.1' : host}:${port}`;
    if (way.state === 'unresolved')
      failure = new MongoUnreachable('MongoNetworkError', `getaddrinfo ENOTFOUND ${host}`, false);
    else if (way.state === 'timeout')
      failure = new MongoUnreachable(
        'MongoServerSelectionError',
        'Server selection timed out after 30000 ms',
        true,
      );
    else failure = new MongoUnreachable('MongoNetworkError', `connect ECONNREFUSED ${where}`, false);
  }
  throw failure ?? new MongoUnreachable('MongoParseError', 'No hosts in the connection string', false);
}
