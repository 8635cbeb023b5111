import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Order, Reply } from './lane.ts';

/** Nothing takes longer, whatever happens to it. */
const LONGEST_MS = 40 * 60_000;

const open = new Set<ChildProcess>();

/** Ends a lane with all that it started. */
function end(child: ChildProcess): void {
  open.delete(child);
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The whole group is gone already.
  }
}

/** Ends all lanes: for a run that is called off. */
export function endLanes(): void {
  for (const child of open) end(child);
}

/** Carries an order out in a process of its own. @throws Error with that process's words */
export function inLane<T>(order: Order): Promise<T> {
  // The compiled one: this file is only ever run compiled, so it lies beside it.
  const child = fork(fileURLToPath(new URL('lane.js', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // A group of its own: everything that a lane started goes with it.
    detached: true,
  });
  open.add(child);
  const complaints: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
  return new Promise<T>((done, fail) => {
    const timer = setTimeout(() => end(child), LONGEST_MS);
    child.once('message', (reply: Reply) => {
      if (reply.ok) done(reply.value as T);
      else fail(new Error(reply.error));
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      end(child);
      fail(new Error(`The run ended with ${signal ?? code}: ${complaints.join('').slice(-2_000)}`));
    });
    child.send(order);
  });
}

/** Does the work on all things, so many at a time. */
export async function side<T>(
  things: readonly T[],
  atOnce: number,
  work: (thing: T) => Promise<void>,
): Promise<void> {
  const left = [...things];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next);
    }),
  );
}
