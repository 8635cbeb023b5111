import { InputError } from '../cluster/errors.ts';

/** A host and port to open a connection to. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where to connect instead of `host:port`; the same place when nothing says otherwise. */
export type ConnectTo = (host: string, port: number) => Address;

interface Entry {
  readonly host: string;
  readonly port: number | undefined;
  readonly toHost: string;
  readonly toPort: number | undefined;
}

/**
 * Reads `AMS_CONNECT_TO`: comma-separated `HOST:PORT:HOST2:PORT2`, as curl's --connect-to takes them. An empty HOST
 * or PORT matches any, an empty HOST2 or PORT2 keeps what was asked for; IPv6 addresses stand in brackets. The first
 * entry that matches wins.
 * @throws InputError naming the entry that cannot be read
 */
export function parseConnectTo(text: string | undefined): ConnectTo {
  const entries = (text ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(parseEntry);
  return (host, port) => {
    const asked = plainHost(host).toLowerCase();
    const entry = entries.find(
      (one) => (one.host === '' || one.host === asked) && (one.port === undefined || one.port === port),
    );
    if (!entry) return { host: plainHost(host), port };
    return {
      host: entry.toHost === '' ? plainHost(host) : entry.toHost,
      port: entry.toPort ?? port,
    };
  };
}

/** Reads one entry; the pieces between colons, with brackets holding colons together. */
function parseEntry(entry: string): Entry {
  const pieces = /^(\[[^\]]*\]|[^:[\]]*):([^:]*):(\[[^\]]*\]|[^:[\]]*):([^:]*)$/.exec(entry);
  if (!pieces) throw wrong(entry, 'it must have four parts, and IPv6 addresses stand in brackets');
  const [, host = '', port = '', toHost = '', toPort = ''] = pieces;
  return {
    host: hostOf(host, entry).toLowerCase(),
    port: portOf(port, entry),
    toHost: hostOf(toHost, entry),
    toPort: portOf(toPort, entry),
  };
}

function hostOf(text: string, entry: string): string {
  const host = text.trim();
  if (host.startsWith('[')) {
    if (!/^\[[0-9a-fA-F:.%]+\]$/.test(host)) throw wrong(entry, `${host} is no IPv6 address`);
    return plainHost(host);
  }
  if (!/^[\w.*-]*$/.test(host)) throw wrong(entry, `${host} is no host name`);
  return host;
}

function portOf(text: string, entry: string): number | undefined {
  const digits = text.trim();
  if (digits === '') return undefined;
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65_535) throw wrong(entry, `${digits} is no port from 1 to 65535`);
  return port;
}

function plainHost(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

function wrong(entry: string, why: string): InputError {
  return new InputError(
    `AMS_CONNECT_TO has the entry "${entry}", which cannot be read: ${why}.`,
    'Write HOST:PORT:HOST2:PORT2, for example live.example.com:443:203.0.113.7:8443; separate entries with commas.',
  );
}
