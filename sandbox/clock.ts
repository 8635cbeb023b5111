import type { Clock } from './contract.ts';

/**
 * A clock whose waits are multiplied by `scale`: 1 is real time, 0.01 a hundred times faster.
 *
 * @throws RangeError when `scale` is not a positive number.
 */
export function createClock(scale: number): Clock {
  if (!Number.isFinite(scale) || scale <= 0) {
    throw new RangeError(`A clock's scale must be a positive number, got ${scale}.`);
  }
  const waiting = new Map<NodeJS.Timeout, (() => void) | undefined>();
  let open = true;

  function start(simulatedMs: number, run: () => void, onClose?: () => void): () => void {
    const timer = setTimeout(
      () => {
        waiting.delete(timer);
        run();
      },
      Math.max(0, simulatedMs) * scale,
    );
    timer.unref();
    waiting.set(timer, onClose);
    return () => {
      clearTimeout(timer);
      waiting.delete(timer);
    };
  }

  return {
    scale,
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
      for (const [timer, onClose] of left) {
        clearTimeout(timer);
        onClose?.();
      }
    },
  };
}
