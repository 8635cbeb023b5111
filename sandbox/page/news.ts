import type { ServerResponse } from 'node:http';
import type { SlackEvent } from '../slack/types.ts';
import { PEOPLE } from '../world.ts';
import type { World } from '../world.ts';
import type { ControlDesk } from './controls.ts';
import { pictureOf } from './picture.ts';
import type { ApiCall, Conversation, Hello, News, Person } from './wire.ts';

/** How often the picture, the calls and the switches are looked at. Real milliseconds. */
const LOOK_MS = 150;
const MOST_CALLS = 400;
/** A page that leaves so much unread, asleep in the background, is let go: awake, it asks for all anew. Bytes. */
const MOST_UNREAD_BYTES = 64_000_000;

const ROLES: Readonly<Record<string, string>> = {
  [PEOPLE.requester]: 'requester',
  [PEOPLE.approver]: 'approver',
  [PEOPLE.secondApprover]: 'approver',
  [PEOPLE.outsider]: 'may not approve',
};

/** Tells every open page what happens. */
export interface Newsroom {
  /** Sends everything as this person sees it, and from then on every change, until the page goes. */
  tell(userId: string, response: ServerResponse): void;
  close(): void;
}

interface Reader {
  readonly userId: string;
  readonly send: (news: News) => void;
  /** Conversations told last, as text. */
  known: string;
}

export function openNewsroom(world: World, desk: ControlDesk): Newsroom {
  const { slack } = world;
  const started = new Date().toISOString();
  const readers = new Map<ServerResponse, Reader>();
  const calls: ApiCall[] = [];
  let told = 0;
  let counted = 0;
  let drawn = '';
  let set = '';

  const stopCalls = world.alibaba.cloud.on('request', ({ at, product, action, code, durationMs }) => {
    counted += 1;
    calls.push({ number: counted, at: at.getTime(), product, action, code, durationMs });
    if (calls.length > MOST_CALLS) calls.shift();
  });

  const stopSlack = slack.onEvent((event) => {
    for (const reader of readers.values()) {
      const news = newsFor(reader.userId, event);
      if (news !== undefined) {
        tellConversations(reader);
        reader.send(news);
      }
    }
  });

  function newsFor(userId: string, event: SlackEvent): News | undefined {
    switch (event.type) {
      case 'posted':
      case 'updated':
      case 'ephemeral': {
        const { message } = event;
        if (message.visible_to !== undefined && message.visible_to !== userId) return undefined;
        return isIn(userId, event.channel) ? { type: 'message', message } : undefined;
      }
      case 'deleted':
        return { type: 'deleted', channel: event.channel, ts: event.message.ts };
      case 'view':
        if (event.user !== userId || event.change === 'errors') return undefined;
        if (event.view.type === 'home') return { type: 'home', home: slack.as(userId).home() };
        return { type: 'view', view: slack.as(userId).openView() };
      case 'command':
      case 'click':
        return undefined;
    }
  }

  function isIn(userId: string, channel: string): boolean {
    return slack.conversations(userId).some((one) => one.id === channel);
  }

  function tellConversations(reader: Reader): void {
    const conversations = slack.conversations(reader.userId);
    const now = JSON.stringify(conversations);
    if (now === reader.known) return;
    reader.known = now;
    reader.send({ type: 'conversations', conversations });
  }

  /** A look at what gives no signal of its own. Costs nothing while nobody watches. */
  const looking = setInterval(() => {
    desk.tick();
    if (readers.size === 0) return;
    const fresh = calls.filter((call) => call.number > told);
    told = counted;
    if (fresh.length > 0) broadcast({ type: 'calls', calls: fresh });
    const picture = pictureOf(world.alibaba.cloud);
    const asText = JSON.stringify(picture);
    if (asText !== drawn) broadcast({ type: 'picture', picture });
    drawn = asText;
    const controls = desk.now();
    const controlsText = JSON.stringify(controls);
    if (controlsText !== set) broadcast({ type: 'controls', controls });
    set = controlsText;
  }, LOOK_MS);
  looking.unref();

  function broadcast(news: News): void {
    for (const reader of readers.values()) reader.send(news);
  }

  function hello(userId: string): Hello {
    // The bot's direct conversation is there from the first day, as in Slack.
    slack.dms(userId);
    const conversations: Conversation[] = slack.conversations(userId);
    const { settings } = slack;
    const people: Person[] = [
      ...settings.users.map((one) => ({
        id: one.id,
        name: one.name,
        realName: one.realName,
        isBot: false,
        role: ROLES[one.id] ?? '',
        groups: settings.userGroups
          .filter((group) => group.users.includes(one.id))
          .map((group) => group.handle),
      })),
      {
        id: settings.bot.userId,
        name: settings.bot.name,
        realName: settings.bot.name,
        isBot: true,
        role: '',
        groups: [],
      },
      { id: 'USLACKBOT', name: 'Slackbot', realName: 'Slackbot', isBot: true, role: '', groups: [] },
    ];
    const messages = conversations.flatMap((one) => [
      ...slack.messages(one.id),
      ...slack.ephemerals(userId, one.id),
    ]);
    return {
      type: 'hello',
      started,
      me: userId,
      people,
      groups: settings.userGroups.map(({ id, handle }) => ({ id, handle })),
      conversations,
      messages: messages.sort((a, b) => Number(a.ts) - Number(b.ts)),
      view: slack.as(userId).openView(),
      home: slack.as(userId).home(),
      picture: pictureOf(world.alibaba.cloud),
      // Newer ones are told by the next look.
      calls: readers.size === 0 ? [...calls] : calls.filter((call) => call.number <= told),
      controls: desk.now(),
    };
  }

  return {
    tell(userId, response) {
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
      });
      const send = (news: News): void => {
        if (response.writableLength <= MOST_UNREAD_BYTES) {
          response.write(`data: ${JSON.stringify(news)}\n\n`);
          return;
        }
        readers.delete(response);
        response.destroy();
      };
      const first = hello(userId);
      if (readers.size === 0) told = counted;
      readers.set(response, { userId, send, known: JSON.stringify(first.conversations) });
      send(first);
      response.on('close', () => readers.delete(response));
    },
    close() {
      clearInterval(looking);
      stopCalls();
      stopSlack();
      for (const response of readers.keys()) response.end();
      readers.clear();
    },
  };
}
