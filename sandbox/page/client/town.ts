import { useEffect, useReducer } from 'react';
import type { Message } from '../../slack/types.ts';
import type { ApiCall, Hello, News } from '../wire.ts';

const MOST_CALLS = 400;

/** What the page knows: the last hello, brought up to date by the news since. */
export interface Town extends Hello {
  readonly isConnected: boolean;
}

type Change = News | { readonly type: 'lost' };

/** Everything as this person sees it, live. Undefined until the sandbox has answered. */
export function useTown(me: string): Town | undefined {
  const [town, change] = useReducer(next, undefined);
  useEffect(() => {
    const stream = new EventSource(`/news?as=${encodeURIComponent(me)}`);
    stream.addEventListener('message', (event: MessageEvent<string>) =>
      change(JSON.parse(event.data) as News),
    );
    // The browser tries again by itself; the next hello brings everything.
    stream.addEventListener('error', () => change({ type: 'lost' }));
    return () => stream.close();
  }, [me]);
  return town;
}

function next(town: Town | undefined, change: Change): Town | undefined {
  if (change.type === 'hello') return { ...change, isConnected: true };
  if (town === undefined) return undefined;
  switch (change.type) {
    case 'lost':
      return { ...town, isConnected: false };
    case 'message':
      return { ...town, messages: withMessage(town.messages, change.message) };
    case 'deleted':
      return { ...town, messages: withoutMessage(town.messages, change) };
    case 'conversations':
      return { ...town, conversations: change.conversations };
    case 'view':
      return { ...town, view: change.view };
    case 'home':
      return { ...town, home: change.home };
    case 'picture':
      return { ...town, picture: change.picture };
    case 'controls':
      return { ...town, controls: change.controls };
    case 'calls':
      return { ...town, calls: withCalls(town.calls, change.calls) };
  }
}

function withMessage(messages: readonly Message[], message: Message): Message[] {
  const at = messages.findIndex((one) => one.channel === message.channel && one.ts === message.ts);
  const all = at < 0 ? [...messages, message] : messages.with(at, message);
  return at >= 0 ? all : withReplies(all, message, 1);
}

function withoutMessage(
  messages: readonly Message[],
  gone: { readonly channel: string; readonly ts: string },
): readonly Message[] {
  const message = messages.find((one) => one.channel === gone.channel && one.ts === gone.ts);
  if (message === undefined) return messages;
  const left = messages.filter((one) => one !== message);
  return withReplies(left, message, -1);
}

/** A reply that came or went is counted on its parent, which is not told anew. */
function withReplies(messages: Message[], reply: Message, more: 1 | -1): Message[] {
  if (reply.thread_ts === undefined || reply.thread_ts === reply.ts) return messages;
  return messages.map((one) =>
    one.channel === reply.channel && one.ts === reply.thread_ts
      ? { ...one, reply_count: Math.max(0, (one.reply_count ?? 0) + more) }
      : one,
  );
}

function withCalls(calls: readonly ApiCall[], fresh: readonly ApiCall[]): ApiCall[] {
  const last = calls.at(-1)?.number ?? 0;
  return [...calls, ...fresh.filter((call) => call.number > last)].slice(-MOST_CALLS);
}
