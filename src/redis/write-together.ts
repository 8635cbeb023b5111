import type { Writable } from 'node:stream';

/** So many commands go at once; the next begin a piece of their own. */
const PIECE = 8;

/**
 * Sends what is written within one turn of the event loop in few pieces. Replies come in pieces too, and let many go on
 * at the same moment: a system call for each command would cost both sides more than the command. All of them in one
 * piece would make Redis and this process wait for each other by turns.
 */
export function writeTogether(stream: Writable): void {
  const write = stream.write.bind(stream) as (...given: unknown[]) => boolean;
  let gathered = 0;
  function gather(...given: unknown[]): boolean {
    if (gathered === 0) {
      stream.cork();
      process.nextTick(() => {
        gathered = 0;
        stream.uncork();
      });
    }
    gathered += 1;
    const isTaken = write(...given);
    if (gathered % PIECE === 0) {
      stream.uncork();
      stream.cork();
    }
    return isTaken;
  }
  stream.write = gather as Writable['write'];
}
