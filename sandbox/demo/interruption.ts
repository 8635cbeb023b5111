/** That somebody wants it to end: Ctrl-C, a closed terminal, or nobody who reads what is printed. */
export interface Interruption {
  readonly came: boolean;
  readonly wait: Promise<undefined>;
}

/** Listens from now on. Asked a second time, the process ends at once. */
export function listenForInterruption(): Interruption {
  let came = false;
  const wait = new Promise<undefined>((stop) => {
    const interrupt = (): void => {
      came = true;
      stop(undefined);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt);
    // The reader of a pipe has gone, or the terminal.
    process.stdout.on('error', interrupt);
    process.stderr.on('error', interrupt);
  });
  return {
    get came() {
      return came;
    },
    wait,
  };
}
