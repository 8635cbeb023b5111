/** How often the clock is looked at, and how far back it may go without anybody minding, real milliseconds. */
const EVERY_MS = 1_000;
const LEAST_MS = 2_000;

/**
 * Tells when the clock of this machine was set back: what was put off until a moment by the old time would come so much
 * too late.
 */
export function watchClock(
  setBack: () => void,
  { now, steady }: { readonly now: () => number; readonly steady: () => number } = {
    now: Date.now,
    steady: () => performance.now(),
  },
): { stop(): void } {
  let apart = now() - steady();
  const timer = setInterval(() => {
    const before = apart;
    apart = now() - steady();
    if (apart < before - LEAST_MS) setBack();
  }, EVERY_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
