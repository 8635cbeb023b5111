import { createHash } from 'node:crypto';
import { openSsh } from '../ssh.ts';
import type { SshOptions, SshSession } from '../ssh.ts';

/** How long a session that nobody uses stays open. */
const IDLE_MS = 30_000;
/** Sessions that nobody uses, of all hosts together; the one unused for longest makes room. */
const MOST_IDLE = 20;

interface Kept {
  readonly session: SshSession;
  readonly cut: AbortController;
}

interface Idle extends Kept {
  readonly way: string;
  readonly timer: NodeJS.Timeout;
}

/**
 * SSH sessions that stay open for a while after their use: a login costs some six round trips and a key exchange, and a
 * host that is waited for is asked each second. Each is used by one visit at a time.
 */
export class KeptSessions {
  readonly #idle = new Set<Idle>();
  readonly #idleMs: number;
  #isClosed = false;

  constructor({ idleMs = IDLE_MS }: { readonly idleMs?: number } = {}) {
    this.#idleMs = idleMs;
  }

  /**
   * A session that the same way in was opened to before, else a new one. Its `close()` gives it back; one whose
   * connection broke, that was cut by the signal, or in which a command failed or still runs, is closed then.
   * @throws SshError as `openSsh` does
   */
  async open(options: SshOptions): Promise<SshSession> {
    const { signal } = options;
    const way = wayOf(options);
    const kept = this.#take(way);
    const cut = kept?.cut ?? new AbortController();
    const abort = (): void => cut.abort();
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const session =
      kept?.session ??
      (await openSsh({ ...options, signal: cut.signal }).catch((error: unknown) => {
        signal?.removeEventListener('abort', abort);
        throw error;
      }));
    return {
      run: (command, runOptions) => session.run(command, runOptions),
      isFree: () => session.isFree(),
      close: () => {
        signal?.removeEventListener('abort', abort);
        if (cut.signal.aborted || this.#isClosed || !session.isFree()) session.close();
        else this.#keep(way, { session, cut });
      },
    };
  }

  /** Closes what nobody uses, and the others once they are given back. */
  close(): void {
    this.#isClosed = true;
    for (const idle of this.#idle) this.#drop(idle);
  }

  #take(way: string): Kept | undefined {
    // The one used last is the least likely to have died meanwhile.
    for (const idle of [...this.#idle].toReversed()) {
      if (idle.way !== way) continue;
      this.#idle.delete(idle);
      clearTimeout(idle.timer);
      if (idle.session.isFree()) return idle;
      idle.session.close();
    }
    return undefined;
  }

  #keep(way: string, kept: Kept): void {
    const timer = setTimeout(() => this.#drop(idle), this.#idleMs).unref();
    const idle: Idle = { ...kept, way, timer };
    this.#idle.add(idle);
    const [oldest] = this.#idle;
    if (oldest && this.#idle.size > MOST_IDLE) this.#drop(oldest);
  }

  #drop(idle: Idle): void {
    this.#idle.delete(idle);
    clearTimeout(idle.timer);
    idle.session.close();
  }
}

/** All that decides whose machine it is and whether we may in, and nothing that could be read back. */
function wayOf({ host, port, user, privateKey, hostKey, connect }: SshOptions): string {
  const address = connect(host, port);
  const parts = [host, port, user, privateKey, hostKey, address.host, address.port];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
