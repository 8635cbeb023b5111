/** Reads the first bytes of a connection, before anybody answers: TLS or not, and for whom. */

/** What the first bytes say. `more` means the message is not complete yet. */
export type Hello =
  | { readonly kind: 'more' }
  | { readonly kind: 'plain' }
  | { readonly kind: 'tls'; readonly serverName: string | undefined };

const HANDSHAKE = 0x16;
const SERVER_NAME = 0;

/** Classifies what a client sent so far and takes the server name out of a TLS ClientHello (RFC 6066). */
export function readHello(bytes: Buffer): Hello {
  if (bytes.length === 0) return { kind: 'more' };
  if (bytes[0] !== HANDSHAKE) return { kind: 'plain' };
  if (bytes.length < 5) return { kind: 'more' };
  const end = 5 + bytes.readUInt16BE(3);
  if (bytes.length < end) return { kind: 'more' };
  try {
    return { kind: 'tls', serverName: serverNameOf(bytes.subarray(5, end)) };
  } catch {
    // A RangeError of the reads: a hello cut across records, or garbage. The TLS server will judge it.
    return { kind: 'tls', serverName: undefined };
  }
}

function serverNameOf(message: Buffer): string | undefined {
  let at = 4 + 2 + 32; // message header, version, random
  at += 1 + message.readUInt8(at); // session id
  at += 2 + message.readUInt16BE(at); // cipher suites
  at += 1 + message.readUInt8(at); // compression
  const end = at + 2 + message.readUInt16BE(at);
  at += 2;
  while (at + 4 <= end) {
    const type = message.readUInt16BE(at);
    const length = message.readUInt16BE(at + 2);
    if (type === SERVER_NAME) {
      // list length (2), name type (1), name length (2), name
      const nameLength = message.readUInt16BE(at + 7);
      return message.toString('latin1', at + 9, at + 9 + nameLength).toLowerCase();
    }
    at += 4 + length;
  }
  return undefined;
}

/** The TLS alert `unrecognized_name`, fatal: what a server says that knows no such host. */
export const UNRECOGNIZED_NAME = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x70]);
