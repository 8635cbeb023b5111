import type { Clock } from './contract.ts';

/** A clock whose pace may change while things wait. */
export interface PacedClock extends Clock {
  /**
   * From now on a simulated second lasts `scale` real seconds; what waits already comes sooner or later accordingly.
   * @throws RangeError when `scale` is not a positive number
   */
  setScale(scale: number): void;
}

interface Waiting {
  /** Simulated milliseconds left when the timer was set. */
  leftMs: number;
  setAt: number;
  timer: NodeJS.Timeout | undefined;
  readonly run: () => void;
  readonly onClose: (() => void) | undefined;
}

/**
 * A clock whose waits are multiplied by `scale`: 1 is real time, 0.01 a hundred times faster.
 *
 * @throws RangeError when `scale` is not a positive number.
 */
export function createClock(initialScale: number): PacedClock {
  let scale = checked(initialScale);
  const waiting = new Set<Waiting>();
  let open = true;

  function arm(entry: Waiting): void {
    entry.setAt = performance.now();
    entry.timer = setTimeout(() => {
      waiting.delete(entry);
      entry.run();
    }, entry.leftMs * scale);
    entry.timer.unref();
  }

  function start(simulatedMs: number, run: () => void, onClose?: () => void): () => void {
    const entry: Waiting = { leftMs: Math.max(0, simulatedMs), setAt: 0, timer: undefined, run, onClose };
    waiting.add(entry);
    arm(entry);
    return () => {
      clearTimeout(entry.timer);
      waiting.delete(entry);
    };
  }

  return {
    get scale() {
      return scale;
    },
    setScale(next) {
      const before = scale;
      scale = checked(next);
      for (const entry of waiting) {
        clearTimeout(entry.timer);
        entry.leftMs = Math.max(0, entry.leftMs - (performance.now() - entry.setAt) / before);
        arm(entry);
      }
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
      const left = [...waiting];
      waiting.clear();
      for (const entry of left) {
        clearTimeout(entry.timer);
        entry.onClose?.();
      }
    },
  };
}

function checked(scale: number): number {
  if (Number.isFinite(scale) && scale > 0) return scale;
  throw new RangeError(`A clock's scale must be a positive number, got ${scale}.`);
}
