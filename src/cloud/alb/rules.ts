import type { Line } from '../calling/line.ts';
import { gone, idIn } from '../calling/outcome.ts';
import { byToken, inRuns } from '../calling/paging.ts';
import { toTagList } from '../calling/tags.ts';
import type { Tags } from '../calling/tags.ts';

/** A forwarding rule of a listener. */
export interface Rule {
  readonly ruleId: string;
  readonly listenerId: string;
  readonly name: string | undefined;
  readonly priority: number;
  readonly status: string;
}

export interface Rules {
  listRules(input: { readonly listenerIds: readonly string[] }): Promise<readonly Rule[]>;
  /** Forwards paths of a listener to a server group. @returns its id (CreateRule) */
  createRule(input: {
    readonly listenerId: string;
    readonly name: string;
    /** 1 to 10000, unique in the listener. */
    readonly priority: number;
    readonly paths: readonly string[];
    readonly serverGroupId: string;
    readonly tags: Tags;
    readonly token: string;
  }): Promise<string>;
  /** Gone already is success (DeleteRule). */
  deleteRule(ruleId: string, token?: string): Promise<void>;
}

export function createRules(line: Line<'alb'>): Rules {
  return {
    async listRules({ listenerIds }) {
      // With an empty list of ids the API would answer with every rule.
      const pages = await Promise.all(
        inRuns(listenerIds, 20).map((run) =>
          byToken(async (nextToken) => {
            const answer = await line.call('ListRules', {
              listenerIds: [...run],
              maxResults: 100,
              nextToken,
            });
            return { items: answer.rules ?? [], nextToken: answer.nextToken };
          }),
        ),
      );
      return pages.flat().map((one) => ({
        ruleId: one.ruleId ?? '',
        listenerId: one.listenerId ?? '',
        name: one.ruleName,
        priority: one.priority ?? 0,
        status: one.ruleStatus ?? '',
      }));
    },
    async createRule({ listenerId, name, priority, paths, serverGroupId, tags, token }) {
      const answer = await line.call('CreateRule', {
        listenerId,
        ruleName: name,
        priority,
        ruleConditions: [{ type: 'Path', pathConfig: { values: [...paths] } }],
        ruleActions: [
          {
            type: 'ForwardGroup',
            order: 1,
            forwardGroupConfig: { serverGroupTuples: [{ serverGroupId }] },
          },
        ],
        tag: toTagList(tags),
        clientToken: token,
      });
      return idIn(answer.ruleId, 'alb', 'CreateRule');
    },
    deleteRule: (ruleId, token) => gone(line.call('DeleteRule', { ruleId, clientToken: token })),
  };
}
