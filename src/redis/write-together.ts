import type { Writable } from 'node:stream';

/**
 * Sends what is written within one turn of the event loop in one piece. Replies come in pieces too, and let many go on
 * at the same moment: a system call for each command would cost both sides more than the command.
 */
export function writeTogether(stream: Writable): void {
  const write = stream.write.bind(stream) as (...given: unknown[]) => boolean;
  let gathers = false;
  function gather(...given: unknown[]): boolean {
    if (!gathers) {
      gathers = true;
      stream.cork();
      process.nextTick(() => {
        gathers = false;
        stream.uncork();
      });
    }
    return write(...given);
  }
  stream.write = gather as Writable['write'];
}
