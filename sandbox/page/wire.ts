/** What the page and its server say to each other: news by server-sent events, wishes by POST. Types alone. */
import type { Message, View } from '../slack/types.ts';
import type { Picture } from './picture-types.ts';

/** Somebody of the workspace, the bot included. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly realName: string;
  readonly isBot: boolean;
  /** What this person is for in the story; empty where there is nothing to say. */
  readonly role: string;
  /** `@handle` of the groups this person is in. */
  readonly groups: readonly string[];
}

export interface Conversation {
  readonly id: string;
  /** Without `#`; of a direct conversation the user id. */
  readonly name: string;
  readonly kind: 'public' | 'private' | 'im' | 'mpim';
}

/** One API call as the simulated cloud saw it. */
export interface ApiCall {
  /** Counts from 1, so that a page can tell new ones. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly product: string;
  readonly action: string;
  /** `OK`, an error code, or `cut`. */
  readonly code: string;
  /** Real milliseconds. */
  readonly durationMs: number;
}

/** What the switches of the page stand at. */
export interface Controls {
  /** Simulated seconds per real second. */
  readonly speed: number;
  /** False where the product runs elsewhere: then its pace cannot follow. */
  readonly speedCanChange: boolean;
  /** The bot goes on at its old pace until the running operation ends. */
  readonly productFollows: boolean;
  /** The answer of the next CreateLoadBalancer gets lost. */
  readonly cut: 'off' | 'armed' | 'struck';
  readonly throttle: boolean;
  /** Calls refused so far because of it. */
  readonly throttled: number;
  readonly slackDown: boolean;
  readonly worker: 'runs' | 'dead' | 'elsewhere';
  /** How often it was killed. */
  readonly kills: number;
}

/** All there is, told once when a page connects. */
export interface Hello {
  readonly type: 'hello';
  /** Changes with each start of the sandbox. */
  readonly started: string;
  readonly me: string;
  readonly people: readonly Person[];
  readonly groups: readonly { readonly id: string; readonly handle: string }[];
  readonly conversations: readonly Conversation[];
  /** With those that only this person sees, oldest first. */
  readonly messages: readonly Message[];
  readonly view: View | undefined;
  /** The app's home tab, once the app has published one for this person. */
  readonly home: View | undefined;
  readonly picture: Picture;
  readonly calls: readonly ApiCall[];
  readonly controls: Controls;
}

export type News =
  | Hello
  | { readonly type: 'message'; readonly message: Message }
  | { readonly type: 'deleted'; readonly channel: string; readonly ts: string }
  | { readonly type: 'conversations'; readonly conversations: readonly Conversation[] }
  /** The topmost modal of this person, undefined when none is open. */
  | { readonly type: 'view'; readonly view: View | undefined }
  | { readonly type: 'home'; readonly home: View | undefined }
  | { readonly type: 'picture'; readonly picture: Picture }
  | { readonly type: 'calls'; readonly calls: readonly ApiCall[] }
  | { readonly type: 'controls'; readonly controls: Controls };

/** Answer to a wish. */
export type Answer =
  | { readonly ok: true; readonly errors?: Readonly<Record<string, string>> }
  /** Written for the person at the page. */
  | { readonly ok: false; readonly error: string };
