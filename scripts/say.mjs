// How the set-up speaks and ends.

export function say(text) {
  process.stderr.write(`> ${text}\n`);
}

/** Ends the process with what is wrong and what to do about it. */
export function stop(what, hint) {
  process.stderr.write(`${what}\n${hint}\n`);
  process.exit(1);
}
