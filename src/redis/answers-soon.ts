import { setTimeout } from 'node:timers/promises';
import type { RedisClient } from './connect.ts';

/** What a healthy Redis answers a ping in, many times over. */
const SOON_MS = 1_000;

/** Whether Redis answers within a second: without it nothing can be put down there, however long one waits. */
export async function answersSoon(connection: RedisClient): Promise<boolean> {
  if (connection.status !== 'ready') return false;
  const answer = connection.ping().catch(() => undefined);
  return (await Promise.race([answer, setTimeout(SOON_MS, undefined, { ref: false })])) === 'PONG';
}
