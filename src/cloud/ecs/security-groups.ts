import type { Line } from '../calling/line.ts';
import { CloudError } from '../errors.ts';
import { gone, idIn, orNothing } from '../calling/outcome.ts';
import { byToken, inRuns } from '../calling/paging.ts';
import { fromTagList, toTagList } from '../calling/tags.ts';
import type { Tags } from '../calling/tags.ts';

export interface SecurityGroup {
  readonly securityGroupId: string;
  readonly name: string | undefined;
  readonly vpcId: string;
  /** `normal`, `enterprise`. */
  readonly type: string | undefined;
  /** Made and kept by another product (ALB): not ours to touch. */
  readonly serviceManaged: boolean;
  readonly createdAt: string | undefined;
  readonly tags: Tags;
}

/** A rule of a group, in the API's words. */
export interface SecurityRule {
  /** `TCP`, `UDP`, `ICMP`, `ALL`; upper case in answers. */
  readonly protocol: string;
  /** `5080/5080`, `50000/60000`; `-1/-1` where ports mean nothing. */
  readonly portRange: string;
  /** Who may come in, or where one may go: a block, the members of a group, or the blocks of a prefix list. */
  readonly cidr?: string | undefined;
  readonly groupId?: string | undefined;
  readonly prefixListId?: string | undefined;
  readonly policy: 'accept' | 'drop';
  readonly ruleId?: string | undefined;
  readonly description?: string | undefined;
  /** Of an outgoing rule; an incoming one has none. */
  readonly direction?: 'egress' | undefined;
}

export interface SecurityGroupDetail {
  readonly securityGroupId: string;
  readonly vpcId: string | undefined;
  /** `Accept`, or `Drop` when members cannot reach each other. */
  readonly innerAccessPolicy: string | undefined;
  readonly ingress: readonly SecurityRule[];
  /** Without any everything may go out. */
  readonly egress: readonly SecurityRule[];
}

export interface SecurityGroups {
  listSecurityGroups(input: {
    readonly tags?: Tags | undefined;
    readonly ids?: readonly string[] | undefined;
    readonly vpcId?: string | undefined;
  }): Promise<readonly SecurityGroup[]>;
  /** A group with its rules, or nothing (DescribeSecurityGroupAttribute). */
  securityGroup(securityGroupId: string): Promise<SecurityGroupDetail | undefined>;
  /** @returns the id (CreateSecurityGroup, type normal) */
  createSecurityGroup(input: {
    readonly name: string;
    readonly description?: string | undefined;
    readonly vpcId: string;
    readonly tags: Tags;
    readonly token: string;
  }): Promise<string>;
  /** Adds incoming rules; one that is there already is success (AuthorizeSecurityGroup). */
  authorizeIngress(securityGroupId: string, rules: readonly SecurityRule[], token?: string): Promise<void>;
  /**
   * Takes incoming rules away, by their ids where they have one, else by what they say; one that is not there is
   * success (RevokeSecurityGroup).
   */
  revokeIngress(securityGroupId: string, rules: readonly SecurityRule[], token?: string): Promise<void>;
  /** The same with outgoing rules (RevokeSecurityGroupEgress). */
  revokeEgress(securityGroupId: string, rules: readonly SecurityRule[], token?: string): Promise<void>;
  /** Whether members reach each other (ModifySecurityGroupPolicy). */
  setInnerAccess(securityGroupId: string, policy: 'Accept' | 'Drop'): Promise<void>;
  /** Which groups have rules that name these (DescribeSecurityGroupReferences). */
  securityGroupReferences(
    securityGroupIds: readonly string[],
  ): Promise<readonly { readonly securityGroupId: string; readonly referencedBy: readonly string[] }[]>;
  /** Gone already is success; `in-use` while interfaces or rules of other groups hold it (DeleteSecurityGroup). */
  deleteSecurityGroup(securityGroupId: string): Promise<void>;
}

/** Rules that one call takes. */
const RULES_A_CALL = 100;

/** RevokeSecurityGroup with the id of a rule that is gone: none of those named is revoked. */
const RULE_GONE = 'InvalidParam.SecurityGroupRuleId';

