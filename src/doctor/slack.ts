import { ErrorCode, LogLevel, WebClient } from '@slack/web-api';
import type { SlackConfig } from '../config.ts';
import type { Settings } from '../cluster/settings.ts';
import { bad, good, warning } from './check.ts';
import type { Finding } from './check.ts';

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

/** Slack: tokens, scopes, Socket Mode, and the approvers that the settings name. */
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
  try {
    const me = await client.auth.test();
    findings.push(
      good(`Slack knows the bot: ${String(me.user ?? 'bot')} in ${String(me.team ?? 'the workspace')}`),
    );
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
    if (later) return [later];
    if (!isAnswer(error)) {
      return [
        bad(
          `Slack does not answer at ${new URL(slack.apiUrl ?? 'https://slack.com/api/').host} (${slackCode(error)})`,
          'Check the network between here and there, a proxy, and SLACK_API_URL if it is set.',
        ),
      ];
    }
    return [
      bad(
        `Slack refuses SLACK_BOT_TOKEN (${slackCode(error)})`,
        'Copy the Bot User OAuth Token from "OAuth & Permissions".',
      ),
    ];
  }
  if (slack.appToken !== undefined) {
    try {
      await new WebClient(slack.appToken, options).apps.connections.open({});
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
  findings.push(...(await checkApprovers(client, settings)));
  return findings;
}

async function checkApprovers(client: WebClient, settings: Settings): Promise<readonly Finding[]> {
  const { approvers, quorum } = settings.approval;
  if (approvers.length === 0) {
    return [
      bad(
        'Nobody may approve: every plan would expire',
        'Name Slack users (U…) or user groups (S…) under approval.approvers in ams.yaml.',
      ),
    ];
  }
  const findings: Finding[] = [];
  for (const group of approvers.filter((id) => id.startsWith('S'))) {
    try {
      const { users } = await client.usergroups.users.list({ usergroup: group });
      findings.push(good(`Approver group ${group} has ${users?.length ?? 0} members`));
    } catch (error) {
      findings.push(
        tooMany(error, `Approver group ${group}`) ??
          bad(
            `Approver group ${group} cannot be read (${slackCode(error)})`,
            'Check the id, and the scope usergroups:read.',
          ),
      );
    }
  }
  const people = approvers.filter((id) => !id.startsWith('S')).length;
  if (people > 0)
    findings.push(good(`${people} approver${people === 1 ? '' : 's'} named, ${quorum} needed for a plan`));
  return findings;
}

/** HTTP 429 says nothing about the configuration. */
function tooMany(error: unknown, what: string): Finding | undefined {
  if (!(error instanceof Error && 'code' in error && error.code === ErrorCode.RateLimitedError))
    return undefined;
  const seconds = 'retryAfter' in error ? Number(error.retryAfter) : 60;
  return warning(
    `${what} could not be looked at: Slack has had too many calls of this app`,
    `Run the doctor again in ${seconds} s.`,
  );
}

/** Whether Slack said no, rather than nothing. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === ErrorCode.PlatformError;
}

function slackCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return 'no answer';
  if (error.code !== ErrorCode.PlatformError || !('data' in error)) return String(error.code);
  return String((error.data as { error?: string }).error ?? error.code);
}
