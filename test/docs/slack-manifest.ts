import { readFileSync } from 'node:fs';
import { WebClient } from '@slack/web-api';
import { parse } from 'yaml';

interface Manifest {
  readonly oauth_config: { readonly scopes: { readonly bot: readonly string[] } };
  readonly features: {
    readonly app_home: { readonly home_tab_enabled: boolean; readonly messages_tab_enabled: boolean };
    readonly slash_commands: readonly { readonly command: string }[];
  };
  readonly settings: {
    readonly interactivity: { readonly is_enabled: boolean };
    readonly event_subscriptions: { readonly bot_events: readonly string[] };
  };
}

export const manifest = parse(readFileSync('deploy/slack-manifest.yaml', 'utf8')) as Manifest;
export const manifestScopes = manifest.oauth_config.scopes.bot;

/** Bot scopes of the Web API methods that the bot calls (docs.slack.dev, "Required scopes" of each method). */
const SCOPES_OF: Readonly<Record<string, readonly string[]>> = {
  'auth.test': [],
  // An app-level token's: connections:write.
  'apps.connections.open': [],
  'chat.postMessage': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.open': ['im:write'],
  'conversations.history': ['channels:history', 'groups:history', 'im:history'],
  'conversations.replies': ['channels:history', 'groups:history', 'im:history'],
  'files.completeUploadExternal': ['files:write'],
  'files.getUploadURLExternal': ['files:write'],
  'usergroups.users.list': ['usergroups:read'],
  'views.open': [],
  'views.publish': [],
  'views.update': [],
};

/** Events that the sources listen to: `app.event('app_home_opened'`. */
export function eventsIn(source: string): readonly string[] {
  return [...source.matchAll(/\bapp\.event\(\s*'([a-z_.]+)'/g)].map((match) => match[1] ?? '');
}

/** @throws Error naming a method whose scopes are not known here */
export function neededScopes(methods: Iterable<string>): readonly string[] {
  const scopes = new Set<string>();
  for (const method of methods) {
    const needed = SCOPES_OF[method];
    if (!needed) throw new Error(`${method}: look up its scopes and add it to SCOPES_OF`);
    for (const scope of needed) scopes.add(scope);
  }
  return [...scopes].toSorted();
}

/** Methods that the sources call, found by their names: `client.chat.update(` and the like. */
export function methodsIn(source: string): readonly string[] {
  const family = '(?:auth|chat|conversations|usergroups|users|views|apps|reactions|pins|files|team|bots)';
  return [...source.matchAll(new RegExp(`\\b(${family}(?:\\s*\\.[a-zA-Z]+)+)\\(`, 'g'))]
    .map((match) => (match[1] ?? '').replaceAll(/\s/g, ''))
    .filter((name) => isMethod(name) || !isOfArrays(name));
}

/** Whether Slack's own client has it. */
function isMethod(name: string): boolean {
  const found = name.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], new WebClient());
  return typeof found === 'function';
}

/** What is called of an array that is named like a family: `apps.join(`, `users.flatMap(`. */
function isOfArrays(name: string): boolean {
  return (name.split('.').at(-1) ?? '') in Array.prototype;
}
