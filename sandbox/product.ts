import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { dieWithUs } from './children.ts';

/** The product as a process of its own, as an operator runs it. */
export interface Product {
  readonly pid: number;
  /** Everything it wrote, line by line. */
  readonly output: readonly string[];
  /** Resolves when it has ended, whoever ended it. */
  readonly ended: Promise<unknown>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
}

export interface ProductOptions {
  /** The compiled program; `dist/product/main.js` unless told. */
  readonly program?: string | undefined;
  /** Told of each line that it writes. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/**
 * Starts the compiled program with a role (`start`, `bot` or `worker`) and waits until it says that it is ready.
 * @throws Error with its last output when it ends before that
 */
export async function startProduct(
  role: 'start' | 'bot' | 'worker',
  env: Readonly<Record<string, string>>,
  options: ProductOptions = {},
): Promise<Product> {
  const { PATH = '' } = process.env;
  const program = resolve(options.program ?? 'dist/product/main.js');
  const child = spawn(process.execPath, [program, role], {
    // Nothing of this process's own environment, nor of the `.env` in its folder: the product gets what it needs.
    cwd: dirname(program),
    env: { PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  dieWithUs(child);
  const output: string[] = [];
  const gone = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  const ready = new Promise<void>((done) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        output.push(line);
        options.onLine?.(line);
        if (line.includes('"msg":"ready"')) done();
      });
    }
  });
  const first = await Promise.race([ready.then(() => 'ready' as const), gone]);
  if (first !== 'ready')
    throw new Error(`${role} ended with code ${first} before it was ready:\n${output.slice(-20).join('\n')}`);
  return {
    pid: child.pid ?? 0,
    output,
    ended: gone,
    stop: () => end(child, gone, 'SIGTERM'),
    kill: async () => void (await end(child, gone, 'SIGKILL')),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}

async function end(
  child: ChildProcess,
  gone: Promise<number | null>,
  signal: NodeJS.Signals,
): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  return gone;
}
