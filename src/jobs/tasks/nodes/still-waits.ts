import { JOIN_WAIT_MS } from '../../../cluster/user-data.ts';
import { patienceMs } from '../../patience.ts';

/** The last line of the log of a node whose script has not given up (see `user-data.ts`). */
const WAITING = /\bwaiting: /;

/** The last line of the log of a node whose script has ended well. */
const JOINED = /\dZ joined$/;

/** Whether a node says of itself that it has joined its cluster. */
export function saysJoined(said: string): boolean {
  return JOINED.test(said);
}

/**
 * Whether a node outside the cluster may yet join by itself: its script says what it waits for, and has not had the
 * time after which it gives up.
 * @param said what the node says of itself
 * @param outsideMs for how long it has been seen outside
 */
export function stillWaits(said: string, outsideMs: number, timeScale: number): boolean {
  return WAITING.test(said) && outsideMs <= patienceMs(JOIN_WAIT_MS, timeScale);
}
