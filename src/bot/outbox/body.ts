import { createHash } from 'node:crypto';
import type { MessageKey } from '../../jobs/desk.ts';
import { context } from '../views/text.ts';
import type { View } from '../views/text.ts';
import { MARKER } from './find-marked.ts';
import type { Letter } from './letter.ts';

/** What a call that posts or changes a message carries. */
export function body(view: View): { text: string; blocks: View['blocks'] } {
  return { text: view.text, blocks: view.blocks };
}

/** Tells a view from another one. */
export function hashOf(view: View): string {
  return createHash('sha256').update(JSON.stringify(view)).digest('hex').slice(0, 32);
}

/** Metadata by which a message is found again. */
export function marker(key: MessageKey): { event_type: string; event_payload: { key: string } } {
  return { event_type: MARKER, event_payload: { key } };
}

/** In a direct message instead of the channel: says why, and how to mend it. */
export function withDetour(view: View, letter: Letter): View {
  // Beside a block the text would not be seen.
  if (letter.to.kind !== 'channel' || view.blocks.length === 0) return view;
  const { channel } = letter.to;
  const note = context(
    channel.startsWith('D')
      ? 'I am not part of the direct message where this was asked for, so it comes to you here. Ask in a channel, and others see it too.'
      : `I may not write in <#${channel}>, so this comes to you. Invite me there (type \`/invite\` and my name), or let me post if I am there, and others see what is asked for from then on.${staysHere(letter)}`,
  );
  return { text: view.text, blocks: [note, ...view.blocks.slice(0, 49)] };
}

/** A message is not moved, and no approver sees it there. In a direct message of others the plan itself says so. */
function staysHere({ unfinished }: Letter): string {
  if (unfinished?.state !== 'awaiting-approval') return '';
  return ` This plan stays here, where approvers do not see it: they find it on my *Home* page, or type \`/ams approve ${unfinished.id}\`.`;
}
