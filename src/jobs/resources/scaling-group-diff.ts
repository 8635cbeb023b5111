import type { GroupWish } from '../../cloud/ess/groups.ts';
import type { Role } from '../../cluster/names.ts';
import type { GroupNumbers } from '../../cluster/operation.ts';
import type { GroupSpec } from '../../cluster/spec.ts';
import { BACKEND_PORT } from './server-group.ts';

/** A scaling group with what it is compared to, all read in the same visit. */
export interface SeenScalingGroup {
  readonly scalingGroupId: string;
  readonly name: string;
  /** `Inactive`, `Active`, `Deleting`. */
  readonly lifecycleState: string;
  readonly minSize: number;
  readonly maxSize: number;
  /** Undefined when the group has none and only keeps between min and max. */
  readonly desiredCapacity: number | undefined;
  readonly totalCapacity: number;
  readonly activeCapacity: number;
  /** Seconds. */
  readonly cooldown: number | undefined;
  readonly launchTemplateId: string | undefined;
  readonly launchTemplateVersion: string | undefined;
  readonly instanceTypes: readonly string[];
  readonly vSwitchIds: readonly string[];
  /** Server groups that its nodes are put into, and under which port. */
  readonly serverGroups: readonly { readonly serverGroupId: string; readonly port: number }[];
  /** What tells Auto Scaling that a node is broken and must be replaced; empty: not told. */
  readonly healthChecks: readonly string[];
  /** How its nodes are spread over the zones; undefined: not told. */
  readonly multiAzPolicy: string | undefined;
  /** What a cluster cannot do without and somebody has suspended (SuspendProcesses). */
  readonly suspendedProcesses: readonly string[];
  readonly deletionProtected: boolean;
  /** Failing for a week: Auto Scaling has stopped trying (SystemSuspended). */
  readonly suspended: boolean;
  /** Newest version of the cluster's template for this role; undefined when there is none. */
  readonly wantedTemplate: { readonly id: string; readonly version: number } | undefined;
  /** The server group of the role; undefined when there is none. */
  readonly wantedServerGroup: string | undefined;
  /** Its own numbers, where they are to stay as they are; undefined: those of the spec are wanted. */
  readonly wantedNumbers?: GroupNumbers | undefined;
}

/** What differs, by the call that sets it right. */
export interface GroupRepair {
  /** ModifyScalingGroup. */
  readonly modify: readonly string[];
  /** DetachAlbServerGroups. */
  readonly detach: readonly string[];
  /** AttachAlbServerGroups. */
  readonly attach: readonly string[];
  /** EnableScalingGroup. */
  readonly enable: readonly string[];
}

/**
 * The numbers to give a group; undefined when it has them: then none is sent, since auto-scaling may move them between
 * the look and the change. A desired number that is not set counts as missing: without it nobody repairs.
 */
export function newNumbers(spec: GroupSpec, seen: SeenScalingGroup): GroupNumbers | undefined {
  const { min, max, desired } = seen.wantedNumbers ?? spec;
  const hasThem = seen.minSize === min && seen.maxSize === max && seen.desiredCapacity === desired;
  return hasThem ? undefined : { min, max, desired };
}

/** Whether sentences that an approver saw tell of new numbers of nodes. */
export function changesNumbers(changes: readonly string[]): boolean {
  return changes.some((change) => / group: (min|max|desired) /.test(change));
}

/** Where its nodes are put into the server group of the role, but under a port that nobody answers on. */
export function wrongPorts({ serverGroups, wantedServerGroup }: SeenScalingGroup) {
  return serverGroups.filter((one) => one.serverGroupId === wantedServerGroup && !isRightPort(one));
}

/** One that is not told is taken to be right. */
function isRightPort({ port }: { readonly port: number }): boolean {
  return port === BACKEND_PORT || port === 0;
}

/** Of the machine itself. */
export const HEALTH_CHECK = 'ECS';

/** Evenly over the zones. By PRIORITY all nodes would start in one, as long as there is room. */
export const MULTI_AZ_POLICY = 'BALANCE';

