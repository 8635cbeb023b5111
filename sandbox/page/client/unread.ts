import type { Message } from '../../slack/types.ts';
import { useKept } from './kept.ts';

/** The newest message a person has seen in a conversation: `user channel` to `ts`. */
type Seen = Readonly<Record<string, string>>;

export interface Unread {
  /** The newest message that was seen; `0` when none was. */
  readonly seen: (user: string, channel: string) => string;
  readonly markSeen: (user: string, channel: string, ts: string) => void;
  /** Messages that somebody has not seen yet, replies in threads and their own left out. */
  readonly count: (user: string, channel: string, messages: readonly Message[]) => number;
}

/** Unread marks of everybody the page acts as, for one life of the sandbox. */
export function useUnread(started: string): Unread {
  const [marks, setMarks] = useKept<{ readonly started: string; readonly seen: Seen }>('seen', {
    started,
    seen: {},
  });
  const ofThisLife = (one: typeof marks): Seen => (one.started === started ? one.seen : {});
  const mine = ofThisLife(marks);
  const seen = (user: string, channel: string): string => mine[`${user} ${channel}`] ?? '0';
  return {
    seen,
    markSeen(user, channel, ts) {
      if (Number(ts) <= Number(seen(user, channel))) return;
      setMarks((before) => ({ started, seen: { ...ofThisLife(before), [`${user} ${channel}`]: ts } }));
    },
    count: (user, channel, messages) =>
      messages.filter(
        (one) => one.channel === channel && isNews(one, user) && Number(one.ts) > Number(seen(user, channel)),
      ).length,
  };
}

/** Whether a message is something new for this person: top level, from somebody else, visible to them. */
export function isNews(message: Message, user: string): boolean {
  const isReply = message.thread_ts !== undefined && message.thread_ts !== message.ts;
  return !isReply && message.user !== user && (message.visible_to ?? user) === user;
}
