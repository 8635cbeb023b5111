import { AmsError } from '../cluster/errors.ts';

export type ProbeErrorKind =
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'lost'
  | 'tls'
  | 'protocol'
  | 'refused-upgrade';

const WORDS: Readonly<Record<ProbeErrorKind, readonly [message: string, hint: string]>> = {
  refused: ['nothing listens there', 'Check that the listener exists and runs.'],
  unreachable: ['the name or address leads nowhere', 'Check the DNS record, or set AMS_CONNECT_TO.'],
  timeout: ['no answer came in time', 'Check listener, server group and security group.'],
  lost: ['the connection broke', 'Try again; if it stays, look at the health of the servers.'],
  tls: ['no TLS connection could be made', 'Check the certificate and the TLS policy of the listener.'],
  protocol: ['the answer is no HTTP', 'Check which service listens on that port.'],
  'refused-upgrade': [
    'the WebSocket was not opened',
    'Check that the application is deployed and that the listener leads to it.',
  ],
};

/** An address that did not answer as a page or WebSocket must. */
export class ProbeError extends AmsError {
  readonly code: string;
  readonly kind: ProbeErrorKind;
  /** Of the answer that refused the WebSocket. */
  readonly status: number | undefined;

  constructor(kind: ProbeErrorKind, url: string, status?: number) {
    const [message, hint] = WORDS[kind];
    const { protocol, host, pathname } = new URL(url);
    super(
      `${protocol}//${host}${pathname}: ${message}${status === undefined ? '' : ` (status ${status})`}.`,
      {
        hint,
        retryable: true,
      },
    );
    this.code = `probe_${kind.replaceAll('-', '_')}`;
    this.kind = kind;
    this.status = status;
  }
}

/** Judges a failure of node's HTTP and TLS by its code. */
export function probeErrorOf(thrown: unknown, url: string): ProbeError {
  if (thrown instanceof ProbeError) return thrown;
  const code = String((thrown as { readonly code?: unknown } | null)?.code ?? '');
  if (code === 'ECONNREFUSED') return new ProbeError('refused', url);
  if (code === 'ETIMEDOUT') return new ProbeError('timeout', url);
  if (/^(ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(code))
    return new ProbeError('unreachable', url);
  if (/^(ERR_SSL|ERR_TLS|EPROTO)/.test(code)) return new ProbeError('tls', url);
  if (code.startsWith('HPE_')) return new ProbeError('protocol', url);
  return new ProbeError('lost', url);
}
