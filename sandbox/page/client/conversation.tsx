import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { Message } from '../../slack/types.ts';
import type { Conversation } from '../wire.ts';
import { Composer } from './composer.tsx';
import { Home, useHomeOpened } from './home.tsx';
import { MessageItem } from './message.tsx';
import { Stream } from './stream.tsx';
import type { Town } from './town.ts';
import { isNews } from './unread.ts';
import type { Unread } from './unread.ts';

/** A channel or direct conversation, or one thread of it. Give it a key of person and conversation. */
export function ConversationPane(props: {
  readonly town: Town;
  readonly conversation: Conversation;
  readonly unread: Unread;
}): ReactNode {
  const { town, conversation, unread } = props;
  const [thread, setThread] = useState<string | undefined>();
  const isDirect = conversation.kind === 'im';
  useHomeOpened(town.me, isDirect);
  const all = town.messages.filter((one) => one.channel === conversation.id);
  const top = all.filter((one) => one.thread_ts === undefined || one.thread_ts === one.ts);
  /** An app that has said nothing yet still shows at home what waits for this person. */
  const [chosen, setTab] = useState<'messages' | 'home'>(() => (top.length === 0 ? 'home' : 'messages'));
  const tab = isDirect && town.home !== undefined ? chosen : 'messages';
  /** Counts what was sent from here: who sends wants to see what comes of it. */
  const [sent, setSent] = useState(0);
  const onSent = (): void => setSent((before) => before + 1);
  /** Where "New" stands: what was seen when this person came here. */
  const [seenBefore] = useState(() => unread.seen(town.me, conversation.id));
  const newest = all.at(-1)?.ts;
  useEffect(() => {
    const look = (): void => {
      // What comes while the home is shown is not read yet.
      if (tab === 'messages' && newest !== undefined && !document.hidden)
        unread.markSeen(town.me, conversation.id, newest);
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  });
  const firstNew =
    seenBefore === '0'
      ? undefined
      : top.find((one) => Number(one.ts) > Number(seenBefore) && isNews(one, town.me))?.ts;
  const name = nameOf(conversation, town);
  const parent = thread === undefined ? undefined : all.find((one) => one.ts === thread);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !document.querySelector('dialog[open]')) setThread(undefined);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  const before = useRef<string | undefined>(undefined);
  useEffect(() => {
    // The keyboard goes on where the thread was opened.
    if (thread === undefined && before.current !== undefined)
      document
        .querySelector<HTMLElement>(`[data-ts="${before.current}"] .replies`)
        ?.focus({ preventScroll: true });
    before.current = thread;
  }, [thread]);

  if (parent !== undefined)
    return (
      <section className="pane" aria-label={`Thread in ${name}`}>
        <header className="pane-head">
          <button
            type="button"
            className="back"
            aria-label="Back to the channel"
            onClick={() => setThread(undefined)}
          >
            ←
          </button>
          <h1>Thread</h1>
          <span>{name}</span>
        </header>
        <Stream label="Messages of the thread" key={parent.ts} sent={sent}>
          {all
            .filter((one) => one.ts === parent.ts || one.thread_ts === parent.ts)
            .map((one) => (
              <MessageItem key={one.ts} message={one} />
            ))}
        </Stream>
        <Composer
          town={town}
          channel={conversation.id}
          placeholder="Reply…"
          thread={parent.ts}
          onSent={onSent}
        />
      </section>
    );
  return (
    <section className="pane" aria-label={name}>
      <header className="pane-head">
        <h1>{name}</h1>
        {isDirect && town.home !== undefined ? (
          <div className="tabs">
            {(['home', 'messages'] as const).map((one) => (
              <button key={one} type="button" aria-pressed={tab === one} onClick={() => setTab(one)}>
                {one === 'home' ? 'Home' : 'Messages'}
              </button>
            ))}
          </div>
        ) : (
          <span>
            {isDirect ? 'What the bot tells you alone' : 'Where clusters are asked for and approved'}
          </span>
        )}
      </header>
      {town.controls.slackDown ? (
        <p className="banner" role="status">
          Slack is down (you switched it off). The work goes on; messages catch up when it is back.
        </p>
      ) : undefined}
      {tab === 'home' ? (
        <Home town={town} />
      ) : (
        <>
          <Stream label="Messages" sent={sent}>
            {top.length === 0 ? <Welcome isDirect={isDirect} /> : undefined}
            {top.map((one) => (
              <Row
                key={`${one.ts} ${one.visible_to ?? ''}`}
                message={one}
                isFirstNew={one.ts === firstNew}
                onThread={setThread}
              />
            ))}
          </Stream>
          <Composer
            town={town}
            channel={conversation.id}
            placeholder={`Message ${name}, or type /ams`}
            onSent={onSent}
          />
        </>
      )}
    </section>
  );
}

function Row(props: {
  readonly message: Message;
  readonly isFirstNew: boolean;
  readonly onThread: (ts: string) => void;
}): ReactNode {
  return (
    <>
      {props.isFirstNew ? (
        <div className="new-line" role="separator">
          New
        </div>
      ) : undefined}
      <MessageItem message={props.message} onThread={props.onThread} />
    </>
  );
}

function Welcome(props: { readonly isDirect: boolean }): ReactNode {
  if (props.isDirect)
    return (
      <p className="welcome">Nothing here yet. Passwords and other things for your eyes alone come here.</p>
    );
  return (
    <div className="welcome">
      <h2>Build a streaming cluster from here</h2>
      <p>
        Everything on this page is simulated on your computer, also the hours before a cluster was there that
        a status draws; the bot is the real program.
      </p>
      <ol>
        <li>
          Type <kbd>/ams create-cluster live --edge 2</kbd> and press Enter.
        </li>
        <li>
          A plan with its cost comes. You asked, so you cannot approve it: act as <b>Alex</b> and press{' '}
          <b>Approve</b>.
        </li>
        <li>Watch the cloud fill in, then break something.</li>
      </ol>
    </div>
  );
}

/** `#events`, or the name of the other side. */
export function nameOf(conversation: Conversation, town: Pick<Town, 'people'>): string {
  if (conversation.kind !== 'im') return `#${conversation.name}`;
  return town.people.find((one) => one.isBot)?.name ?? 'ams';
}
