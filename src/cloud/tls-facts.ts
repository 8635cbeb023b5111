import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

/** What a TLS handshake showed. */
export interface TlsFacts {
  /** Trusted, in date, and for the name that was asked for. */
  readonly authorized: boolean;
  /** Why not: `CERT_HAS_EXPIRED`, `UNABLE_TO_VERIFY_LEAF_SIGNATURE`, `ERR_TLS_CERT_ALTNAME_INVALID`, … */
  readonly authorizationError?: string;
  /** Names that the certificate is for. */
  readonly peerNames: readonly string[];
  /** Hexadecimal with colons, upper case. */
  readonly fingerprint256: string;
  /** Milliseconds since 1970. */
  readonly validTo: number;
  /** Certificates that the server sent or the roots completed, the leaf included. */
  readonly chainLength: number;
  /** `TLSv1.3`. */
  readonly protocol: string | undefined;
}

export function tlsFacts(socket: TLSSocket): TlsFacts {
  const leaf = socket.getPeerCertificate(true);
  const error: unknown = socket.authorizationError;
  const why = error instanceof Error ? ((error as { code?: string }).code ?? error.name) : error;
  return {
    authorized: socket.authorized,
    ...(socket.authorized || why === undefined || why === null ? {} : { authorizationError: String(why) }),
    peerNames: namesOf(leaf),
    fingerprint256: leaf.fingerprint256 ?? '',
    validTo: Date.parse(leaf.valid_to),
    chainLength: lengthOf(leaf),
    protocol: socket.getProtocol() ?? undefined,
  };
}

function namesOf(leaf: DetailedPeerCertificate): readonly string[] {
  const alternatives = (leaf.subjectaltname ?? '')
    .split(',')
    .map((name) => name.trim().replace(/^(DNS|IP Address):/, ''))
    .filter((name) => name !== '');
  if (alternatives.length > 0) return alternatives;
  const common: unknown = leaf.subject?.CN;
  return typeof common === 'string' ? [common] : [];
}

function lengthOf(leaf: DetailedPeerCertificate): number {
  const seen = new Set<string>();
  let at: DetailedPeerCertificate | undefined = leaf;
  while (at?.fingerprint256 !== undefined && !seen.has(at.fingerprint256)) {
    seen.add(at.fingerprint256);
    at = at.issuerCertificate;
  }
  return seen.size;
}
