/** Scaling rules (2022-02-22). */
import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { isVisible } from '../listed.ts';
import { checkAdjustment } from './adjustment.ts';
import {
  among,
  checkName,
  essOf,
  groupInState,
  newId,
  oneOf,
  pageOf,
  type Pages,
  ruleById,
  within,
} from './lookup.ts';
import { scale } from './scaling.ts';
import type { ScalingRule } from './state.ts';

type Settings = Readonly<Record<string, unknown>>;

const TYPES = ['SimpleScalingRule', 'TargetTrackingScalingRule', 'StepScalingRule', 'PredictiveScalingRule'];
const METRICS = [
  'CpuUtilization',
  'CpuUtilizationAgent',
  'MemoryUtilization',
  'IntranetTx',
  'IntranetRx',
  'VpcInternetTx',
  'VpcInternetRx',
  'LoadBalancerRealServerAverageQps',
];

export function createScalingRule(call: Call, cloud: Cloud): unknown {
  const {
    ScalingGroupId,
    ScalingRuleName,
    ScalingRuleType,
    ClientToken: _token,
    ...settings
  } = call.params as unknown as Settings & {
    readonly ScalingGroupId: string;
    readonly ScalingRuleName?: string;
    readonly ScalingRuleType?: string;
  };
  const group = groupInState(cloud, call, ScalingGroupId);
  const state = essOf(cloud);
  const type = ScalingRuleType ?? 'SimpleScalingRule';
  const id = newId('asr');
  const name = ScalingRuleName ?? id;
  oneOf('ScalingRuleType', type, TYPES);
  checkName('ScalingRuleName', ScalingRuleName);
  const namesakes = state.rules.bearing(name);
  if (namesakes.some((rule) => rule.regionId === group.regionId && rule.name === name)) {
    throw new ApiError(
      'InvalidScalingRuleName.Duplicate',
      400,
      `The scaling rule name ${name} exists already.`,
    );
  }
  checkSettings(type, settings);
  const sameMetric = state.rules
    .bearing(group.id)
    .some(
      (rule) =>
        rule.type === 'TargetTrackingScalingRule' && rule.settings['MetricName'] === settings['MetricName'],
    );
  if (type === 'TargetTrackingScalingRule' && sameMetric) {
    // The code is spelt so by the service.
    throw new ApiError(
      'TargetTrackingScalingRule.DumplicateMetric',
      400,
      `The group ${group.id} has a target tracking rule for this metric already.`,
    );
  }
  const rule: ScalingRule = {
    id,
    ari: `ari:acs:ess:${group.regionId}:${call.accountId}:scalingrule/${id}`,
    regionId: group.regionId,
    groupId: group.id,
    name,
    type,
    settings,
    visibleAt: cloud.visibleAt(0),
  };
  state.rules.set(id, rule);
  return { ScalingRuleId: id, ScalingRuleAri: rule.ari };
}

export function modifyScalingRule(call: Call, cloud: Cloud): unknown {
  const { ScalingRuleId, ScalingRuleName, ...changes } = call.params as unknown as Settings & {
    readonly ScalingRuleId: string;
    readonly ScalingRuleName?: string;
  };
  const rule = ruleById(cloud, call, ScalingRuleId);
  checkName('ScalingRuleName', ScalingRuleName);
  const settings = { ...rule.settings, ...changes };
  checkSettings(rule.type, settings);
  rule.settings = settings;
  rule.name = ScalingRuleName ?? rule.name;
  essOf(cloud).rules.remark(rule.id);
  return {};
}

export function deleteScalingRule(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as { readonly ScalingRuleId: string };
  essOf(cloud).rules.delete(ruleById(cloud, call, input.ScalingRuleId).id);
  return {};
}

export function describeScalingRules(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Pages & {
    readonly ScalingGroupId?: string;
    readonly ScalingRuleIds?: readonly string[];
    readonly ScalingRuleNames?: readonly string[];
    readonly ScalingRuleAris?: readonly string[];
    readonly ScalingRuleType?: string;
  };
  const matching = essOf(cloud)
    .rules.narrowed(input.ScalingGroupId, input.ScalingRuleIds, input.ScalingRuleAris)
    .filter(
      (rule) =>
        rule.regionId === call.regionId &&
        (input.ScalingGroupId === undefined || rule.groupId === input.ScalingGroupId) &&
        ((input.ScalingRuleIds ?? []).length > 0 || isVisible(rule)) &&
        among(input.ScalingRuleIds, rule.id) &&
        among(input.ScalingRuleNames, rule.name) &&
        among(input.ScalingRuleAris, rule.ari) &&
        (input.ScalingRuleType === undefined || rule.type === input.ScalingRuleType),
    );
  const { entries, answer } = pageOf(matching, input);
  return { ScalingRules: entries.map(view), ...answer };
}

