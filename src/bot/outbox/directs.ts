import type { WebClient } from '@slack/web-api';
import { SendLater } from './send-later.ts';
import { readTrouble } from './slack-calls.ts';

/** The channels of direct messages with people. They never change, and Slack is asked some 50 times a minute at most. */
export class Directs {
  readonly #client: WebClient;
  readonly #known = new Map<string, string>();

  constructor(client: WebClient) {
    this.#client = client;
  }

  /** @throws SendLater when Slack does not say now */
  async channelOf(user: string): Promise<string> {
    const known = this.#known.get(user);
    if (known !== undefined) return known;
    try {
      const channel = (await this.#client.conversations.open({ users: user })).channel?.id;
      if (channel !== undefined) this.#known.set(user, channel);
      return channel ?? user;
    } catch (error) {
      const trouble = readTrouble(error);
      if (trouble.kind === 'refused') return user;
      throw new SendLater(trouble.kind === 'rate-limited' ? trouble.retryAfterMs : 1_000, trouble.kind);
    }
  }
}
