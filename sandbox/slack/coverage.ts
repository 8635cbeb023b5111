import type { Tier } from './limits.ts';

/** What the workspace answers, as a promise to its users; a test holds it against the routes. */
export interface Covered {
  readonly method: string;
  readonly tier: Tier;
  /** What differs from Slack, where it matters. */
  readonly note?: string;
}

/** Every Web API method, in the order of the alphabet. */
export const coverage: readonly Covered[] = [
  { method: 'api.test', tier: 'none' },
  { method: 'apps.connections.open', tier: 1, note: 'a burst of ten; the address is ws, not wss' },
  { method: 'auth.test', tier: 'none' },
  { method: 'bots.info', tier: 3 },
  { method: 'chat.delete', tier: 3 },
  { method: 'chat.getPermalink', tier: 'none' },
  { method: 'chat.postEphemeral', tier: 4 },
  {
    method: 'chat.postMessage',
    tier: 'post',
    note: 'one a second for a channel, a burst of five, 300 a minute in all',
  },
  { method: 'chat.update', tier: 3 },
  { method: 'conversations.history', tier: 3 },
  { method: 'conversations.info', tier: 3 },
  { method: 'conversations.join', tier: 3 },
  { method: 'conversations.list', tier: 2 },
  { method: 'conversations.members', tier: 4 },
  { method: 'conversations.open', tier: 3 },
  { method: 'conversations.replies', tier: 3 },
  { method: 'conversations.setTopic', tier: 2 },
  { method: 'files.completeUploadExternal', tier: 4 },
  { method: 'files.getUploadURLExternal', tier: 4 },
  { method: 'pins.add', tier: 2 },
  { method: 'reactions.add', tier: 3 },
  { method: 'reactions.remove', tier: 2 },
  { method: 'team.info', tier: 3 },
  { method: 'usergroups.list', tier: 2 },
  { method: 'usergroups.users.list', tier: 2 },
  { method: 'users.info', tier: 4 },
  { method: 'users.list', tier: 2 },
  { method: 'users.lookupByEmail', tier: 3 },
  { method: 'views.open', tier: 4 },
  { method: 'views.publish', tier: 4 },
  { method: 'views.push', tier: 4 },
  { method: 'views.update', tier: 4 },
];
