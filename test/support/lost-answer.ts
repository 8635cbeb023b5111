import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A way to Redis that breaks when told: a command is carried out, and whoever sent it never hears so. */
export interface LostAnswer {
  readonly url: string;
  /** Cuts the connection instead of handing on the answer to the next command that holds these words. */
  loseAnswerTo(words: string): void;
  /** How many answers were lost. */
  readonly lost: number;
  close(): Promise<void>;
}

export async function startLostAnswer(port: number): Promise<LostAnswer> {
  const sockets = new Set<Socket>();
  let wanted: string | undefined;
  let lost = 0;
  const server = createServer((client) => {
    const redis = connect(port, '127.0.0.1');
    let isAsked = false;
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        redis.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (wanted !== undefined && bytes.includes(wanted)) {
        wanted = undefined;
        isAsked = true;
      }
      redis.write(bytes);
    });
    redis.on('data', (bytes) => {
      if (!isAsked) return void client.write(bytes);
      lost += 1;
      redis.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseAnswerTo: (words) => (wanted = words),
    get lost() {
      return lost;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
