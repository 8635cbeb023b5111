import type { CloudError } from '../errors.ts';

/** First delay and longest delay of each kind of trouble, milliseconds. */
const PACE: Readonly<Partial<Record<CloudError['errorClass'], readonly [firstMs: number, mostMs: number]>>> =
  {
    throttled: [1_500, 60_000],
    server: [2_000, 30_000],
    network: [2_000, 30_000],
    processing: [3_000, 5_000],
    busy: [3_000, 5_000],
    'in-use': [5_000, 20_000],
    exists: [1_000, 10_000],
    'not-found': [2_000, 5_000],
  };

/**
 * How long to wait before trying again, milliseconds, unscaled: doubling from the class's first delay to its longest,
 * with jitter of half of it, so that a thousand steps that were refused together do not come back together. What
 * the cloud asks for (`x-acs-retry-after`) is the least.
 * @param attempt attempts made so far, 0 or more
 * @param random from 0 to 1
 */
export function retryDelayMs(
  error: Pick<CloudError, 'errorClass' | 'retryAfterMs'>,
  attempt: number,
  random: () => number,
): number {
  const [first, most] = PACE[error.errorClass] ?? [2_000, 30_000];
  const full = Math.min(most, first * 2 ** Math.min(Math.max(0, attempt), 16));
  const jittered = Math.round(full / 2 + (full / 2) * random());
  return error.retryAfterMs === undefined ? jittered : Math.max(error.retryAfterMs, jittered);
}
