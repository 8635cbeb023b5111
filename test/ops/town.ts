import { request } from 'node:http';
import type { Product } from '../../sandbox/product.ts';

export const LOGIN = { user: 'ops', password: 'a password of the tests' } as const;

/** What a process needs to show itself on a free port, the page of queues included. */
export const SHOWN = {
  AMS_HEALTH_PORT: '0',
  AMS_HEALTH_HOST: '127.0.0.1',
  AMS_QUEUES_USER: LOGIN.user,
  AMS_QUEUES_PASSWORD: LOGIN.password,
} as const;

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Address under which a process shows itself, as its log says. */
export function addressOf(product: Product): string {
  const line = product.output.find((each) => each.includes('probes and metrics are served'));
  const { port } = JSON.parse(line ?? '{}') as { port?: number };
  if (port === undefined) throw new Error(`no port in:\n${product.output.join('\n')}`);
  return `http://127.0.0.1:${port}`;
}

/** Asks over a connection of its own: nothing is kept alive. */
export function ask(
  url: string,
  options: { readonly method?: string; readonly login?: { user: string; password: string } } = {},
): Promise<Answer> {
  const { method = 'GET', login } = options;
  const headers =
    login === undefined
      ? {}
      : { authorization: `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}` };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false, timeout: 20_000 }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          text: Buffer.concat(parts).toString('utf8'),
          headers: answer.headers,
        }),
      );
      answer.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`${url} gives no answer`)));
    sent.on('error', reject);
    sent.end();
  });
}

/** Values of a metric by its labels as they are written, `{kind="vpc"}`. */
export function series(text: string, name: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(name.length, at), Number(line.slice(at + 1))];
    }),
  );
}

/** Sum over all series of a metric whose labels hold each of the given words. */
export function sum(text: string, name: string, ...words: readonly string[]): number {
  return [...series(text, name)]
    .filter(([labels]) => words.every((word) => labels.includes(word)))
    .reduce((total, [, value]) => total + value, 0);
}
