import type { App, Logger, Receiver } from '@slack/bolt';
import type { Log } from '../jobs/log.ts';
import { SocketModeReceiver } from './bolt.ts';
import { readTrouble } from './outbox/slack-calls.ts';

/**
 * With one connection the bot is deaf for about 5 s whenever Slack renews it; of two, one always listens. How long each
 * waits for the answer to a ping before it takes itself for dead, by default 5 s. A process that is busy
 * for a while hears no answer either: were both equally impatient, it would be deaf on both at once.
 */
const PONG_PATIENCE_MS = [10_000, 20_000] as const;
const AGAIN_MS = 1_000;
/** The same where Slack has asked for it. */
const AGAIN_AT_ONCE_MS = 50;
/** Slack closes a connection about 10 s after it has asked to have it renewed. */
const RENEWED_WITHIN_MS = 5_000;
const LOOK_MS = 20;

export interface SocketOptions {
  readonly appToken: string;
  readonly apiUrl: string | undefined;
  readonly logger: Logger;
  readonly log: Log;
  /** For the calls that open connections; default: the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Socket Mode over two connections. Slack gives each payload to one of them, and either handles any. */
export class Sockets implements Receiver {
  readonly #sockets: readonly SocketModeReceiver[];
  readonly #log: Log;
  /** Those that Slack has greeted and that do not leave. */
  readonly #listening = new Set<Client>();
  /** Those that leave since Slack has asked them to. */
  readonly #renewed = new Set<Client>();
  #stopping = false;

  constructor({ appToken, apiUrl, logger, log, fetch }: SocketOptions) {
    this.#log = log;
    this.#sockets = PONG_PATIENCE_MS.map((clientPingTimeout) => {
      // An object of its own for each: the libraries write into it.
      const clientOptions = {
        ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
        retryConfig: { retries: 100, factor: 1.3, minTimeout: 250, maxTimeout: 10_000 },
        timeout: 10_000,
        ...(fetch === undefined ? {} : { fetch }),
      };
      const receiver = new SocketModeReceiver({
        appToken,
        logger,
        clientPingTimeout,
        installerOptions: { clientOptions },
      });
      this.#keepAlive(receiver);
      this.#renewInTurn(receiver);
      connectAgainSoon(receiver, () => (this.#renewed.delete(receiver.client) ? AGAIN_AT_ONCE_MS : AGAIN_MS));
      return receiver;
    });
  }

  init(app: App): void {
    for (const socket of this.#sockets) socket.init(app);
  }

  async start(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.start()));
  }

  /** Whether Slack can reach the bot by one of the connections. */
  isConnected(): boolean {
    return this.#sockets.some(({ client }) => client.websocket?.isActive() === true);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    // A connection that is being renewed has nothing to close and might never say so.
    const patience = new Promise((resolve) => setTimeout(resolve, 2_000).unref());
    await Promise.race([Promise.allSettled(this.#sockets.map((socket) => socket.stop())), patience]);
  }

  /**
   * Both connections are equally old, so Slack has both renewed at about the same time, and socket-mode leaves as soon as
   * it is asked: the second waits until the first is back, and is heard for that long.
   */
  #renewInTurn({ client }: SocketModeReceiver): void {
    const inner = client as unknown as Reconnecting;
    const hear = inner.onWebSocketMessage.bind(inner);
    client.on('connected', () => this.#listening.add(client));
    client.on('close', () => this.#listening.delete(client));
    client.removeAllListeners('ws_message');
    client.on('ws_message', (frame: unknown, isBinary: boolean) => {
      if (asksToRenew(frame)) void this.#renew(client, () => hear(frame, isBinary));
      else void hear(frame, isBinary);
    });
  }

  async #renew(client: Client, leave: () => Promise<void>): Promise<void> {
    const { websocket } = client;
    const until = performance.now() + RENEWED_WITHIN_MS;
    const isAlone = (): boolean => ![...this.#listening].some((one) => one !== client);
    while (isAlone() && performance.now() < until && !this.#stopping)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    // Meanwhile Slack may have closed it by itself.
    if (client.websocket !== websocket || websocket?.isActive() !== true) return;
    this.#listening.delete(client);
    this.#renewed.add(client);
    await leave();
  }

  /**
   * socket-mode 3.1.0 reconnects by calling `start` without handling its failure: a refusal then ends the process as
   * an unhandled rejection, or leaves the connection dead. Here only what Slack refuses at the first start rejects.
   */
  #keepAlive({ client }: SocketModeReceiver): void {
    const start = client.start.bind(client);
    let begun = false;
    client.start = async () => {
      for (;;) {
        try {
          const opened = await start();
          begun = true;
          return opened;
        } catch (error) {
          if (this.#stopping) return { ok: true };
          if (!begun && readTrouble(error).kind === 'refused') throw error;
          this.#log.warn({ error: String(error) }, 'socket mode: connecting again');
          await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
          if (this.#stopping) return { ok: true };
        }
      }
    };
  }
}

type Client = SocketModeReceiver['client'];

/** Whether Slack says with this that a new connection should take the place of the one on which it says so. */
function asksToRenew(frame: unknown): boolean {
  if (typeof frame !== 'string' || !frame.includes('"disconnect"')) return false;
  try {
    const said = JSON.parse(frame) as { readonly type?: unknown; readonly reason?: unknown } | null;
    return said?.type === 'disconnect' && (said.reason === 'warning' || said.reason === 'refresh_requested');
  } catch {
    return false;
  }
}

/** What socket-mode 3.1.0 keeps to itself. */
interface Reconnecting {
  clientPingTimeoutMS: number;
  delayReconnectAttempt(again: () => unknown): Promise<unknown>;
  onWebSocketMessage(frame: unknown, isBinary: boolean): Promise<void>;
}

/**
 * socket-mode 3.1.0 waits as long as for a pong, times its failures in a row, before it connects again; until then nobody
 * hears what Slack has to say. It reads that time when the wait begins.
 */
function connectAgainSoon({ client }: SocketModeReceiver, afterMs: () => number): void {
  const inner = client as unknown as Reconnecting;
  const delay = inner.delayReconnectAttempt.bind(inner);
  inner.delayReconnectAttempt = (again) => {
    const patience = inner.clientPingTimeoutMS;
    inner.clientPingTimeoutMS = afterMs();
    try {
      return delay(again);
    } finally {
      inner.clientPingTimeoutMS = patience;
    }
  };
}
