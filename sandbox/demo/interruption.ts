/** That somebody wants it to end: Ctrl-C, a closed terminal, or nobody who reads what is printed. */
export interface Interruption {
  readonly came: boolean;
  readonly wait: Promise<undefined>;
}

/** npm passes on what a terminal has told the program already: so close together, two signals are one. */
const SAME_SIGNAL_MS = 1_000;

/** Listens from now on. Asked once more after that, the process ends at once. */
export function listenForInterruption(): Interruption {
  let came = false;
  const wait = new Promise<undefined>((stop) => {
    const interrupt = (): void => {
      came = true;
      stop(undefined);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const told = (): void => {
        interrupt();
        setTimeout(() => process.off(signal, told), SAME_SIGNAL_MS).unref();
      };
      process.on(signal, told);
    }
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
