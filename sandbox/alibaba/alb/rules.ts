import { ApiError } from '../api-error.ts';
import { endDryRun, type Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { tagsAsked } from '../tags.ts';
import { oneOf, within } from './health-check-config.ts';
import { startJob } from './jobs.ts';
import { checkActions } from './listener-input.ts';
import {
  albOf,
  among,
  balancerById,
  freeBalancer,
  hasTags,
  listenerById,
  type Page,
  pageOf,
  ruleById,
} from './lookup.ts';
import { checkName } from './names.ts';
import type { Action, Condition, Listener, Rule, Tag } from './state.ts';
import { isInRegion } from './surroundings.ts';
import { newTags } from './tags.ts';
import { ruleView } from './views.ts';

interface RuleInput {
  readonly ListenerId: string;
  readonly RuleName: string;
  readonly Priority: number;
  readonly Direction?: string;
  readonly RuleConditions: readonly Condition[];
  readonly RuleActions: readonly Action[];
  readonly Tag?: readonly Tag[];
}

const CONDITIONS = ['Host', 'Path', 'Header', 'QueryString', 'Method', 'Cookie', 'SourceIp'];
const ACTIONS = [
  'ForwardGroup',
  'Redirect',
  'FixedResponse',
  'Rewrite',
  'InsertHeader',
  'RemoveHeader',
  'TrafficLimit',
  'TrafficMirror',
  'Cors',
];

export function createRule(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as RuleInput;
  const state = albOf(cloud);
  const listener = listenerById(cloud, call, input.ListenerId);
  const balancer = freeBalancer(cloud, listener);
  checkName('RuleName', input.RuleName);
  checkRule(call, cloud, listener, input);
  refuseTakenPriority(cloud, listener, input.Priority);
  const rule: Rule = {
    id: cloud.newId('rule', balancer.regionId),
    regionId: balancer.regionId,
    listenerId: listener.id,
    loadBalancerId: balancer.id,
    name: input.RuleName,
    priority: input.Priority,
    direction: input.Direction ?? 'Request',
    status: 'Provisioning',
    conditions: input.RuleConditions,
    actions: input.RuleActions,
    tags: newTags(input.Tag),
  };
  endDryRun(call);
  state.rules.set(rule.id, rule);
  const JobId = startJob(cloud, state, call, {
    resourceType: 'rule',
    resourceId: rule.id,
    operateType: 'Create',
    takesMs: 4000,
    balancer,
    done: () => (rule.status = 'Available'),
  });
  return { RuleId: rule.id, JobId };
}

export function updateRuleAttribute(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Partial<RuleInput> & { readonly RuleId: string };
  const rule = ruleById(cloud, call, input.RuleId);
  const listener = listenerById(cloud, call, rule.listenerId);
  const balancer = freeBalancer(cloud, listener);
  checkRule(call, cloud, listener, {
    Priority: input.Priority ?? rule.priority,
    RuleConditions: input.RuleConditions ?? rule.conditions,
    RuleActions: input.RuleActions ?? rule.actions,
  });
  if (input.Priority !== undefined && input.Priority !== rule.priority) {
    refuseTakenPriority(cloud, listener, input.Priority);
  }
  endDryRun(call);
  const state = albOf(cloud);
  rule.status = 'Configuring';
  const JobId = startJob(cloud, state, call, {
    resourceType: 'rule',
    resourceId: rule.id,
    operateType: 'Update',
    takesMs: 4000,
    balancer,
    done: () => {
      rule.name = input.RuleName ?? rule.name;
      rule.priority = input.Priority ?? rule.priority;
      rule.conditions = input.RuleConditions ?? rule.conditions;
      rule.actions = input.RuleActions ?? rule.actions;
      state.rules.remark(rule.id);
      rule.status = 'Available';
    },
  });
  return { JobId };
}

export function listRules(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Page & {
    readonly RuleIds?: readonly string[];
    readonly ListenerIds?: readonly string[];
    readonly LoadBalancerIds?: readonly string[];
    readonly Tag?: readonly Tag[];
  };
  const matching = albOf(cloud)
    .rules.narrowed(input.RuleIds, input.ListenerIds, input.LoadBalancerIds, ...tagsAsked(call.params))
    .filter(
      (rule) =>
        isInRegion(cloud, call, rule) &&
        among(input.RuleIds, rule.id) &&
        among(input.ListenerIds, rule.listenerId) &&
        among(input.LoadBalancerIds, rule.loadBalancerId) &&
        hasTags(rule.tags, input.Tag),
    );
  const { entries, answer } = pageOf(matching, input);
  return { Rules: entries.map(ruleView), ...answer };
}

export function deleteRule(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as { readonly RuleId: string };
  const state = albOf(cloud);
  const rule = ruleById(cloud, call, input.RuleId);
  const balancer = freeBalancer(cloud, listenerById(cloud, call, rule.listenerId));
  endDryRun(call);
  rule.status = 'Deleting';
  const JobId = startJob(cloud, state, call, {
    resourceType: 'rule',
    resourceId: rule.id,
    operateType: 'Delete',
    takesMs: 3000,
    balancer,
    done: () => state.rules.delete(rule.id),
  });
  return { JobId };
}

function checkRule(
  call: Call,
  cloud: Cloud,
  listener: Listener,
  input: Pick<RuleInput, 'Priority' | 'RuleConditions' | 'RuleActions'>,
): void {
  within('Priority', input.Priority, 1, 10_000);
  if (input.RuleConditions.length === 0)
    throw new ApiError('MissingParameter', 400, 'RuleConditions is required.');
  for (const condition of input.RuleConditions) oneOf('RuleConditions.Type', condition.Type, CONDITIONS);
  for (const action of input.RuleActions) {
    oneOf('RuleActions.Type', action.Type, ACTIONS);
    within('RuleActions.Order', action.Order ?? 1, 1, 50_000);
    const redirect = action.RedirectConfig ?? {};
    const changes = ['Protocol', 'Host', 'Port', 'Path', 'Query'].some(
      (key) => redirect[key] !== undefined && !/^\/?\$\{\w+\}$/.test(redirect[key]),
    );
    if (action.Type === 'Redirect' && !changes) {
      throw new ApiError('InvalidParameter', 400, 'A redirect must change at least one part of the address.');
    }
  }
  if (
    !input.RuleActions.some((action) => ['ForwardGroup', 'Redirect', 'FixedResponse'].includes(action.Type))
  ) {
    throw new ApiError(
      'InvalidParameter',
      400,
      'A rule needs a ForwardGroup, Redirect or FixedResponse action.',
    );
  }
  checkActions(
    cloud,
    call,
    balancerById(cloud, call, listener.loadBalancerId),
    listener.protocol,
    input.RuleActions,
  );
}

function refuseTakenPriority(cloud: Cloud, listener: Listener, priority: number): void {
  const taken = albOf(cloud)
    .rules.bearing(listener.id)
    .some((rule) => rule.priority === priority);
  if (!taken) return;
  throw new ApiError('Conflict.Priority', 409, `The priority ${priority} is taken on ${listener.id}.`);
}
