import type { WebClient } from '@slack/web-api';
import type { MessageKey } from '../../jobs/desk.ts';
import type { Place } from './places.ts';

/** Event type of the metadata that each of our messages carries. */
export const MARKER = 'ams_message';
/** Slack's clock and ours may differ by this much. */
const CLOCKS_APART_MS = 60_000;
/** The most that Slack gives at once, and so many pages of it. */
const PER_PAGE = 999;
const PAGES = 10;

/**
 * Looks for a message that may have been posted, by its marker, in the channel or in the thread.
 * @param until when it was posted at the latest, milliseconds since 1970: whatever was written in the channel since need
 *   not be looked through
 * @returns its ts, or nothing when it is not there
 * @throws whatever the Web API throws
 */
export async function findMarked(
  client: WebClient,
  key: MessageKey,
  place: Place,
  threadTs: string | undefined,
  until: number | undefined,
): Promise<string | undefined> {
  const { channel, postingSince } = place;
  if (channel === undefined || postingSince === undefined) return undefined;
  const oldest = String((postingSince - CLOCKS_APART_MS) / 1_000);
  const latest = until === undefined ? {} : { latest: String((until + CLOCKS_APART_MS) / 1_000) };
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const query = {
      channel,
      oldest,
      ...latest,
      limit: PER_PAGE,
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