/**
 * Whether anything else judges nodes, too. The load balancer's check has no grace period: by it a node that is still
 * starting would be replaced for ever.
 */
function hasOtherHealthChecks({ healthChecks }: SeenScalingGroup): boolean {
  return healthChecks.some((one) => one !== HEALTH_CHECK);
}

function isSpreadOtherwise({ multiAzPolicy }: SeenScalingGroup): boolean {
  return multiAzPolicy !== undefined && multiAzPolicy !== MULTI_AZ_POLICY;
}

/** Those that all groups have, where this one has others. */
export function ownSettings(seen: SeenScalingGroup): Pick<GroupWish, 'healthCheckTypes' | 'multiAzPolicy'> {
  return {
    ...(hasOtherHealthChecks(seen) ? { healthCheckTypes: [HEALTH_CHECK] } : {}),
    ...(isSpreadOtherwise(seen) ? { multiAzPolicy: MULTI_AZ_POLICY } : {}),
  };
}

/** Compares a group with the spec. */
export function groupRepair(role: Role, spec: GroupSpec, seen: SeenScalingGroup): GroupRepair {
  const modify: string[] = [];
  const { min, max, desired } = seen.wantedNumbers ?? spec;
  if (seen.minSize !== min) modify.push(`${role} group: min ${seen.minSize} -> ${min} nodes`);
  if (seen.maxSize !== max) modify.push(`${role} group: max ${seen.maxSize} -> ${max} nodes`);
  if (seen.desiredCapacity !== desired)
    modify.push(`${role} group: desired ${seen.desiredCapacity ?? 'unset'} -> ${desired} nodes`);
  if (seen.cooldown !== undefined && seen.cooldown !== spec.cooldownSeconds)
    modify.push(`${role} group: cooldown ${seen.cooldown} s -> ${spec.cooldownSeconds} s`);
  const template = seen.wantedTemplate;
  if (template && seen.launchTemplateId !== template.id) {
    modify.push(
      `${role} group: new nodes come from ${seen.launchTemplateId === undefined ? 'no template' : `template ${seen.launchTemplateId}`}, must come from ${template.id} version ${template.version}`,
    );
  } else if (template && seen.launchTemplateVersion !== String(template.version)) {
    modify.push(
      `${role} group: new nodes come from template version ${seen.launchTemplateVersion ?? 'unset'}, must come from version ${template.version}`,
    );
  }
  if (seen.instanceTypes.length > 0 && seen.instanceTypes.join() !== spec.instanceTypes.join()) {
    modify.push(
      `${role} group: instance types ${seen.instanceTypes.join(', ')} -> ${spec.instanceTypes.join(', ')}`,
    );
  }
  if (hasOtherHealthChecks(seen)) {
    modify.push(
      seen.healthChecks.every((one) => one === 'NONE')
        ? `${role} group: nodes that break are not replaced (no ${HEALTH_CHECK} health check), must be`
        : `${role} group: broken nodes are judged by ${seen.healthChecks.join(', ')}, must be by ${HEALTH_CHECK} alone`,
    );
  }
  if (isSpreadOtherwise(seen))
    modify.push(
      `${role} group: zones of new nodes are chosen by ${seen.multiAzPolicy}, must be by ${MULTI_AZ_POLICY} (evenly)`,
    );
  if (seen.suspended && modify.length === 0)
    modify.push(`${role} group: Auto Scaling has suspended it after a week of failures; it must be woken`);
  const group = seen.wantedServerGroup;
  const isAttached = seen.serverGroups.some((one) => one.serverGroupId === group && isRightPort(one));
  return {
    modify,
    detach: wrongPorts(seen).map(
      ({ serverGroupId, port }) =>
        `${role} group: its nodes are put into server group ${serverGroupId} under port ${port}; they must not be`,
    ),
    attach:
      group === undefined || isAttached
        ? []
        : [
            `${role} group: its nodes are not put into server group ${group} of the load balancer under port ${BACKEND_PORT}; they must be`,
          ],
    enable: seen.lifecycleState === 'Inactive' ? [`${role} group: it is disabled, must be enabled`] : [],
  };
}
