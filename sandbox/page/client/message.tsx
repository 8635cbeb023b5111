import { memo, useContext } from 'react';
import type { ReactNode } from 'react';
import type { Message } from '../../slack/types.ts';
import { Avatar } from './avatar.tsx';
import { Blocks } from './blocks.tsx';
import { Files } from './files.tsx';
import { listOf } from './json.ts';
import type { Json } from './json.ts';
import { WorkplaceContext } from './place.ts';

/** One message with its sender; `onThread` opens its replies. */
export const MessageItem = memo(function MessageItem(props: {
  readonly message: Message;
  readonly onThread?: (ts: string) => void;
}): ReactNode {
  const { message, onThread } = props;
  const { people } = useContext(WorkplaceContext);
  const sender = people.find((one) => one.id === message.user);
  const at = new Date(Number(message.ts) * 1_000);
  const isEphemeral = message.visible_to !== undefined;
  const blocks = message.blocks ?? plainBlocks(message.text);
  const replies = message.reply_count ?? 0;
  return (
    <article className={`message ${isEphemeral ? 'ephemeral' : ''}`} data-ts={message.ts}>
      {isEphemeral ? (
        <p className="only-you">
          <svg viewBox="0 0 24 24" aria-hidden fill="none" stroke="currentColor" strokeWidth={2}>
            <path d="M1.5 12S5 5 12 5s10.5 7 10.5 7-3.5 7-10.5 7S1.5 12 1.5 12z" />
            <circle cx={12} cy={12} r={3} />
          </svg>{' '}
          Only visible to you
        </p>
      ) : undefined}
      <Avatar person={sender} />
      <div className="body">
        <header>
          <b>{sender?.realName ?? message.user}</b>
          {sender?.isBot === true ? <span className="badge">APP</span> : undefined}
          <time dateTime={at.toISOString()}>
            {at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}
          </time>
          {message.edited === undefined ? undefined : <span className="edited">(edited)</span>}
        </header>
        <Blocks blocks={blocks} place={{ channel: message.channel, ts: message.ts }} />
        {listOf(message.attachments).map((attachment, index) => (
          // Attachments have no id of their own that stays.
          <div key={index} className="attachment">
            <Blocks
              blocks={listOf(attachment['blocks'])}
              place={{ channel: message.channel, ts: message.ts }}
            />
          </div>
        ))}
        <Files files={message.files ?? []} />
        {replies > 0 && onThread !== undefined ? (
          <button type="button" className="replies" onClick={() => onThread(message.ts)}>
            <Avatar person={sender} small />
            <b>
              {replies} {replies === 1 ? 'reply' : 'replies'}
            </b>
            <span>View thread</span>
          </button>
        ) : undefined}
      </div>
    </article>
  );
});

/** A text without blocks, as the block it amounts to. */
function plainBlocks(text: string): Json[] {
  return text === '' ? [] : [{ type: 'section', text: { type: 'mrkdwn', text } }];
}
