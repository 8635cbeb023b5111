/** Redis counts in whole milliseconds, and a timer here may be a little early. */
const AGAIN_MS = 2;
const MOST_NUDGES = 5;

/**
 * Lets a blocking read end when its time is over. Redis looks at that when it has something else to do, else on its own
 * timer: some 10 ms late with `hz 100`, up to 100 with `hz 10`. Any command at that moment makes it look.
 * @param ms how long the read waits at most
 * @param nudge sends a command; what becomes of it does not matter
 */
export async function onTime<Answer>(
  reading: Promise<Answer>,
  ms: number,
  nudge: () => Promise<unknown>,
): Promise<Answer> {
  let left = MOST_NUDGES;
  const again = (): void => {
    nudge().catch(() => undefined);
    left -= 1;
    if (left > 0) timer = setTimeout(again, AGAIN_MS);
  };
  let timer = setTimeout(again, Math.ceil(ms) + 1);
  try {
    return await reading;
  } finally {
    clearTimeout(timer);
  }
}
