/**
 * Waits follow the time scale; the work of this computer (a handshake, a page, a busy processor) does not. So what
 * decides that something has failed never gets shorter than the work itself may take.
 * @param unscaledMs how long to be patient at time scale 1
 * @param leastMs never less than this, in real milliseconds
 */
export function patienceMs(unscaledMs: number, timeScale: number, leastMs = 10_000): number {
  return Math.max(unscaledMs * timeScale, Math.min(unscaledMs, leastMs));
}

/** The cloud's lists show a new thing this late at most: for this long it is not asked for again. Unscaled. */
export const VISIBLE_LATE_MS = 30_000;