export function createSecurityGroups(line: Line<'ecs'>): SecurityGroups {
  const { regionId } = line;
  return {
    listSecurityGroups: async ({ tags, ids, vpcId }) => {
      const all = await byToken(async (nextToken) => {
        const answer = await line.call('DescribeSecurityGroups', {
          regionId,
          vpcId,
          securityGroupIds: ids && JSON.stringify(ids),
          tag: toTagList(tags),
          maxResults: 100,
          nextToken,
        });
        return { items: answer.securityGroups?.securityGroup ?? [], nextToken: answer.nextToken };
      });
      return all.map((one) => ({
        securityGroupId: one.securityGroupId ?? '',
        name: one.securityGroupName,
        vpcId: one.vpcId ?? '',
        type: one.securityGroupType,
        serviceManaged: one.serviceManaged ?? false,
        createdAt: one.creationTime,
        tags: fromTagList(one.tags?.tag),
      }));
    },
    async securityGroup(securityGroupId) {
      let head: { readonly vpcId: string | undefined; readonly inner: string | undefined } | undefined;
      const rules = await orNothing(
        byToken(async (nextToken) => {
          const answer = await line.call('DescribeSecurityGroupAttribute', {
            regionId,
            securityGroupId,
            direction: 'all',
            maxResults: 500,
            nextToken,
          });
          head ??= { vpcId: answer.vpcId, inner: answer.innerAccessPolicy };
          return { items: answer.permissions?.permission ?? [], nextToken: answer.nextToken };
        }),
      );
      if (!rules) return undefined;
      const all = rules.map((rule): SecurityRule => {
        const isOut = rule.direction?.toLowerCase() === 'egress';
        return {
          protocol: rule.ipProtocol ?? '',
          portRange: rule.portRange ?? '',
          cidr: (isOut
            ? [rule.destCidrIp, rule.ipv6DestCidrIp]
            : [rule.sourceCidrIp, rule.ipv6SourceCidrIp]
          ).find(isWritten),
          groupId: [isOut ? rule.destGroupId : rule.sourceGroupId].find(isWritten),
          prefixListId: [isOut ? rule.destPrefixListId : rule.sourcePrefixListId].find(isWritten),
          policy: rule.policy?.toLowerCase() === 'drop' ? 'drop' : 'accept',
          ruleId: [rule.securityGroupRuleId].find(isWritten),
          description: rule.description,
          direction: isOut ? 'egress' : undefined,
        };
      });
      return {
        securityGroupId,
        vpcId: head?.vpcId,
        innerAccessPolicy: head?.inner,
        ingress: all.filter((rule) => rule.direction === undefined),
        egress: all.filter((rule) => rule.direction === 'egress'),
      };
    },
    async createSecurityGroup({ name, description, vpcId, tags, token }) {
      const answer = await line.call('CreateSecurityGroup', {
        regionId,
        securityGroupName: name,
        description,
        vpcId,
        tag: toTagList(tags),
        clientToken: token,
      });
      return idIn(answer.securityGroupId, 'ecs', 'CreateSecurityGroup');
    },
    async authorizeIngress(securityGroupId, rules, token) {
      for (const [index, run] of inRuns(rules, RULES_A_CALL).entries()) {
        await line.call('AuthorizeSecurityGroup', {
          regionId,
          securityGroupId,
          permissions: run.map(permissionOf),
          clientToken: runToken(token, index),
        });
      }
    },
    revokeIngress: (securityGroupId, rules, token) =>
      revokeAll(rules, permissionOf, (which, index) => {
        const clientToken = runToken(token, index);
        return line.call('RevokeSecurityGroup', { regionId, securityGroupId, ...which, clientToken });
      }),
    revokeEgress: (securityGroupId, rules, token) =>
      revokeAll(rules, outPermissionOf, (which, index) => {
        const clientToken = runToken(token, index);
        return line.call('RevokeSecurityGroupEgress', { regionId, securityGroupId, ...which, clientToken });
      }),
    async setInnerAccess(securityGroupId, policy) {
      await line.call('ModifySecurityGroupPolicy', { regionId, securityGroupId, innerAccessPolicy: policy });
    },
    async securityGroupReferences(securityGroupIds) {
      const answers = await Promise.all(
        inRuns(securityGroupIds, 10).map((ids) =>
          line.call('DescribeSecurityGroupReferences', { regionId, securityGroupId: [...ids] }),
        ),
      );
      return answers
        .flatMap((answer) => answer.securityGroupReferences?.securityGroupReference ?? [])
        .map((one) => ({
          securityGroupId: one.securityGroupId ?? '',
          referencedBy: (one.referencingSecurityGroups?.referencingSecurityGroup ?? []).flatMap((by) =>
            by.securityGroupId === undefined ? [] : [by.securityGroupId],
          ),
        }));
    },
    deleteSecurityGroup: (securityGroupId) =>
      gone(line.call('DeleteSecurityGroup', { regionId, securityGroupId })),
  };
}

/** @param revoke one call, with how many were made before it */
async function revokeAll<Permission>(
  rules: readonly SecurityRule[],
  toPermission: (rule: SecurityRule) => Permission,
  revoke: (
    which: { securityGroupRuleId: string[] } | { permissions: Permission[] },
    index: number,
  ) => Promise<unknown>,
): Promise<void> {
  let calls = 0;
  const named = rules.filter((rule) => rule.ruleId !== undefined);
  for (const run of inRuns(named, RULES_A_CALL)) {
    try {
      await revoke({ securityGroupRuleId: run.flatMap((rule) => rule.ruleId ?? []) }, calls++);
    } catch (error) {
      if (!(error instanceof CloudError) || error.alibabaCode !== RULE_GONE) throw error;
      await revoke({ permissions: run.map(toPermission) }, calls++);
    }
  }
  const nameless = rules.filter((rule) => rule.ruleId === undefined);
  for (const run of inRuns(nameless, RULES_A_CALL))
    await revoke({ permissions: run.map(toPermission) }, calls++);
}

function permissionOf(rule: SecurityRule) {
  const isIpv6 = rule.cidr?.includes(':') ?? false;
  return {
    ipProtocol: rule.protocol,
    portRange: rule.portRange,
    policy: rule.policy,
    sourceCidrIp: isIpv6 ? undefined : rule.cidr,
    ipv6SourceCidrIp: isIpv6 ? rule.cidr : undefined,
    sourceGroupId: rule.groupId,
    sourcePrefixListId: rule.prefixListId,
    description: rule.description,
  };
}

function outPermissionOf(rule: SecurityRule) {
  const isIpv6 = rule.cidr?.includes(':') ?? false;
  return {
    ipProtocol: rule.protocol,
    portRange: rule.portRange,
    policy: rule.policy,
    destCidrIp: isIpv6 ? undefined : rule.cidr,
    ipv6DestCidrIp: isIpv6 ? rule.cidr : undefined,
    destGroupId: rule.groupId,
    destPrefixListId: rule.prefixListId,
    description: rule.description,
  };
}

/** Each call needs a token of its own: the same one with other rules would be refused. */
function runToken(token: string | undefined, index: number): string | undefined {
  return token === undefined || index === 0 ? token : `${token.slice(0, 60)}-${index}`;
}

function isWritten(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}
