import { Cluster } from 'ioredis';
import type { Redis } from 'ioredis';

/**
 * Ends two silences of ioredis 6.0.0, in which BullMQ would wait for ever: it closes a worker by `disconnect` and the
 * event `end`, and frees a worker's hung connection by `disconnect`, `end` and `connect`. Keeps it to its database, too.
 */
export function patchIoredis<Client extends Redis | Cluster>(client: Client): Client {
  const disconnect = client.disconnect.bind(client);
  const connect = client.connect.bind(client) as () => Promise<void>;
  const duplicate = client.duplicate.bind(client) as (...given: never[]) => Client;
  const later = client instanceof Cluster ? settling(client) : undefined;
  const queues = client as unknown as { flushQueue(why: Error): void };
  keepToDatabase(client);
  return Object.assign(client, {
    /**
     * Told so between two tries to connect, ioredis drops the next try and says nothing, neither to who waits for its end
     * nor to commands that wait for their turn.
     */
    disconnect(reconnect = false): void {
      const between = isBetweenTries(client);
      disconnect(reconnect);
      if (!between || reconnect) return;
      client.status = 'end';
      queues.flushQueue(new Error('Connection is closed.'));
      process.nextTick(() => client.emit('end'));
    },
    /** A cluster that answers and is not whole is tried again, and whoever waits for the first try is forgotten. */
    connect: (): Promise<void> => (later ? Promise.race([connect(), later()]) : connect()),
    duplicate: (...given: never[]): Client => patchIoredis(duplicate(...given)),
  });
}

/**
 * Where a database is refused, since there is none of its number or its user may choose none, ioredis tells of it and
 * goes on in database 0, which may be another installation's. Here that is as a refused password is: nothing is asked
 * on such a connection, and the next try is soon.
 */
function keepToDatabase(client: Redis | Cluster): void {
  if (client instanceof Cluster) return;
  type Told = (error: Error | undefined, info?: unknown) => void;
  const select = client.select.bind(client) as (database: number) => Promise<unknown>;
  const lookReady = (client as unknown as { _readyCheck(tell: Told): void })['_readyCheck'].bind(client);
  let refusal: Error | undefined;
  Object.assign(client, {
    async select(database: number): Promise<unknown> {
      refusal = undefined;
      try {
        return await select(database);
      } catch (error) {
        refusal = error as Error;
        throw error;
      }
    },
    /** Comes after the answer to `select`, and before any command. */
    _readyCheck(tell: Told): void {
      if (refusal) tell(refusal);
      else lookReady(tell);
    },
  });
}

function isBetweenTries(client: Redis | Cluster): boolean {
  if (client.status === 'reconnecting') return true;
  return client instanceof Cluster && client.status === 'connecting' && client.nodes().length === 0;
}

/** Settles when the connection becomes ready or ends, whichever try makes it so. However many wait, it listens once. */
function settling(client: Cluster): () => Promise<void> {
  let settled: Promise<void> | undefined;
  return () => {
    settled ??= new Promise<void>((resolve, reject) => {
      const onReady = (): void => over(resolve);
      const onEnd = (): void => over(() => reject(new Error('Connection is closed.')));
      function over(tell: () => void): void {
        client.off('ready', onReady).off('end', onEnd);
        settled = undefined;
        tell();
      }
      client.on('ready', onReady).on('end', onEnd);
    });
    return settled;
  };
}
