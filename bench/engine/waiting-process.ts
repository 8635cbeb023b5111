import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { rowsOf } from './host.ts';
import type { EngineHost } from './host.ts';

/** Steps of an operation that waits, and how many of them are under way. */
export const STEPS = 20;
export const WIDTH = 5;

/** Has so many operations begin; their steps wait in the queue for a worker. */
export async function beginOperations(host: EngineHost, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) await host.add(`op-${at}`, rowsOf(STEPS, WIDTH));
  for (let at = 0; at < count; at += 1) await host.engine.advance(`op-${at}`);
}

export interface WaitingProcess {
  readonly child: ChildProcess;
  /** The visits that it has printed, one a line; it does so when it ends. */
  lines(): readonly string[];
}

/** Starts a worker process whose steps wait (`waiting-worker.ts`). Resolves once it takes work. */
export async function startWaitingProcess(redisUrl: string): Promise<WaitingProcess> {
  const program = fileURLToPath(new URL('waiting-worker.js', import.meta.url));
  const child = spawn(process.execPath, [program, redisUrl], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  await once(child.stdout, 'data');
  return { child, lines: () => printed.trim().split('\n').slice(1) };
}
