import { AmsError, RefusedError } from '../cluster/errors.ts';
import type { Settings } from '../cluster/settings.ts';
import type { Log } from '../jobs/log.ts';
import { readTrouble } from './outbox/slack-calls.ts';
import { people } from './views/text.ts';

/** Slack does not tell who is in a user group: whoever hangs on it is neither let in nor believed. */
class GroupUnreadable extends AmsError {
  readonly code = 'group_unreadable';

  constructor(group: string, why: string) {
    super(
      `Slack does not tell me who is in <!subteam^${group}> (${why}), so I cannot know whether you may do this.`,
      {
        hint: 'Try again in a minute; if it stays, the bot needs the scope usergroups:read.',
        retryable: true,
      },
    );
  }
}

export interface AccessParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly now: () => number;
  /** Members of a user group (usergroups.users.list). Rejects when Slack does not answer. */
  readonly membersOf: (group: string) => Promise<readonly string[]>;
}

/** So long members of a user group are remembered (usergroups.users.list allows 20 calls a minute). */
const REMEMBERED_MS = 30_000;

type Members = ReadonlySet<string>;

/** Who may use the bot, and who may approve. Looked up when it happens, never from a message. */
export class Access {
  readonly #parts: AccessParts;
  readonly #known = new Map<string, { readonly at: number; readonly members: Members }>();
  /** Reads under way: who comes meanwhile waits for the same answer. */
  readonly #reading = new Map<string, Promise<Members>>();

  constructor(parts: AccessParts) {
    this.#parts = parts;
  }

  /**
   * @param channel undefined in the app's home, which everybody in the workspace has: where channels alone say who may
   *   use the bot, it is for approvers
   * @throws RefusedError when this person or channel may not use the bot, GroupUnreadable when it cannot be known
   */
  async checkMayUse(user: string, channel: string | undefined): Promise<void> {
    const { requesters, channels } = this.#parts.settings.access;
    const { approvers } = this.#parts.settings.approval;
    if (channel !== undefined && channels.length > 0 && !channels.includes(channel)) {
      throw new RefusedError(
        'This channel is not one where I may be used.',
        `Use me in ${placesOf(channels)}.`,
      );
    }
    const isByPerson = requesters.length > 0 || channel !== undefined || channels.length === 0;
    if (isByPerson) return this.checkPerson(user);
    if (await this.#isAmong(user, approvers)) return;
    throw new RefusedError(
      'I may be used in certain channels, and everybody in the workspace has this page, so it shows nothing.',
      `Use me in ${placesOf(channels)}. Whom access.requesters in ams.yaml names, this page is for as well.`,
    );
  }

  /** The same wherever this person is. @throws RefusedError, GroupUnreadable */
  async checkPerson(user: string): Promise<void> {
    const { requesters } = this.#parts.settings.access;
    const { approvers } = this.#parts.settings.approval;
    if (requesters.length === 0 || (await this.#isAmong(user, [...requesters, ...approvers]))) return;
    throw new RefusedError('You are not among those who may use me.', `Ask ${people(requesters)}.`);
  }

  /**
   * People of other workspaces see the buttons in a channel that is shared with theirs (Slack Connect), and may press
   * them: only whom the settings name is meant, never everybody.
   * @throws RefusedError, GroupUnreadable
   */
  async checkOutsider(user: string): Promise<void> {
    const { access, approval } = this.#parts.settings;
    if (await this.#isAmong(user, [...access.requesters, ...approval.approvers])) return;
    throw new RefusedError(
      'I am of another workspace than you, and only those whom I was told of may use me from there.',
      'Ask somebody of this channel who is in my workspace.',
    );
  }

  /**
   * For what is only shown: for a while after people leave a group it may be wrong.
   * @throws GroupUnreadable when it hangs on a group that cannot be read
   */
  isApprover(user: string): Promise<boolean> {
    return this.#isAmong(user, this.#parts.settings.approval.approvers);
  }

  /**
   * For what counts: groups are read anew. What is remembered holds only while Slack is away or asked too often.
   * @throws GroupUnreadable when it hangs on a group that cannot be read
   */
  isApproverNow(user: string): Promise<boolean> {
    const { approvers } = this.#parts.settings.approval;
    return this.#isAmong(user, approvers, (group) => this.#membersNow(group));
  }

  async #isAmong(
    user: string,
    ids: readonly string[],
    membersOf = (group: string) => this.#membersLately(group),
  ): Promise<boolean> {
    if (ids.includes(user)) return true;
    const groups = ids.filter((id) => id.startsWith('S'));
    const answers = await Promise.allSettled(groups.map((group) => membersOf(group)));
    if (answers.some((answer) => answer.status === 'fulfilled' && answer.value.has(user))) return true;
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
    return false;
  }

  async #membersLately(group: string): Promise<Members> {
    return this.#remembered(group) ?? (await this.#read(group));
  }

  async #membersNow(group: string): Promise<Members> {
    try {
      return await this.#read(group);
    } catch (error) {
      const members = this.#remembered(group);
      if (members === undefined) throw error;
      return members;
    }
  }

  #remembered(group: string): Members | undefined {
    const known = this.#known.get(group);
    return known && this.#parts.now() - known.at < REMEMBERED_MS ? known.members : undefined;
  }

  #read(group: string): Promise<Members> {
    const underWay = this.#reading.get(group);
    if (underWay) return underWay;
    const { now, membersOf, log } = this.#parts;
    const at = now();
    const reading = membersOf(group)
      .then(
        (ids) => {
          const members = new Set(ids);
          this.#known.set(group, { at, members });
          return members;
        },
        (error: unknown) => {
          // What Slack refuses to tell, it does not confirm either.
          if (readTrouble(error).kind === 'refused') this.#known.delete(group);
          const why = error instanceof Error ? error.message : 'no answer';
          log.warn({ group, error: why }, 'user group could not be read');
          throw new GroupUnreadable(group, why.replace(/^An API error occurred: /, ''));
        },
      )
      .finally(() => this.#reading.delete(group));
    this.#reading.set(group, reading);
    return reading;
  }
}

function placesOf(channels: readonly string[]): string {
  return channels.map((id) => (id.startsWith('D') ? 'a direct message' : `<#${id}>`)).join(', ');
}
