import type { MessageKey } from '../../jobs/desk.ts';
import type { Lane, Urgency } from './pace.ts';
import { SendLater } from './send-later.ts';
import type { Turns } from './shared-pace.ts';

/** So many messages at most are known to wait for a turn. */
const MOST_AWAITED = 10_000;

/** Turns that messages take with Slack: of a thousand that wait for one, none is read and drawn in vain. */
export class AwaitedTurns {
  readonly #pace: Pick<Turns, 'take'>;
  /** What messages wait for that found no turn. */
  readonly #awaited = new Map<MessageKey, { readonly lane: Lane; readonly urgency: Urgency }>();
  /** Turns that they have been given since, and not used yet. */
  readonly #granted = new Map<MessageKey, Lane>();

  constructor(pace: Pick<Turns, 'take'>) {
    this.#pace = pace;
  }

  /** Takes the turn that a message waited for before, if it did, before anything is read for it. @throws SendLater */
  async again(key: MessageKey): Promise<void> {
    const awaited = this.#awaited.get(key);
    if (awaited === undefined) return;
    await this.take(key, awaited.lane, awaited.urgency);
    this.#granted.set(key, awaited.lane);
  }

  /** @throws SendLater when it is not the message's turn yet */
  async take(key: MessageKey, lane: Lane, urgency: Urgency): Promise<void> {
    if (this.#granted.get(key) === lane) {
      this.#granted.delete(key);
      return;
    }
    const wait = await this.#pace.take(lane, urgency);
    this.#awaited.delete(key);
    if (wait === 0) return;
    // What is a repetition now may be news by the next time.
    if (urgency !== 'repeat') {
      if (this.#awaited.size > MOST_AWAITED) this.#awaited.clear();
      this.#awaited.set(key, { lane, urgency });
    }
    throw new SendLater(wait);
  }

  /** The message has nothing more to send now: what it was given and has not used is forgotten. */
  over(key: MessageKey): void {
    this.#granted.delete(key);
  }
}
