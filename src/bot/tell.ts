import type { RespondFn } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import type { Log } from '../jobs/log.ts';
import type { View } from './views/text.ts';

/** Tells one person something. Never rejects: what was done is done, whether they hear of it or not. */
export type Tell = (view: View) => Promise<void>;

interface Listening {
  readonly client: WebClient;
  readonly log: Log;
  readonly user: string;
  /** Where they are; nowhere in the app's home. */
  readonly channel: string;
}

/**
 * Tells whoever typed or clicked, by the address that Slack gives for it, and leaves the message that was clicked alone.
 * Where Slack does not take that, as {@link tellOne}.
 */
export function answering(respond: RespondFn, to: Listening): Tell {
  return async (view) => {
    const { text, blocks } = view;
    try {
      await respond({ response_type: 'ephemeral', replace_original: false, text, blocks });
    } catch (error) {
      to.log.warn({ error: String(error) }, 'slack did not take an answer, trying another way');
      await tellOne(view, to);
    }
  };
}

/** Tells one person: in the channel where they are, else directly. Never rejects. */
export async function tellOne({ text, blocks }: View, to: Listening): Promise<void> {
  const { client, log, user, channel } = to;
  try {
    if (channel !== '') return void (await client.chat.postEphemeral({ channel, user, text, blocks }));
  } catch (error) {
    log.debug({ error: String(error) }, 'the channel does not take an answer');
  }
  await client.chat
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Slack's, not the browser's
    .postMessage({ channel: user, text, blocks })
    .catch((error: unknown) => log.warn({ error: String(error) }, 'an answer could not be told'));
}
