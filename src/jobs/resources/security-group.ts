import { clusterTags, resourceName } from '../../cluster/names.ts';
import { resource } from '../resource.ts';
import type { Found, Observing } from '../resource.ts';
import { referencingRules, repairOf, repairWords } from './security-rules.ts';
import type { SeenGroup } from './security-rules.ts';
import { oldestFirst, ours, partOf, tagsFor } from './tagged.ts';

const NODES = 'security-group-nodes';
const DATABASE = 'security-group-database';

/** The two firewalls: of the nodes, and of an own database. Their rules are part of them. */
export const securityGroup = resource<SeenGroup>({
  kind: 'security-group',
  actions: [
    'ecs:CreateSecurityGroup',
    'ecs:DescribeSecurityGroups',
    'ecs:DescribeSecurityGroupAttribute',
    'ecs:AuthorizeSecurityGroup',
    'ecs:RevokeSecurityGroup',
    'ecs:ModifySecurityGroupPolicy',
    'ecs:DeleteSecurityGroup',
    'ecs:TagResources',
  ],
  typicalSeconds: 4,
  deadlineSeconds: 900,
  removeAfter: ['scaling-group', 'database'],
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
    await ctx.region.ecs.createSecurityGroup({
      name: resourceName(ctx.cluster, ctx.part),
      description: `Ant Media Server cluster ${ctx.cluster}, made by ams-chatops`,
      vpcId,
      tags: tagsFor(ctx),
      token: ctx.token,
    });
  },
  async update(ctx, { part, seen }) {
    const { ecs } = ctx.region;
    const repair = repairOf(ctx.spec, part, seen);
    // Close before opening: what is too much is the danger.
    if (repair.extra.length > 0) return ecs.revokeIngress(seen.securityGroupId, repair.extra);
    if (repair.missing.length > 0) return ecs.authorizeIngress(seen.securityGroupId, repair.missing);
    if (repair.opensInner) await ecs.setInnerAccess(seen.securityGroupId, 'Accept');
  },
  async remove(ctx, { seen }) {
    const references = referencingRules(seen);
    if (references.length > 0) return ctx.region.ecs.revokeIngress(seen.securityGroupId, references);
    await ctx.region.ecs.deleteSecurityGroup(seen.securityGroupId);
  },
  output({ seen }) {
    return { securityGroupId: seen.securityGroupId };
  },
});

async function observe(look: Observing): Promise<readonly Found<SeenGroup>[]> {
  const { ecs } = look.region;
  const tagged = oldestFirst(await ecs.listSecurityGroups({ tags: clusterTags(look.cluster) })).flatMap(
    (group) => {
      const part = partOf(group.tags, look.cluster, 'security-group');
      return part === undefined ? [] : [{ part, group }];
    },
  );
  const nodesGroupId = tagged.find((one) => one.part === NODES)?.group.securityGroupId;
  const details = await Promise.all(
    tagged.map(async ({ part, group }) => {
      const detail = await ecs.securityGroup(group.securityGroupId);
      if (!detail) return undefined;
      return ours(part, group.securityGroupId, group.tags, {
        securityGroupId: group.securityGroupId,
        vpcId: group.vpcId,
        innerAccess: detail.innerAccessPolicy,
        rules: detail.ingress,
        nodesGroupId,
      });
    }),
  );
  return details.filter((one) => one !== undefined);
}
