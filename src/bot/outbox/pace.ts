/**
 * Who waits for a message: somebody who has just asked a question; those who follow an operation; nobody, since it
 * repeats what another one shows.
 */
export type Urgency = 'answer' | 'news' | 'repeat';

/** For a lane with which nothing is repeated, and no question answered. */
const NONE = { answer: 0, news: 0, repeat: 0 };

/**
 * What Slack allows (rate limits: tier 3 for chat.update, tier 4 for views.publish and files.*; about one post a second
 * a channel). `kept`: turns that each leaves to what is more urgent.
 */
export const BUCKETS = {
  update: { burst: 20, perSecond: 50 / 60, kept: { answer: 0, news: 0, repeat: 4 } },
  publish: { burst: 20, perSecond: 80 / 60, kept: NONE },
  upload: { burst: 10, perSecond: 80 / 60, kept: NONE },
  post: { burst: 5, perSecond: 1, kept: { answer: 0, news: 1, repeat: 2 } },
} as const;

export type Lane = 'update' | 'publish' | 'upload' | `post:${string}`;

/** Keeps a process within Slack's rate limits, and silent for as long as a 429 asks. Real time, milliseconds. */
export class Pace {
  readonly #now: () => number;
  readonly #buckets = new Map<Lane, { tokens: number; at: number }>();
  readonly #silentUntil = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Takes a turn: 0 when it may be sent now, else how long to wait before asking again.
   * @param urgency turns that are kept for what is more urgent are not for it
   */
  take(lane: Lane, urgency: Urgency = 'news'): number {
    const now = this.#now();
    const silent = this.silentFor(lane);
    if (silent > 0) return silent;
    const { burst, perSecond, kept } = BUCKETS[kindOf(lane)];
    const needed = 1 + kept[urgency];
    const before = this.#buckets.get(lane) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, before.tokens + (Math.max(0, now - before.at) / 1_000) * perSecond);
    if (tokens < needed) {
      this.#buckets.set(lane, { tokens, at: now });
      return Math.ceil(((needed - tokens) / perSecond) * 1_000);
    }
    if (this.#buckets.size > 1_000) this.#buckets.clear();
    this.#buckets.set(lane, { tokens: tokens - 1, at: now });
    return 0;
  }

  /** How long nothing of this kind may be sent. */
  silentFor(lane: Lane): number {
    return Math.max(0, (this.#silentUntil.get(kindOf(lane)) ?? 0) - this.#now());
  }

  /** Slack answered 429: nothing of this kind for so long. */
  silence(lane: Lane, ms: number): void {
    this.#silentUntil.set(kindOf(lane), this.#now() + ms);
  }
}

/** Post lanes of all channels are of one kind. */
export function kindOf(lane: Lane): keyof typeof BUCKETS {
  return lane === 'update' || lane === 'publish' || lane === 'upload' ? lane : 'post';
}
