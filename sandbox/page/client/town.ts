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
      return {
        ...town,
        messages: town.messages.filter((one) => one.channel !== change.channel || one.ts !== change.ts),
      };
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
  // A reply is counted on its parent, which is not told anew.
  if (at >= 0 || message.thread_ts === undefined || message.thread_ts === message.ts) return all;
  return all.map((one) =>
    one.channel === message.channel && one.ts === message.thread_ts
      ? { ...one, reply_count: (one.reply_count ?? 0) + 1, latest_reply: message.ts }
      : one,
  );
}

function withCalls(calls: readonly ApiCall[], fresh: readonly ApiCall[]): ApiCall[] {
  const last = calls.at(-1)?.number ?? 0;
  return [...calls, ...fresh.filter((call) => call.number > last)].slice(-MOST_CALLS);
}
