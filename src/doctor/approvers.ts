import type { WebClient } from '@slack/web-api';
import type { Settings } from '../cluster/settings.ts';
import { bad, good, warning } from './check.ts';
import type { Finding } from './check.ts';
import { slackCode, tooMany } from './slack-trouble.ts';

/** What a user group is named for, and where. */
const APPROVERS = { title: 'Approver group', key: 'approval.approvers' } as const;
const REQUESTERS = { title: 'Requester group', key: 'access.requesters' } as const;

/**
 * Whether enough people may approve: those named and the members of the groups named, each counted once.
 * @param client undefined when Slack does not let us in: groups are not looked at then
 */
export async function checkApprovers(
  client: WebClient | undefined,
  approval: Settings['approval'],
): Promise<readonly Finding[]> {
  const { approvers } = approval;
  if (approvers.length === 0) {
    return [
      bad(
        'Nobody may approve: every plan would expire',
        'Name Slack users (U…) or user groups (S…) under approval.approvers in ams.yaml.',
      ),
    ];
  }
  const findings: Finding[] = [];
  const people = new Set(approvers.filter((id) => !id.startsWith('S')));
  let isWhole = true;
  for (const group of new Set(approvers.filter((id) => id.startsWith('S')))) {
    const members = client && (await membersOf(client, group, APPROVERS, findings));
    if (!members) isWhole = false;
    for (const member of members ?? []) people.add(member);
  }
  return [...findings, ...judge(people.size, isWhole, approval)];
}

/** Whether the groups can be read that may use the bot: one that cannot has all refused who hang on it. */
export async function checkRequesters(
  client: WebClient,
  { access, approval }: Pick<Settings, 'access' | 'approval'>,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const groups = access.requesters.filter((id) => id.startsWith('S') && !approval.approvers.includes(id));
  for (const group of new Set(groups)) await membersOf(client, group, REQUESTERS, findings);
  return findings;
}

/** Members of a group; undefined when Slack does not tell them. */
async function membersOf(
  client: WebClient,
  group: string,
  { title, key }: typeof APPROVERS | typeof REQUESTERS,
  findings: Finding[],
): Promise<readonly string[] | undefined> {
  try {
    const { users = [] } = await client.usergroups.users.list({ usergroup: group });
    findings.push(
      users.length > 0
        ? good(`${title} ${group} has ${users.length} member${users.length === 1 ? '' : 's'}`)
        : warning(
            `${title} ${group} has no members`,
            `Add people to it in Slack, or take it out of ${key} in ams.yaml.`,
          ),
    );
    return users;
  } catch (error) {
    findings.push(
      tooMany(error, `${title} ${group}`) ??
        bad(
          `${title} ${group} cannot be read (${slackCode(error)})`,
          'Check the id, and the scope usergroups:read.',
        ),
    );
    return undefined;
  }
}

/** @param isWhole whether `count` is everybody; of a part only good news can be told */
function judge(
  count: number,
  isWhole: boolean,
  { quorum, selfApproval }: Settings['approval'],
): readonly Finding[] {
  const people = count === 0 ? 'nobody' : count === 1 ? '1 person' : `${count} people`;
  const who = `${people} may approve`;
  // Approvers may use the bot too, and nobody approves their own request unless that is allowed.
  const needed = selfApproval ? quorum : quorum + 1;
  if (count >= needed) return [good(`${isWhole ? '' : 'At least '}${who}, ${quorum} needed for a plan`)];
  if (!isWhole) return [];
  const more = 'Name more people under approval.approvers in ams.yaml';
  if (count < quorum) {
    const lower = count === 0 ? '' : `, or set approval.quorum to ${count} at most`;
    return [
      bad(
        `A plan needs ${quorum} approval${quorum === 1 ? '' : 's'} and ${who}: every plan would expire`,
        `${more}${lower}.`,
      ),
    ];
  }
  const lower = quorum === 1 ? '' : ', lower approval.quorum';
  return [
    warning(
      `${who[0]?.toUpperCase()}${who.slice(1)} and ${quorum} ${quorum === 1 ? 'is' : 'are'} needed, but nobody may approve their own request: what an approver asks for would expire`,
      `${more}${lower}, or allow approval.selfApproval.`,
    ),
  ];
}
