import type { WebClient } from '@slack/web-api';
import type { MessageKey } from '../../jobs/desk.ts';
import type { Place } from './places.ts';

/** Event type of the metadata that each of our messages carries. */
export const MARKER = 'ams_message';
/** Slack's clock and ours may differ by this much. */
const CLOCKS_APART_MS = 60_000;
const PAGES = 5;

/**
 * Looks for a message that may have been posted, by its marker, in the channel or in the thread.
 * @returns its ts, or nothing when it is not there
 * @throws whatever the Web API throws
 */
export async function findMarked(
  client: WebClient,
  key: MessageKey,
  place: Place,
  threadTs: string | undefined,
): Promise<string | undefined> {
  const { channel, postingSince } = place;
  if (channel === undefined || postingSince === undefined) return undefined;
  const oldest = String((postingSince - CLOCKS_APART_MS) / 1_000);
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const query = {
      channel,
      oldest,
      limit: 100,
      include_all_metadata: true,
      ...(cursor === undefined ? {} : { cursor }),
    };
    const found =
      threadTs === undefined
        ? await client.conversations.history(query)
        : await client.conversations.replies({ ...query, ts: threadTs });
    for (const message of found.messages ?? []) {
      const { metadata, ts } = message as {
        ts?: string;
        metadata?: { event_type?: string; event_payload?: unknown };
      };
      const payload = metadata?.event_payload as { key?: unknown } | undefined;
      if (metadata?.event_type === MARKER && payload?.key === key) return ts;
    }
    cursor = found.response_metadata?.next_cursor;
    if (cursor === undefined || cursor === '') return undefined;
  }
  return undefined;
}
