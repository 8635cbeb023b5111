import type { Clock } from './contract.ts';

/** A clock whose pace may change while things wait. */
export interface PacedClock extends Clock {
  /**
   * From now on a simulated second lasts `scale` real seconds; what waits already comes sooner or later accordingly.
   * @throws RangeError when `scale` is not a positive number
   */
  setScale(scale: number): void;
}

/** Waits of things, which may vary, are longer than this; what a machine does in between is not. Simulated. */
const LEAST_VARIED_MS = 1_000;

interface Waiting {
  /** By `performance.now()`. */
  dueAt: number;
  readonly run: () => void;
  readonly onClose: (() => void) | undefined;
}

/**
 * A clock whose waits are multiplied by `scale`: 1 is real time, 0.01 a hundred times faster. What is due earlier
 * happens earlier, however late the process is: Node's own timers promise that only among those of one length, so a
 * busy process would now and then start a machine's programs before its boot.
 *
 * @param vary what each wait from a second on is multiplied by; each as it is told unless given
 * @throws RangeError when `scale` is not a positive number.
 */
export function createClock(initialScale: number, vary: () => number = () => 1): PacedClock {
  let scale = checked(initialScale);
  /** The earliest first; equal ones as they came. */
  const waiting: Waiting[] = [];
  let disarm = (): void => undefined;
  let open = true;

  function arm(): void {
    disarm();
    const [first] = waiting;
    if (first === undefined) return;
    const leftMs = first.dueAt - performance.now();
    if (leftMs <= 0) {
      // One at a time: what it resolves goes on before the next begins, as between two timers.
      const next = setImmediate(ring);
      disarm = () => clearImmediate(next);
      return;
    }
    const timer = setTimeout(ring, Math.ceil(leftMs));
    timer.unref();
    disarm = () => clearTimeout(timer);
  }

  function ring(): void {
    const [first] = waiting;
    try {
      if (first === undefined || first.dueAt > performance.now()) return;
      waiting.shift();
      first.run();
    } finally {
      arm();
    }
  }

  function start(simulatedMs: number, run: () => void, onClose?: () => void): () => void {
    const factor = simulatedMs < LEAST_VARIED_MS ? 1 : vary();
    const dueAt = performance.now() + Math.max(0, simulatedMs) * scale * factor;
    const entry: Waiting = { dueAt, run, onClose };
    const place = waiting.findLastIndex((other) => other.dueAt <= dueAt) + 1;
    waiting.splice(place, 0, entry);
    if (place === 0) arm();
    return () => {
      const at = waiting.indexOf(entry);
      if (at === -1) return;
      waiting.splice(at, 1);
      if (at === 0) arm();
    };
  }

  return {
    get scale() {
      return scale;
    },
    setScale(next) {
      const before = scale;
      scale = checked(next);
      const now = performance.now();
      for (const entry of waiting) {
        if (entry.dueAt > now) entry.dueAt = now + ((entry.dueAt - now) * scale) / before;
      }
      arm();
    },
    now: () => new Date(),
    after(simulatedMs, run) {
      return open ? start(simulatedMs, run) : () => undefined;
    },
    sleep(simulatedMs) {
      if (!open) return Promise.resolve();
      return new Promise((resolve) => {
        start(simulatedMs, resolve, resolve);
      });
    },
    close() {
      open = false;
      disarm();
      for (const entry of waiting.splice(0)) entry.onClose?.();
    },
  };
}

function checked(scale: number): number {
  if (Number.isFinite(scale) && scale > 0) return scale;
  throw new RangeError(`A clock's scale must be a positive number, got ${scale}.`);
}
