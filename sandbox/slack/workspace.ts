import { SlackRefusal } from './errors.ts';
import { createTimestamps, newId, newSecret } from './ids.ts';
import type { Settings } from './settings.ts';
import type { Message, SlackEvent, SlackUser, View } from './types.ts';
import type { Upload } from './uploads.ts';

/** A conversation of any kind. */
export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly kind: 'public' | 'private' | 'im' | 'mpim';
  readonly members: Set<string>;
  archived: boolean;
  topic: string;
  readonly created: number;
  /** In the order of their timestamps. */
  readonly messages: Message[];
  /** Seen by one person each, never in history. */
  readonly ephemerals: Message[];
}

/** A place to answer to for a while: where it belongs, and what it may still do. */
export interface ResponseUrl {
  readonly channel: string;
  readonly user: string;
  readonly messageTs?: string;
  readonly ephemeral?: boolean;
  readonly expiresAt: number;
  left: number;
}

interface Trigger {
  readonly user: string;
  readonly at: number;
  used: boolean;
}

/** The state of one workspace, and all who watch it. Knows nothing of HTTP. */
export class Workspace {
  readonly settings: Settings;
  readonly users = new Map<string, SlackUser>();
  readonly channels = new Map<string, Channel>();
  readonly responseUrls = new Map<string, ResponseUrl>();
  readonly files = new Map<string, Upload>();
  /** The modals a person has open, the topmost last. */
  readonly stacks = new Map<string, View[]>();
  readonly homes = new Map<string, View>();
  readonly commands: { user: string; channel: string; text: string; ts: string }[] = [];
  /** `http://127.0.0.1:port`, once the server listens. */
  origin = '';
  readonly nextTs = createTimestamps();
  private readonly triggers = new Map<string, Trigger>();
  private readonly listeners = new Set<(event: SlackEvent) => void>();

  constructor(settings: Settings) {
    this.settings = settings;
    this.reset();
  }

  /** Back to the first day: messages, views, triggers and response URLs are gone. Listeners stay. */
  reset(): void {
    const { bot, users, channels } = this.settings;
    for (const map of [
      this.users,
      this.channels,
      this.responseUrls,
      this.files,
      this.stacks,
      this.homes,
      this.triggers,
    ]) {
      map.clear();
    }
    this.commands.length = 0;
    for (const user of users) this.users.set(user.id, user);
    this.users.set(bot.userId, { id: bot.userId, name: bot.name, realName: bot.name, isBot: true });
    for (const channel of channels) {
      const members = channel.botIsMember === false ? channel.members : [...channel.members, bot.userId];
      this.addChannel(
        channel.id,
        channel.name,
        channel.private === true ? 'private' : 'public',
        members,
      ).archived = channel.archived ?? false;
    }
  }

  addChannel(id: string, name: string, kind: Channel['kind'], members: readonly string[]): Channel {
    const created = Math.floor(Date.now() / 1000);
    const channel: Channel = {
      id,
      name,
      kind,
      members: new Set(members),
      archived: false,
      topic: '',
      created,
      messages: [],
      ephemerals: [],
    };
    this.channels.set(id, channel);
    return channel;
  }

  /** The direct conversation of these people with the bot, made when there is none yet. */
  directChannel(people: readonly string[]): Channel {
    const members = [...new Set([...people, this.settings.bot.userId])].sort();
    const kind = members.length > 2 ? 'mpim' : 'im';
    for (const channel of this.channels.values()) {
      if (channel.kind === kind && [...channel.members].sort().join() === members.join()) return channel;
    }
    const name =
      kind === 'im' ? (people[0] ?? '') : `mpdm-${members.map((id) => this.nameOf(id)).join('--')}-1`;
    return this.addChannel(newId(kind === 'im' ? 'D' : 'G'), name, kind, members);
  }

  nameOf(userId: string): string {
    return this.users.get(userId)?.name ?? userId;
  }

  /** Keeps a message and tells everyone. Replies are counted on their parent. */
  post(channel: Channel, message: Message): void {
    channel.messages.push(message);
    const parent = this.parentOf(channel, message);
    if (parent !== undefined) {
      parent.reply_count = (parent.reply_count ?? 0) + 1;
      parent.reply_users = [...new Set([...(parent.reply_users ?? []), message.user])];
      parent.latest_reply = message.ts;
      parent.thread_ts = parent.ts;
    }
    this.tell({ type: 'posted', channel: channel.id, message: structuredClone(message) });
  }

  remove(channel: Channel, message: Message): void {
    channel.messages.splice(channel.messages.indexOf(message), 1);
    const parent = this.parentOf(channel, message);
    if (parent !== undefined) parent.reply_count = Math.max(0, (parent.reply_count ?? 1) - 1);
    this.tell({ type: 'deleted', channel: channel.id, message: structuredClone(message) });
  }

  private parentOf(channel: Channel, message: Message): Message | undefined {
    if (message.thread_ts === undefined || message.thread_ts === message.ts) return undefined;
    return channel.messages.find((one) => one.ts === message.thread_ts);
  }

  listen(listener: (event: SlackEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  tell(event: SlackEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  /** A trigger_id for what this person has just done. */
  newTrigger(user: string): string {
    const id = `${Date.now()}.${this.settings.team.id.length}.${newSecret()}`;
    this.triggers.set(id, { user, at: performance.now(), used: false });
    return id;
  }

  /**
   * Spends a trigger and gives the person who pulled it.
   * @throws SlackRefusal invalid_trigger_id, exchanged_trigger_id or expired_trigger_id
   */
  spendTrigger(id: string): string {
    const trigger = this.triggers.get(id);
    if (trigger === undefined) throw new SlackRefusal('invalid_trigger_id');
    if (trigger.used) throw new SlackRefusal('exchanged_trigger_id');
    if (performance.now() - trigger.at > this.settings.triggerLifeMs)
      throw new SlackRefusal('expired_trigger_id');
    trigger.used = true;
    return trigger.user;
  }

  /** A response URL: five posts within 30 minutes. */
  responseUrl(place: Omit<ResponseUrl, 'left' | 'expiresAt'>): string {
    const key = newSecret();
    this.responseUrls.set(key, { ...place, left: 5, expiresAt: Date.now() + 30 * 60_000 });
    return `${this.origin}/response/${this.settings.team.id}/${key}`;
  }
}
