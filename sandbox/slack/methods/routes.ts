import { SlackRefusal } from '../errors.ts';
import { textOf } from '../json.ts';
import type { Json } from '../json.ts';
import { chatMethods } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import { fileMethods } from './files.ts';
import { markMethods } from './marks.ts';
import type { Call, Method } from './method.ts';
import { peopleMethods } from './people.ts';
import { viewMethods } from './views.ts';

const general: Readonly<Record<string, Method>> = {
  'api.test': { token: 'any', scopes: [], tier: 'none', run: apiTest },
  'auth.test': { token: 'bot', scopes: [], tier: 'none', run: authTest },
  'apps.connections.open': { token: 'app', scopes: [], tier: 1, run: openConnection },
};

/** Every Web API method this workspace answers; any other is `unknown_method`. */
export const routes: Readonly<Record<string, Method>> = {
  ...general,
  ...chatMethods,
  ...conversationMethods,
  ...fileMethods,
  ...markMethods,
  ...peopleMethods,
  ...viewMethods,
};

function apiTest({ args }: Call): Json {
  const error = textOf(args['error']);
  if (error !== undefined) throw new SlackRefusal(error, { args });
  return { args };
}

function authTest({ workspace }: Call): Json {
  const { bot, team } = workspace.settings;
  return {
    url: `https://${team.domain}.slack.com/`,
    team: team.name,
    user: bot.name,
    team_id: team.id,
    user_id: bot.userId,
    bot_id: bot.botId,
    is_enterprise_install: false,
  };
}

function openConnection({ workspace, newSocketUrl }: Call): Json {
  if (workspace.settings.requestUrl !== undefined) throw new SlackRefusal('socket_mode_not_enabled');
  return { url: newSocketUrl() };
}
