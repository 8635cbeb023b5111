import { createHash } from 'node:crypto';
import type { HomeView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import type { MessageKey } from '../../jobs/desk.ts';
import type { Log } from '../../jobs/log.ts';
import type { Places } from './places.ts';
import { SendLater } from './send-later.ts';
import type { Turns } from './shared-pace.ts';
import { INSTALLATION, readTrouble } from './slack-calls.ts';

/** Key of the homes of everybody who opened theirs lately. */
export const HOMES: MessageKey = 'homes';
/** What the key of a person's home begins with. */
export const HOME = 'home:';

/** Slack does not say when a home is closed: this long after it was opened it is no longer kept up to date. */
const LATELY_MS = 2 * 3_600_000;
/** At most one change of a home in this time, in real milliseconds. */
const EVERY_MS = 2_000;
const INSTALLATION_WAIT_MS = 30_000;

export interface HomeSenderParts {
  readonly client: WebClient;
  readonly places: Places;
  readonly pace: Turns;
  readonly log: Log;
  /** What this person should see now. */
  readonly read: (user: string) => Promise<HomeView>;
  readonly touch: (key: MessageKey) => Promise<void>;
}

/**
 * Brings the app's home of a person up to the state as it is now (views.publish). Like a message: it may run as often
 * as you like, and the last state is shown. Only one run for a person at a time.
 */
export class HomeSender {
  readonly #parts: HomeSenderParts;

  constructor(parts: HomeSenderParts) {
    this.#parts = parts;
  }

  /** Has the homes of all who opened theirs lately brought up to date. */
  async touchAll(): Promise<void> {
    const { places, touch } = this.#parts;
    for (const user of await places.openedWithin(LATELY_MS)) await touch(`${HOME}${user}`);
  }

  /** @throws SendLater when it is to be tried again after a while */
  async publish(user: string): Promise<void> {
    const { client, places, pace, log, read } = this.#parts;
    const key = `${HOME}${user}`;
    const place = await places.read(key);
    const since = Date.now() - (place.sentAt ?? 0);
    if (since >= 0 && since < EVERY_MS) throw new SendLater(EVERY_MS - since);
    const view = await read(user);
    const hash = createHash('sha256').update(JSON.stringify(view)).digest('hex').slice(0, 32);
    if (hash === place.hash) return;
    const wait = await pace.take('publish');
    if (wait > 0) throw new SendLater(wait);
    try {
      await client.views.publish({ user_id: user, view });
    } catch (error) {
      const trouble = readTrouble(error);
      if (trouble.kind === 'rate-limited') {
        await pace.silence('publish', trouble.retryAfterMs);
        throw new SendLater(trouble.retryAfterMs, 'rate limited');
      }
      if (trouble.kind === 'unknown') throw new SendLater(1_000, trouble.error);
      if (INSTALLATION.has(trouble.error)) throw new SendLater(INSTALLATION_WAIT_MS, trouble.error);
      // Trying the same again changes nothing; the next change of state is another try.
      log.error({ error: trouble.error }, 'slack refused a home');
    }
    await places.write(key, { ...place, hash, sentAt: Date.now() });
  }
}
