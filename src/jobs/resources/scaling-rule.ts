import { ROLES, resourceName } from '../../cluster/names.ts';
import { resource } from '../resource.ts';
import type { Found, Observing } from '../resource.ts';
import { NotOurs, RENAME_OR_REMOVE, unlessTaken } from './not-ours.ts';
import { roleOf } from './server-group.ts';
import { listTags, partOf } from './tagged.ts';

export interface SeenRule {
  readonly scalingRuleId: string;
  readonly scalingGroupId: string;
  readonly type: string;
  readonly metric: string | undefined;
  /** Percent. */
  readonly target: number | undefined;
  /** Seconds. */
  readonly warmup: number | undefined;
  /** Nodes that it has added never leave. */
  readonly disableScaleIn: boolean;
}

const TYPE = 'TargetTrackingScalingRule';
/** Measured outside the guest, so that it works with any image (CpuUtilizationAgent needs an agent inside). */
const METRIC = 'CpuUtilization';
/** Seconds that a new node gets before its CPU counts: from launch to serving takes two to five minutes. */
const WARMUP_SECONDS = 300;

/** Keeps the average CPU of a group near a target. It has no tags: it belongs to the cluster as its group does. */
export const scalingRule = resource<SeenRule>({
  kind: 'scaling-rule',
  actions: [
    'ess:CreateScalingRule',
    'ess:DescribeScalingRules',
    'ess:DescribeScalingGroups',
    'ess:ModifyScalingRule',
    'ess:DeleteScalingRule',
  ],
  typicalSeconds: 3,
  deadlineSeconds: 300,
  liesIn: 'scaling-group',
  parts(spec) {
    return ROLES.map((role) => ({
      id: `scaling-rule-${role}`,
      needs: [`scaling-group-${role}`],
      title: `Scaling rule ${resourceName(spec.name, `scaling-rule-${role}`)}: average CPU near ${spec[role].cpuPercent} %`,
    }));
  },
  observe,
  ready: () => ({ state: 'ready' }),
  diff(spec, part, seen) {
    const role = roleOf(part);
    const { cpuPercent } = spec[role];
    if (seen.type !== TYPE || seen.metric !== METRIC) {
      const is = `${seen.type}${seen.metric === undefined ? '' : ` on ${seen.metric}`}`;
      return {
        action: 'replace',
        changes: [`the rule of the ${role} group is a ${is}, must be a ${TYPE} on ${METRIC}`],
      };
    }
    const changes: string[] = [];
    if (seen.target !== cpuPercent)
      changes.push(`${role} group: average CPU near ${seen.target ?? 'unset'} % -> ${cpuPercent} %`);
    if (seen.warmup !== undefined && seen.warmup !== WARMUP_SECONDS)
      changes.push(`${role} group: warm-up of new nodes ${seen.warmup} s -> ${WARMUP_SECONDS} s`);
    if (seen.disableScaleIn)
      changes.push(`${role} group: its rule takes no nodes away (scale-in is switched off), must`);
    return changes.length === 0 ? { action: 'none' } : { action: 'update', changes };
  },
  async create(ctx) {
    const { ess } = ctx.region;
    const role = roleOf(ctx.part);
    const name = resourceName(ctx.cluster, ctx.part);
    const { scalingGroupId = '' } = await ctx.output(`scaling-group-${role}`);
    const creating = ess.createTargetTrackingRule({
      name,
      scalingGroupId,
      metric: METRIC,
      target: ctx.spec[role].cpuPercent,
      warmupSeconds: WARMUP_SECONDS,
    });
    return unlessTaken(
      creating.then((scalingRuleId) => ({ scalingRuleId })),
      async () => {
        const [taken] = await ess.listRules({ names: [name] });
        if (taken?.scalingGroupId === scalingGroupId) return undefined;
        if (taken)
          return new NotOurs(`scaling rule ${name} (${taken.scalingRuleId})`, ctx.cluster, RENAME_OR_REMOVE);
        // A group has one rule of a kind for each metric, whatever it is called.
        const rules = await ess.listRules({ scalingGroupId });
        const like = rules.find((one) => one.name !== name && one.type === TYPE && one.metric === METRIC);
        if (!like) return undefined;
        return new NotOurs(
          `scaling rule ${like.name} (${like.scalingRuleId}) of group ${scalingGroupId}`,
          ctx.cluster,
          'A group takes one rule for its CPU: remove that one in the Auto Scaling console if nobody needs it, then press Retry.',
        );
      },
    );
  },
  async update(ctx, { part, seen }) {
    await ctx.region.ess.modifyRule(seen.scalingRuleId, {
      target: ctx.spec[roleOf(part)].cpuPercent,
      warmupSeconds: WARMUP_SECONDS,
      disableScaleIn: false,
    });
    return 'settled';
  },
  async remove(ctx, { seen }) {
    await ctx.region.ess.deleteRule(seen.scalingRuleId);
    return 'gone';
  },
  output({ seen }) {
    return { scalingRuleId: seen.scalingRuleId };
  },
});

async function observe(look: Observing): Promise<readonly Found<SeenRule>[]> {
  const { ess } = look.region;
  const groups = (await ess.listGroups({ tags: listTags(look) })).flatMap((group) => {
    const groupPart = partOf(group.tags, look.cluster, 'scaling-group');
    if (groupPart === undefined) return [];
    const part = `scaling-rule-${roleOf(groupPart)}`;
    const isAsked = look.part === undefined || look.part === part;
    return isAsked ? [{ part, name: resourceName(look.cluster, part), id: group.scalingGroupId }] : [];
  });
  if (groups.length === 0) return [];
  // Names are unique in a region.
  const rules = await ess.listRules({ names: [...new Set(groups.map((one) => one.name))] });
  return rules.flatMap((rule): Found<SeenRule>[] => {
    const { scalingRuleId, scalingGroupId, type, metric, target, warmupSeconds, disableScaleIn } = rule;
    const group = groups.find((one) => one.name === rule.name && one.id === scalingGroupId);
    if (!group) return [];
    const seen = {
      scalingRuleId,
      scalingGroupId,
      type,
      metric,
      target,
      warmup: warmupSeconds,
      disableScaleIn,
    };
    return [{ part: group.part, id: scalingRuleId, ours: true, seen }];
  });
}
