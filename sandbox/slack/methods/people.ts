import { SlackRefusal } from '../errors.ts';
import type { Json } from '../json.ts';
import type { SlackUser, SlackUserGroup } from '../types.ts';
import type { Workspace } from '../workspace.ts';
import { flag, page, required } from './method.ts';
import type { Call, Method } from './method.ts';

/** users.*, usergroups.*, team.info, bots.info. */
export const peopleMethods: Readonly<Record<string, Method>> = {
  'users.info': { token: 'bot', scopes: ['users:read'], tier: 4, run: userInfo },
  'users.list': { token: 'bot', scopes: ['users:read'], tier: 2, run: userList },
  'users.lookupByEmail': { token: 'bot', scopes: ['users:read.email'], tier: 3, run: byEmail },
  'usergroups.list': { token: 'bot', scopes: ['usergroups:read'], tier: 2, run: groupList },
  'usergroups.users.list': { token: 'bot', scopes: ['usergroups:read'], tier: 2, run: groupUsers },
  'team.info': { token: 'bot', scopes: ['team:read'], tier: 3, run: teamInfo },
  'bots.info': { token: 'bot', scopes: ['users:read'], tier: 3, run: botInfo },
};

function asJson(workspace: Workspace, user: SlackUser): Json {
  const { team, bot, scopes } = workspace.settings;
  const mine = user.id === bot.userId;
  const email = scopes.includes('users:read.email') && user.email !== undefined ? { email: user.email } : {};
  return {
    id: user.id,
    team_id: team.id,
    name: user.name,
    real_name: user.realName,
    deleted: user.deleted ?? false,
    is_bot: user.isBot ?? false,
    is_app_user: false,
    is_admin: false,
    is_owner: false,
    is_restricted: false,
    is_ultra_restricted: false,
    tz: 'Etc/UTC',
    tz_offset: 0,
    updated: 0,
    profile: {
      real_name: user.realName,
      display_name: user.name,
      ...email,
      ...(mine ? { bot_id: bot.botId, api_app_id: bot.appId } : {}),
      team: team.id,
    },
  };
}

function userInfo({ workspace, args }: Call): Json {
  const user = workspace.users.get(required(args, 'user', 'user_not_found'));
  if (user === undefined) throw new SlackRefusal('user_not_found');
  return { user: asJson(workspace, user) };
}

function userList({ workspace, args }: Call): Json {
  const { items, next } = page([...workspace.users.values()], args, 1000);
  return {
    members: items.map((user) => asJson(workspace, user)),
    cache_ts: Math.floor(Date.now() / 1000),
    response_metadata: { next_cursor: next },
  };
}

function byEmail({ workspace, args }: Call): Json {
  const email = required(args, 'email').toLowerCase();
  const user = [...workspace.users.values()].find((one) => one.email?.toLowerCase() === email);
  if (user === undefined || user.deleted === true) throw new SlackRefusal('users_not_found');
  return { user: asJson(workspace, user) };
}

function groupJson(workspace: Workspace, group: SlackUserGroup, withUsers: boolean): Json {
  return {
    id: group.id,
    team_id: workspace.settings.team.id,
    is_usergroup: true,
    name: group.handle,
    handle: group.handle,
    description: '',
    date_delete: 0,
    user_count: group.users.length,
    ...(withUsers ? { users: [...group.users] } : {}),
  };
}

function groupList({ workspace, args }: Call): Json {
  const withUsers = flag(args, 'include_users');
  return { usergroups: workspace.settings.userGroups.map((group) => groupJson(workspace, group, withUsers)) };
}

function groupUsers({ workspace, args }: Call): Json {
  const id = required(args, 'usergroup');
  const group = workspace.settings.userGroups.find((one) => one.id === id);
  if (group === undefined) throw new SlackRefusal('no_such_subteam');
  return { users: group.users.filter((user) => workspace.users.get(user)?.deleted !== true) };
}

function teamInfo({ workspace }: Call): Json {
  const { team } = workspace.settings;
  return { team: { ...team, url: `https://${team.domain}.slack.com/`, email_domain: '' } };
}

function botInfo({ workspace, args }: Call): Json {
  const { bot } = workspace.settings;
  if (args['bot'] !== undefined && args['bot'] !== bot.botId) throw new SlackRefusal('bot_not_found');
  return {
    bot: {
      id: bot.botId,
      deleted: false,
      name: bot.name,
      updated: 0,
      app_id: bot.appId,
      user_id: bot.userId,
    },
  };
}
