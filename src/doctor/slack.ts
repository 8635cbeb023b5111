import { LogLevel, WebClient } from '@slack/web-api';
import type { SlackConfig } from '../config/config.ts';
import type { Settings } from '../cluster/settings.ts';
import { checkApprovers, checkRequesters } from './approvers.ts';
import { bad, good, warning } from './check.ts';
import type { Finding } from './check.ts';
import { isAnswer, slackCode, tooMany } from './slack-trouble.ts';

/** Scopes that the bot's calls need, and what is missing without them. deploy/slack-manifest.yaml asks for the same. */
export const SCOPES = {
  commands: 'the /ams command',
  'chat:write': 'posting and updating messages',
  'usergroups:read': 'user groups as approvers',
  'im:write': 'private messages, like the one with the first password',
  'channels:history': 'finding a message again after a lost answer',
  'groups:history': 'the same in private channels',
  'im:history': 'the same in private messages',
} as const;

/** Works without, less well. */
export const WELCOME_SCOPES = {
  'chat:write.public': {
    lack: 'in public channels the bot can post only where it was invited',
    instead: ', or invite the bot to its channels',
  },
  'files:write': { lack: 'a status comes without the picture of the last hours', instead: '' },
} as const;

/** Slack: tokens, scopes, Socket Mode, and the people whom the settings name. What Slack hides is left out. */
export async function checkSlack(slack: SlackConfig, settings: Settings): Promise<readonly Finding[]> {
  const options = {
    ...(slack.apiUrl === undefined ? {} : { slackApiUrl: slack.apiUrl }),
    retryConfig: { retries: 0 },
    // What went wrong is a finding; the client would print it as well, in its own words.
    logLevel: LogLevel.ERROR,
    timeout: 5_000,
    rejectRateLimitedCalls: true,
  };
  const client = new WebClient(slack.botToken, options);
  const findings: Finding[] = [];
  let known: WebClient | undefined;
  try {
    const me = await client.auth.test();
    findings.push(
      good(`Slack knows the bot: ${String(me.user ?? 'bot')} in ${String(me.team ?? 'the workspace')}`),
    );
    known = client;
    const granted = me.response_metadata?.scopes;
    for (const [scope, what] of Object.entries(SCOPES)) {
      if (granted && !granted.includes(scope)) {
        findings.push(
          bad(
            `Slack scope ${scope} is missing: ${what} will not work`,
            'Add it under "OAuth & Permissions" and reinstall the app.',
          ),
        );
      }
    }
    for (const [scope, { lack, instead }] of Object.entries(WELCOME_SCOPES)) {
      if (granted && !granted.includes(scope)) {
        findings.push(
          warning(
            `Slack scope ${scope} is missing: ${lack}`,
            `Add it under "OAuth & Permissions" and reinstall the app${instead}.`,
          ),
        );
      }
    }
  } catch (error) {
    const later = tooMany(error, 'Slack');
    if (later) findings.push(later);
    else if (isAnswer(error))
      findings.push(
        bad(
          `Slack refuses SLACK_BOT_TOKEN (${slackCode(error)})`,
          'Copy the Bot User OAuth Token from "OAuth & Permissions".',
        ),
      );
    else
      return [
        bad(
          `Slack does not answer at ${new URL(slack.apiUrl ?? 'https://slack.com/api/').host} (${slackCode(error)})`,
          'Check the network between here and there, a proxy, and SLACK_API_URL if it is set.',
        ),
        ...(await checkApprovers(undefined, settings.approval)),
      ];
  }
  if (slack.delivery?.mode === 'socket') {
    try {
      await new WebClient(slack.delivery.appToken, options).apps.connections.open({});
      findings.push(good('Socket Mode is on'));
    } catch (error) {
      findings.push(
        tooMany(error, 'Socket Mode') ??
          bad(
            `Socket Mode cannot be opened (${slackCode(error)})`,
            'Switch Socket Mode on and give SLACK_APP_TOKEN the scope connections:write.',
          ),
      );
    }
  }
  findings.push(...(await checkApprovers(known, settings.approval)));
  if (known) findings.push(...(await checkRequesters(known, settings)));
  return findings;
}
