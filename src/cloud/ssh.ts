import type { NodeSSH } from 'node-ssh';
import { cleanText } from './calling/clean-text.ts';
import type { ConnectTo } from './connect-to.ts';
import { publicKeyBytes } from './ssh/keys.ts';
import { SshError, sshErrorOf } from './ssh/error.ts';
import type { SshPlace } from './ssh/error.ts';

export { newHostKey, newSshKeyPair } from './ssh/keys.ts';
export { SshError } from './ssh/error.ts';

export interface CommandOutcome {
  /** Exit code; 128 and more, or -1, when a signal ended it. */
  readonly code: number;
  /** The last 256 KiB, control characters taken out. */
  readonly stdout: string;
  readonly stderr: string;
  readonly signal?: string | undefined;
}

/** An open SSH connection. */
export interface SshSession {
  /**
   * Runs a shell command. Another exit code than 0 is an answer, not an error.
   * @throws SshError `timeout` after `timeoutMs` (default 60 s; the session is closed then), `lost` when it breaks
   */
  run(
    command: string,
    options?: { readonly timeoutMs?: number | undefined; readonly stdin?: string | undefined },
  ): Promise<CommandOutcome>;
  /** Whether its connection holds, as far as is known here, and every command in it has come to its end. */
  isFree(): boolean;
  close(): void;
}

export interface SshOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** PEM or OpenSSH, not encrypted. */
  readonly privateKey: string;
  /** The one key that the host may show, as one OpenSSH public line. */
  readonly hostKey: string;
  readonly connect: ConnectTo;
  /** Until the login is done; default 20 s. */
  readonly readyTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const READY_MS = 20_000;
const COMMAND_MS = 60_000;

/**
 * Opens a connection whose host key is checked strictly: any other key than `hostKey` ends it before the login, so
 * that nothing is ever sent to another machine.
 * @throws SshError; keys, commands and what was typed are never part of it
 */
export async function openSsh(options: SshOptions): Promise<SshSession> {
  const { signal, user } = options;
  const address = options.connect(options.host, options.port);
  const place: SshPlace = { host: options.host, port: options.port, user };
  const expected = publicKeyBytes(options.hostKey);
  if (!expected) throw new SshError('host-key', place);
  // Loaded when it is first used: most workers never install a database.
  const { NodeSSH: Connection } = await import('node-ssh');
  const ssh = new Connection();
  let wrongHost = false;
  if (signal?.aborted) throw new SshError('lost', place);
  const abort = (): void => ssh.dispose();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const connected = ssh.connect({
      host: address.host,
      port: address.port,
      username: user,
      privateKey: options.privateKey,
      readyTimeout: options.readyTimeoutMs ?? READY_MS,
      // Nothing else could let us in, and asking for what could takes a round trip.
      authHandler: ['publickey'],
      keepaliveInterval: 10_000,
      keepaliveCountMax: 3,
      // Only the kind of key that we know: a host that also has another kind would show that one else.
      algorithms: { serverHostKey: algorithmsOf(options.hostKey) },
      hostVerifier: (shown: Buffer) => {
        wrongHost = !shown.equals(expected);
        return !wrongHost;
      },
    } as Parameters<NodeSSH['connect']>[0]);
    // Login and commands are several small packets each, and every one would wait for the answer to the one before.
    ssh.connection?.setNoDelay(true);
    await connected;
  } catch (error) {
    signal?.removeEventListener('abort', abort);
    ssh.dispose();
    throw wrongHost ? new SshError('host-key', place) : sshErrorOf(error, place);
  }
  let lost = false;
  let running = 0;
  // A host that refused a command, or broke it off, may do so with all that follow.
  let failed = false;
  ssh.connection?.on('close', () => (lost = true));
  // Without a listener a late error of the socket would end the process.
  ssh.connection?.on('error', () => (lost = true));
  return {
    async run(command, { timeoutMs = COMMAND_MS, stdin } = {}) {
      if (lost) throw new SshError('lost', place);
      running += 1;
      const answer = await within(timeoutMs, runBounded(ssh, command, stdin), () => {
        lost = true;
        ssh.dispose();
        return new SshError('timeout', place);
      })
        .catch((error: unknown) => {
          failed = true;
          throw error instanceof SshError
            ? error
            : lost
              ? new SshError('lost', place)
              : sshErrorOf(error, place);
        })
        .finally(() => (running -= 1));
      if (answer.closedWithoutEnd) {
        failed = true;
        throw new SshError('lost', place);
      }
      return {
        code: answer.code ?? -1,
        stdout: cleanText(answer.stdout),
        stderr: cleanText(answer.stderr),
        ...(answer.signal === undefined ? {} : { signal: answer.signal }),
      };
    },
    isFree: () => !lost && !failed && running === 0,
    close() {
      lost = true;
      signal?.removeEventListener('abort', abort);
      ssh.dispose();
    },
  };
}

interface RawOutcome {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly closedWithoutEnd: boolean;
}

/** Most bytes kept of each output while a command runs. */
const MOST_BYTES = 256 * 1024;

/** Runs a command on the raw connection: node-ssh keeps all of an output and tells no signal. */
function runBounded(ssh: NodeSSH, command: string, stdin: string | undefined): Promise<RawOutcome> {
  return new Promise((resolve, reject) => {
    const { connection } = ssh;
    if (!connection) return reject(new Error('closed'));
    connection.exec(command, (error, channel) => {
      if (error) return reject(error);
      const out = tail();
      const err = tail();
      let code: number | undefined;
      let signal: string | undefined;
      channel.on('data', (chunk: Buffer) => out.add(chunk));
      channel.stderr.on('data', (chunk: Buffer) => err.add(chunk));
      channel.on('exit', (exit: number | null, name?: string) => {
        code = exit ?? undefined;
        signal = name;
      });
      channel.on('error', reject);
      channel.on('close', () =>
        resolve({
          code,
          signal,
          stdout: out.text(),
          stderr: err.text(),
          closedWithoutEnd: code === undefined && signal === undefined,
        }),
      );
      channel.end(stdin ?? '');
    });
  });
}

/** Keeps the end of a stream. */
function tail(): { add(chunk: Buffer): void; text(): string } {
  let chunks: Buffer[] = [];
  let size = 0;
  return {
    add(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= 2 * MOST_BYTES) return;
      chunks = [Buffer.concat(chunks).subarray(-MOST_BYTES)];
      size = MOST_BYTES;
    },
    text: () => Buffer.concat(chunks).subarray(-MOST_BYTES).toString('utf8'),
  };
}

function within<Value>(ms: number, running: Promise<Value>, late: () => Error): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    running.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function algorithmsOf(hostKey: string): string[] {
  const kind = hostKey.trim().split(/\s+/)[0] ?? '';
  return kind === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [kind];
}
