import type { Json } from './json.ts';

/** A person or bot of the workspace. */
export interface SlackUser {
  /** `U...` */
  readonly id: string;
  /** The handle, as in `@alice`. */
  readonly name: string;
  readonly realName: string;
  readonly email?: string;
  readonly isBot?: boolean;
  readonly deleted?: boolean;
}

/** A user group, `@handle`, with the ids of its users. */
export interface SlackUserGroup {
  /** `S...` */
  readonly id: string;
  readonly handle: string;
  readonly users: readonly string[];
}

/** A channel to begin with. `members` are people; the bot is one when `botIsMember` (default true). */
export interface SlackChannel {
  /** `C...`, for private ones too. */
  readonly id: string;
  /** Without `#`. */
  readonly name: string;
  readonly private?: boolean;
  readonly members: readonly string[];
  readonly botIsMember?: boolean;
  readonly archived?: boolean;
}

/** Calls a minute for each tier, and the budget of chat.postMessage. */
export interface RateLimits {
  /** Calls a minute of the tiers 1 to 4; the whole of it may come in one burst. */
  readonly perMinute: Readonly<Record<1 | 2 | 3 | 4, number>>;
  /** chat.postMessage for one channel: refills by one each second up to this burst. */
  readonly postBurst: number;
  /** chat.postMessage for the whole workspace, a minute. */
  readonly postsPerMinute: number;
}

/** What a simulated workspace is made of. Everything has a default but the users and channels. */
export interface SlackOptions {
  /** `xoxb-...` */
  readonly botToken?: string;
  /** `xapp-...`; only this one may open a Socket Mode connection. */
  readonly appToken?: string;
  readonly signingSecret?: string;
  readonly bot?: {
    readonly userId?: string;
    readonly botId?: string;
    readonly appId?: string;
    readonly name?: string;
  };
  readonly team?: { readonly id?: string; readonly name?: string; readonly domain?: string };
  readonly users?: readonly SlackUser[];
  readonly userGroups?: readonly SlackUserGroup[];
  readonly channels?: readonly SlackChannel[];
  /** Scopes of the bot token; those of the app's manifest unless told. */
  readonly scopes?: readonly string[];
  /** The slash command of the app. Default `/ams`. */
  readonly command?: string;
  /** Where commands, interactions and events are POSTed; without it they go by Socket Mode. */
  readonly requestUrl?: string;
  /** Default true: Slack's own limits. */
  readonly limits?: boolean | Partial<RateLimits>;
  /** Events the app subscribed to, `message.channels` and such included; those of its manifest unless told. */
  readonly events?: readonly string[];
  /** How long an acknowledgement may take. Default 3000 ms, as with Slack. */
  readonly ackTimeoutMs?: number;
  /** How long a trigger_id lives. Default 3000 ms, as with Slack. */
  readonly triggerLifeMs?: number;
  /** Waits before the three deliveries that follow an event nobody acknowledged. Default 0, 1 and 5 minutes. */
  readonly eventRetryDelaysMs?: readonly number[];
  /** How long after its upload an image cannot be shown in blocks yet. Default 500 ms. */
  readonly fileProcessingMs?: number;
  /** Default 0: any free port. */
  readonly port?: number;
}

/** A message as Slack returns it, with its channel. Copies: a kept one is the rendering of its moment. */
export interface Message {
  type: 'message';
  channel: string;
  ts: string;
  user: string;
  text: string;
  subtype?: string;
  bot_id?: string;
  app_id?: string;
  team?: string;
  blocks?: Json[];
  attachments?: Json[];
  metadata?: Json;
  edited?: { user: string; ts: string };
  thread_ts?: string;
  parent_user_id?: string;
  reply_count?: number;
  reply_users?: string[];
  latest_reply?: string;
  reactions?: { name: string; users: string[]; count: number }[];
  files?: Json[];
  pinned_to?: string[];
  /** Set on what only one person sees. */
  is_ephemeral?: boolean;
  /** Who sees it, when only one person does. */
  visible_to?: string;
}

/** A view as payloads carry it. */
export interface View {
  id: string;
  team_id: string;
  type: 'modal' | 'home';
  title?: Json;
  submit?: Json | null;
  close?: Json | null;
  blocks: Json[];
  private_metadata: string;
  callback_id: string;
  external_id: string;
  state: { values: Record<string, Record<string, Json>> };
  hash: string;
  clear_on_close: boolean;
  notify_on_close: boolean;
  root_view_id: string;
  previous_view_id: string | null;
  app_id: string;
  app_installed_team_id: string;
  bot_id: string;
}

/** All that a page or a demo can watch. */
export type SlackEvent =
  | {
      readonly type: 'posted' | 'updated' | 'deleted' | 'ephemeral';
      readonly channel: string;
      readonly message: Message;
    }
  | {
      readonly type: 'view';
      readonly change: 'opened' | 'updated' | 'pushed' | 'closed' | 'published' | 'errors';
      readonly user: string;
      readonly view: View;
      readonly errors?: Readonly<Record<string, string>>;
    }
  | { readonly type: 'command'; readonly user: string; readonly channel: string; readonly text: string }
  | { readonly type: 'click'; readonly user: string; readonly action: Json; readonly channel?: string };

/** One payload on its way to the app; hand it to `redeliver` to send the very same again. */
export interface Delivery {
  readonly kind: 'slash_commands' | 'interactive' | 'events_api';
  readonly payload: Json;
  readonly envelopeId: string;
}

/** What became of a delivery. */
export interface Ack {
  readonly acked: boolean;
  /** What the app sent with it: a string, an object, or nothing. */
  readonly response?: unknown;
  readonly ms: number;
  /** What the person sees when it went wrong. */
  readonly error?: 'operation_timeout' | 'dispatch_failed' | 'http_error';
  /** True when the answer forbids retries (`x-slack-no-retry: 1`). */
  readonly noRetry?: boolean;
}
