import type { SlackOptions } from './types.ts';

/** What deploy/slack-manifest.yaml asks for, which a test compares: with more, the bot might need what it never gets. */
const GRANTED = {
  scopes: [
    'commands',
    'chat:write',
    'chat:write.public',
    'usergroups:read',
    'channels:history',
    'groups:history',
    'im:history',
    'im:write',
    'files:write',
  ],
  events: ['app_home_opened'],
};

const bob = { id: 'U0BOB00001', name: 'bob', realName: 'Bob Baker', email: 'bob@example.com' };
const alice = { id: 'U0ALICE001', name: 'alice', realName: 'Alice Adams', email: 'alice@example.com' };

/** The options with every default filled in. */
export type Settings = ReturnType<typeof settle>;

/**
 * Fills in defaults and checks that everyone mentioned exists.
 * @throws Error naming the unknown user and where it stands
 */
export function settle(options: SlackOptions) {
  const bot = {
    userId: options.bot?.userId ?? 'U0AMSBOT01',
    botId: options.bot?.botId ?? 'B0AMSBOT01',
    appId: options.bot?.appId ?? 'A0AMSAPP01',
    name: options.bot?.name ?? 'ams',
  };
  const users = options.users ?? [alice, bob];
  const channels = options.channels ?? [
    { id: 'C0OPS00001', name: 'ops', members: users.map((user) => user.id) },
  ];
  const userGroups = options.userGroups ?? [];
  const known = new Set([...users.map((user) => user.id), bot.userId]);
  for (const { name, ids } of [
    ...channels.map((channel) => ({ name: `channel ${channel.name}`, ids: channel.members })),
    ...userGroups.map((group) => ({ name: `user group ${group.handle}`, ids: group.users })),
  ]) {
    const stranger = ids.find((id) => !known.has(id));
    if (stranger !== undefined) throw new Error(`${name} has the unknown user ${stranger}; add it to users`);
  }
  return {
    botToken: options.botToken ?? 'xoxb-0000-sandbox',
    appToken: options.appToken ?? 'xapp-1-A0AMSAPP01-sandbox',
    signingSecret: options.signingSecret ?? 'sandbox-signing-secret',
    bot,
    team: {
      id: options.team?.id ?? 'T0SANDBOX1',
      name: options.team?.name ?? 'Sandbox',
      domain: options.team?.domain ?? 'sandbox',
    },
    users,
    userGroups,
    channels,
    scopes: options.scopes ?? GRANTED.scopes,
    command: options.command ?? '/ams',
    requestUrl: options.requestUrl,
    limits: options.limits ?? true,
    events: options.events ?? GRANTED.events,
    ackTimeoutMs: options.ackTimeoutMs ?? 3000,
    triggerLifeMs: options.triggerLifeMs ?? 3000,
    eventRetryDelaysMs: options.eventRetryDelaysMs ?? [0, 60_000, 300_000],
    fileProcessingMs: options.fileProcessingMs ?? 500,
    port: options.port ?? 0,
  };
}
