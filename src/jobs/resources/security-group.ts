import { CloudError } from '../../cloud/errors.ts';
import { resourceName } from '../../cluster/names.ts';
import { resource } from '../resource.ts';
import type { Found, Observing } from '../resource.ts';
import { isOutgoing, referencingRules, repairOf, repairWords } from './security-rules.ts';
import type { SeenGroup } from './security-rules.ts';
import { listTags, oldestFirst, ours, partOf, tagsFor } from './tagged.ts';

const NODES = 'security-group-nodes';
const DATABASE = 'security-group-database';

/** Under this key a step remembers the group that it has made. */
const MADE = 'groupId';
/** And under this one that the removal of its group was refused before. */
const REFUSED = 'refused';

/** The two firewalls: of the nodes, and of an own database. Their rules are part of them. */
export const securityGroup = resource<SeenGroup>({
  kind: 'security-group',
  actions: [
    'ecs:CreateSecurityGroup',
    'ecs:DescribeSecurityGroups',
    'ecs:DescribeSecurityGroupAttribute',
    'ecs:AuthorizeSecurityGroup',
    'ecs:RevokeSecurityGroup',
    'ecs:RevokeSecurityGroupEgress',
    'ecs:ModifySecurityGroupPolicy',
    'ecs:DeleteSecurityGroup',
    'ecs:TagResources',
  ],
  typicalSeconds: 4,
  deadlineSeconds: 900,
  heldSeconds: 4,
  removeAfter: ['scaling-group', 'database'],
  liesIn: 'vpc',
  removeLast: [NODES],
  holds: ['security-group'],
  parts(spec) {
    const nodes = {
      id: NODES,
      needs: ['vpc'],
      title: `Security group ${resourceName(spec.name, NODES)}: 5080 from the load balancer and between nodes, 5000 and 1935 between nodes, UDP 50000-60000 from anywhere`,
    };
    if (spec.database.source !== 'instance') return [nodes];
    return [
      nodes,
      {
        id: DATABASE,
        needs: ['vpc', NODES],
        title: `Security group ${resourceName(spec.name, DATABASE)}: 27017 from the nodes, SSH from ${spec.database.sshFrom}`,
      },
    ];
  },
  observe,
  ready: () => ({ state: 'ready' }),
  diff(spec, part, seen) {
    const words = repairWords(repairOf(spec, part, seen), seen);
    return words.length === 0 ? { action: 'none' } : { action: 'update', changes: words };
  },
  async create(ctx) {
    const { vpcId } = await ctx.output('vpc');
    if (vpcId === undefined) throw new Error('the VPC has no id');
    // Not every operation that makes this one makes that of the nodes.
    const nodes = ctx.part === NODES ? {} : await ctx.output(NODES);
    const made = await ctx.region.ecs.createSecurityGroup({
      name: resourceName(ctx.cluster, ctx.part),
      description: `Ant Media Server cluster ${ctx.cluster}, made by ams-chatops`,
      vpcId,
      tags: tagsFor(ctx),
      token: ctx.token,
    });
    await ctx.remember({ [MADE]: made, vpcId, [NODES]: nodes['securityGroupId'] ?? made });
  },
  /** A new group has no rules. */
  made(ctx) {
    const { [MADE]: securityGroupId, [NODES]: nodesGroupId } = ctx.memory;
    if (typeof securityGroupId !== 'string' || typeof nodesGroupId !== 'string') return undefined;
    return ours(ctx.part, securityGroupId, tagsFor(ctx), {
      securityGroupId,
      vpcId: String(ctx.memory['vpcId']),
      innerAccess: undefined,
      rules: [],
      nodesGroupId,
    });
  },
  async update(ctx, { part, seen }) {
    const { ecs } = ctx.region;
    const repair = repairOf(ctx.spec, part, seen);
    // Close before opening: what is too much is the danger.
    if (repair.extra.length > 0) return ecs.revokeIngress(seen.securityGroupId, repair.extra);
    if (repair.extraOut.length > 0) return ecs.revokeEgress(seen.securityGroupId, repair.extraOut);
    if (repair.missing.length > 0) await ecs.authorizeIngress(seen.securityGroupId, repair.missing);
    else if (repair.opensInner) await ecs.setInnerAccess(seen.securityGroupId, 'Accept');
    return repair.missing.length > 0 && repair.opensInner ? undefined : 'settled';
  },
  async remove(ctx, { seen }) {
    const { ecs } = ctx.region;
    try {
      await ecs.deleteSecurityGroup(seen.securityGroupId);
      return 'gone';
    } catch (error) {
      if (!(error instanceof CloudError) || error.errorClass !== 'in-use') throw error;
      // Once is no wonder: a node's network interface goes a little later than the node.
      if (ctx.memory[REFUSED] !== 1) {
        await ctx.remember({ [REFUSED]: 1 });
        throw error;
      }
      // Groups that name each other hold each other: this one lets go.
      const { ingress, egress } = (await ecs.securityGroup(seen.securityGroupId)) ?? UNREAD;
      const references = referencingRules({ ...seen, rules: [...ingress, ...egress] });
      if (references.length === 0) throw error;
      const outgoing = references.filter(isOutgoing);
      if (outgoing.length > 0) await ecs.revokeEgress(seen.securityGroupId, outgoing);
      else await ecs.revokeIngress(seen.securityGroupId, references);
      return undefined;
    }
  },
  output({ seen }) {
    return { securityGroupId: seen.securityGroupId };
  },
});

/** Rules that nobody asked for. */
const UNREAD = { innerAccessPolicy: undefined, ingress: [], egress: [] } as const;

async function observe(look: Observing): Promise<readonly Found<SeenGroup>[]> {
  const { ecs } = look.region;
  const tagged = oldestFirst(await ecs.listSecurityGroups({ tags: listTags(look) })).flatMap((group) => {
    const part = partOf(group.tags, look.cluster, 'security-group');
    return part === undefined ? [] : [{ part, group }];
  });
  // One that this operation has made may not be listed yet.
  const nodesGroupId =
    look.recorded?.(NODES)?.['securityGroupId'] ??
    tagged.find((one) => one.part === NODES)?.group.securityGroupId;
  const details = await Promise.all(
    tagged.map(async ({ part, group }) => {
      const isAsked = look.shallow !== true && (look.part === undefined || look.part === part);
      const detail = isAsked ? await ecs.securityGroup(group.securityGroupId) : UNREAD;
      if (!detail) return undefined;
      return ours(part, group.securityGroupId, group.tags, {
        securityGroupId: group.securityGroupId,
        vpcId: group.vpcId,
        innerAccess: detail.innerAccessPolicy,
        rules: [...detail.ingress, ...detail.egress],
        nodesGroupId,
      });
    }),
  );
  return details.filter((one) => one !== undefined);
}
