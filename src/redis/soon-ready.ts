import { setTimeout } from 'node:timers/promises';
import type { RedisClient } from './connect.ts';

/** Finding a master through sentinels, or the nodes of a cluster, takes a fraction of this. */
const SOON_MS = 2_000;

/** Waits for the first connection, and not for long: without Redis a bot starts too, and says so to whoever types. */
export async function soonReady(connection: RedisClient): Promise<void> {
  if (connection.status === 'ready') return;
  const ready = new Promise<void>((resolve) => connection.once('ready', () => resolve()));
  await Promise.race([ready, setTimeout(SOON_MS, undefined, { ref: false })]);
}
