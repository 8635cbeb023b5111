/** A parsed MongoDB connection string. */
export interface MongoUri {
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly db: string | undefined;
  readonly authSource: string;
}

/** Parses a `mongodb://` string as the driver does; throws its error for malformed ones. */
export function parseMongoUri(uri: string): MongoUri {
  const found = /^mongodb(?:\+srv)?:\/\/(?:([^@/]*)@)?([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(uri);
  if (found === null) throw new Error('MongoParseError: Invalid connection string');
  const [, login, hosts = '', db, query] = found;
  const cut = login?.indexOf(':') ?? -1;
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text);
    } catch {
      throw new Error('MongoParseError: URI malformed');
    }
  };
  const user = login === undefined ? undefined : decode(cut < 0 ? login : login.slice(0, cut));
  const password = login === undefined || cut < 0 ? undefined : decode(login.slice(cut + 1));
  if (login?.includes(':', cut + 1))
    throw new Error('MongoParseError: Password contains unescaped characters');

  return {
    hosts: hosts.split(',').map((entry) => {
      const [host = '', port] = entry.split(':');
      return { host, port: port === undefined ? 27017 : Number(port) };
    }),
    user,
    password,
    db: db === undefined || db === '' ? undefined : decode(db),
    authSource:
      new URLSearchParams(query ?? '').get('authSource') ??
      (db === undefined || db === '' ? 'admin' : decode(db)),
  };
}
