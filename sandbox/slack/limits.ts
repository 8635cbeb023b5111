import { RateLimited } from './errors.ts';
import type { RateLimits } from './types.ts';

/** A tier of docs.slack.dev/apis/web-api/rate-limits, the special rule of chat.postMessage, or none. */
export type Tier = 1 | 2 | 3 | 4 | 'post' | 'none';

/**
 * Slack's documented tiers. Tier 1 says "1+ a minute" with bursts tolerated: reconnecting
 * clients open several sockets in a row, so its burst is 10.
 */
const slackLimits: RateLimits = {
  perMinute: { 1: 10, 2: 20, 3: 50, 4: 100 },
  postBurst: 5,
  postsPerMinute: 300,
};

interface Bucket {
  tokens: number;
  at: number;
}

/** Counts calls by method (chat.postMessage: by channel) and refuses those over the limit. */
export interface RateLimiter {
  /** Spends one call or throws `RateLimited`. */
  spend(method: string, tier: Tier, channel: string): void;
  reset(): void;
}

/** Token buckets in real time; with `false` nothing is ever refused. */
export function createRateLimiter(option: boolean | Partial<RateLimits>): RateLimiter {
  const buckets = new Map<string, Bucket>();
  const limits: RateLimits = { ...slackLimits, ...(typeof option === 'object' ? option : {}) };

  function take(key: string, burst: number, perSecond: number): void {
    const now = performance.now();
    const bucket = buckets.get(key) ?? { tokens: burst, at: now };
    buckets.set(key, bucket);
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
    if (bucket.tokens < 1) throw new RateLimited(Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond)));
    bucket.tokens -= 1;
  }

  return {
    spend(method, tier, channel) {
      if (option === false || tier === 'none') return;
      if (tier === 'post') {
        take(`${method} ${channel}`, limits.postBurst, 1);
        take(method, limits.postsPerMinute, limits.postsPerMinute / 60);
        return;
      }
      take(method, limits.perMinute[tier], limits.perMinute[tier] / 60);
    },
    reset: () => buckets.clear(),
  };
}
