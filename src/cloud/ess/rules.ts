import { readAll } from './list.ts';
import type { Line } from '../calling/line.ts';
import { gone, idIn } from '../calling/outcome.ts';

export interface ScalingRule {
  readonly scalingRuleId: string;
  readonly ari: string | undefined;
  readonly name: string;
  readonly scalingGroupId: string;
  /** `TargetTrackingScalingRule`, `SimpleScalingRule`, … */
  readonly type: string;
  readonly metric: string | undefined;
  readonly target: number | undefined;
  readonly disableScaleIn: boolean;
  readonly warmupSeconds: number | undefined;
  /** Alarm tasks that the rule made for itself. */
  readonly alarmCount: number;
}

/** The parts of a target-tracking rule that may change. */
export interface TrackingWish {
  /** `CpuUtilization` is measured outside the guest and works with any image. */
  readonly metric?: string | undefined;
  /** Above 0, three decimals at most. */
  readonly target?: number | undefined;
  readonly disableScaleIn?: boolean | undefined;
  /** 0 to 86400. */
  readonly warmupSeconds?: number | undefined;
}

export interface ScalingRules {
  listRules(input: {
    readonly scalingGroupId?: string | undefined;
    readonly names?: readonly string[] | undefined;
  }): Promise<readonly ScalingRule[]>;
  /** One per metric and group; names are unique in the region. @returns its id (CreateScalingRule; no token) */
  createTargetTrackingRule(
    input: TrackingWish & {
      readonly scalingGroupId: string;
      readonly name: string;
      readonly metric: string;
      readonly target: number;
    },
  ): Promise<string>;
  modifyRule(scalingRuleId: string, wish: TrackingWish): Promise<void>;
  /** Gone already is success (DeleteScalingRule). */
  deleteRule(scalingRuleId: string): Promise<void>;
}

export function createScalingRules(line: Line<'ess'>): ScalingRules {
  const RegionId = line.regionId;
  return {
    async listRules({ scalingGroupId, names }) {
      const all = await readAll(line, 'DescribeScalingRules', 'ScalingRules', {
        ScalingGroupId: scalingGroupId,
        ScalingRuleNames: names,
      });
      return all.map((one) => ({
        scalingRuleId: one.text('ScalingRuleId') ?? '',
        ari: one.text('ScalingRuleAri'),
        name: one.text('ScalingRuleName') ?? '',
        scalingGroupId: one.text('ScalingGroupId') ?? '',
        type: one.text('ScalingRuleType') ?? '',
        metric: one.text('MetricName'),
        target: one.number('TargetValue'),
        disableScaleIn: one.boolean('DisableScaleIn') ?? false,
        warmupSeconds: one.number('EstimatedInstanceWarmup'),
        alarmCount: one.objects('Alarms').length,
      }));
    },
    async createTargetTrackingRule(input) {
      const answer = await line.callByForm('CreateScalingRule', {
        RegionId,
        ScalingGroupId: input.scalingGroupId,
        ScalingRuleName: input.name,
        ScalingRuleType: 'TargetTrackingScalingRule',
        ...wireOf(input),
      });
      return idIn(answer['ScalingRuleId'] as string | undefined, 'ess', 'CreateScalingRule');
    },
    async modifyRule(ScalingRuleId, wish) {
      await line.callByForm('ModifyScalingRule', { ScalingRuleId, ...wireOf(wish) });
    },
    deleteRule: (ScalingRuleId) => gone(line.callByForm('DeleteScalingRule', { RegionId, ScalingRuleId })),
  };
}

function wireOf(wish: TrackingWish) {
  return {
    MetricName: wish.metric,
    TargetValue: wish.target,
    DisableScaleIn: wish.disableScaleIn,
    EstimatedInstanceWarmup: wish.warmupSeconds,
  };
}
