import { AmsError } from '../../cluster/errors.ts';

export type SshErrorKind = 'refused' | 'unreachable' | 'timeout' | 'auth' | 'host-key' | 'lost' | 'protocol';

/** Whom a connection was meant for. */
export interface SshPlace {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

const WORDS: Readonly<Record<SshErrorKind, readonly [message: string, hint: string, retryable: boolean]>> = {
  refused: [
    'nothing listens there yet',
    'A young machine needs a minute; if it stays, look at its console for sshd.',
    true,
  ],
  unreachable: [
    'there is no way to it',
    'Check the address, the security group and ssh.from in ams.yaml, or set AMS_CONNECT_TO.',
    true,
  ],
  timeout: [
    'no answer came in time',
    'Check that the security group admits SSH from this worker (ssh.from in ams.yaml).',
    true,
  ],
  auth: [
    'the host does not take our key for that user',
    'A young machine takes it once cloud-init is done; if it stays, check ssh.user and the key pair.',
    true,
  ],
  'host-key': [
    'the host shows another key than the one it was given, so nothing was sent to it',
    'Look at the machine in the ECS console: somebody may have replaced it or stands in between.',
    false,
  ],
  lost: [
    'the connection broke',
    'It is not known how far the command came; it is looked at again by itself.',
    true,
  ],
  protocol: [
    'the two sides did not understand each other',
    'Check that an SSH server listens there, and what it says in its log.',
    false,
  ],
};

/** What went wrong with a connection; keys and commands are no part of it. */
export class SshError extends AmsError {
  readonly code: string;
  readonly kind: SshErrorKind;
  readonly host: string;

  constructor(kind: SshErrorKind, place: SshPlace) {
    const [message, hint, retryable] = WORDS[kind];
    super(`SSH to ${place.user}@${place.host}:${place.port}: ${message}.`, { hint, retryable });
    this.code = `ssh_${kind.replaceAll('-', '_')}`;
    this.kind = kind;
    this.host = place.host;
  }
}

/** Judges what ssh2 threw by its code and level; its text, which may hold anything, is dropped. */
export function sshErrorOf(thrown: unknown, place: SshPlace): SshError {
  const { code, level } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as {
    readonly code?: unknown;
    readonly level?: unknown;
  };
  if (level === 'client-authentication') return new SshError('auth', place);
  if (level === 'client-timeout' || code === 'ETIMEDOUT') return new SshError('timeout', place);
  if (code === 'ECONNREFUSED') return new SshError('refused', place);
  // It hung up before it said that SSH is spoken there: a server that is full or only starting, or a forwarder in
  // front of one. Two sides that share no algorithm are of level `handshake`.
  if (level === 'protocol') return new SshError('lost', place);
  if (code === 'ECONNRESET' || code === 'EPIPE' || level === 'client-socket' || level === undefined) {
    const away = ['EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL'];
    return new SshError(away.includes(String(code)) ? 'unreachable' : 'lost', place);
  }
  return new SshError('protocol', place);
}
