// One set-up at a time in a folder: two would remove and write the same files.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { say } from './say.mjs';

/** Longer than any set-up: who holds a turn since before then is another process of the same number. */
const LONGEST_MS = 20 * 60_000;
/** So soon after it has made the file, its holder has written its number into it. */
const WRITTEN_MS = 5_000;
const LOOK_MS = 300;

/**
 * Waits until no other process holds the file, then holds it to the end of this one. Where nothing can be written, as
 * in a folder that is ready and read-only, nobody needs a turn.
 */
export function takeTurn(file) {
  let hasSaid = false;
  while (!hold(file)) {
    const holder = holderOf(file);
    if (holder === undefined) {
      if (!isRemoved(file)) return;
      continue;
    }
    if (!hasSaid) say(`Another set-up is at work in this folder (process ${holder}): waiting for its end`);
    hasSaid = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  }
}

/** @returns false where somebody else holds it */
function hold(file) {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    process.once('exit', () => rmSync(file, { force: true }));
  } catch (error) {
    return error.code !== 'EEXIST';
  }
  return true;
}

/** @returns false where it is not ours to remove: left behind by a set-up of root */
function isRemoved(file) {
  try {
    rmSync(file, { force: true });
    return true;
  } catch {
    return false;
  }
}

/** The process that holds it, undefined when it has ended: killed, it leaves the file behind. */
function holderOf(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    const ageMs = Date.now() - statSync(file).mtimeMs;
    if (pid === 0 && ageMs < WRITTEN_MS) return 'unknown';
    if (pid === 0 || ageMs > LONGEST_MS) return undefined;
    process.kill(pid, 0);
    return isSetUp(pid) ? pid : undefined;
  } catch (error) {
    return error.code === 'EPERM' ? 'of somebody else' : undefined;
  }
}

/** Numbers of processes come again: each start of a container begins with the same ones. Where nobody can tell, it is. */
function isSetUp(pid) {
  if (pid === process.pid) return false;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('setup.mjs');
  } catch {
    return true;
  }
}