export function executeScalingRule(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as { readonly ScalingRuleAri: string };
  const rule = essOf(cloud).rules.bearing(input.ScalingRuleAri)[0];
  if (rule === undefined) {
    throw new ApiError(
      'InvalidScalingRuleAri.NotFound',
      404,
      `The rule ${input.ScalingRuleAri} does not exist.`,
    );
  }
  if (rule.type !== 'SimpleScalingRule') {
    throw new ApiError(
      'ScalingRule.InvalidScalingRuleType',
      400,
      `A rule of type ${rule.type} cannot be executed by hand.`,
    );
  }
  return scale(call, cloud, rule.groupId, {
    type: String(rule.settings['AdjustmentType']),
    value: Number(rule.settings['AdjustmentValue']),
    minMagnitude: Number(rule.settings['MinAdjustmentMagnitude'] ?? 0),
    sync: false,
    reason: {
      cause: `A user executes the scaling rule "${rule.name}".`,
      trigger: 'APIs',
      triggerId: rule.id,
    },
  });
}

function checkSettings(type: string, settings: Settings): void {
  if (type === 'SimpleScalingRule') {
    if (settings['AdjustmentValue'] === undefined) {
      throw new ApiError('MissingParameter', 400, 'AdjustmentValue is required for a simple rule.');
    }
    checkAdjustment(String(settings['AdjustmentType'] ?? ''), Number(settings['AdjustmentValue']));
  }
  if (type === 'TargetTrackingScalingRule') {
    const metric = String(settings['MetricName'] ?? '');
    if (!METRICS.includes(metric)) {
      throw new ApiError(
        'TargetTrackingScalingRule.UnsupportedMetric',
        400,
        `The metric ${metric} is not supported.`,
      );
    }
    const value = Number(settings['TargetValue']);
    if (!(value > 0) || Number(value.toFixed(3)) !== value) {
      throw new ApiError(
        'InvalidParameter',
        400,
        `TargetValue must be above 0, with at most 3 decimals, not ${value}.`,
      );
    }
  }
  if (settings['EstimatedInstanceWarmup'] !== undefined) {
    within('EstimatedInstanceWarmup', Number(settings['EstimatedInstanceWarmup']), 0, 86_400);
  }
  if (settings['Cooldown'] !== undefined) within('Cooldown', Number(settings['Cooldown']), 0, 86_400);
}

/** A target tracking rule shows the two alarms it made for itself. */
function view(rule: ScalingRule): Record<string, unknown> {
  const { AlarmOptions: _options, RegionId: _region, ...settings } = rule.settings;
  const alarm = (side: string, operator: string, count: unknown) => ({
    AlarmTaskId: `asg-${rule.id}_${side}`,
    AlarmTaskName: `TargetTracking-${rule.groupId}-${side}`,
    MetricName: settings['MetricName'],
    MetricType: 'system',
    ComparisonOperator: operator,
    EvaluationCount: count,
    Statistics: 'Average',
    Period: 60,
    Threshold: settings['TargetValue'],
  });
  const isTracking = rule.type === 'TargetTrackingScalingRule';
  const up = settings['ScaleOutEvaluationCount'] ?? 3;
  const down = settings['ScaleInEvaluationCount'] ?? 15;
  return {
    ScalingRuleId: rule.id,
    ScalingRuleAri: rule.ari,
    ScalingRuleName: rule.name,
    ScalingRuleType: rule.type,
    ScalingGroupId: rule.groupId,
    ...(isTracking
      ? {
          DisableScaleIn: false,
          EstimatedInstanceWarmup: 300,
          ScaleOutEvaluationCount: up,
          ScaleInEvaluationCount: down,
          Alarms: [alarm('AlarmHigh', '>', up), alarm('AlarmLow', '<', down)],
        }
      : { Alarms: [] }),
    ...settings,
  };
}
