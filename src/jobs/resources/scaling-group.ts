import { ROLES, resourceName } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import { notReady, resource } from '../resource.ts';
import type { Found, Observing } from '../resource.ts';
import { NotOurs, RENAME_OR_REMOVE, unlessTaken } from './not-ours.ts';
import {
  HEALTH_CHECK,
  MULTI_AZ_POLICY,
  groupRepair,
  newNumbers,
  ownSettings,
  wrongPorts,
} from './scaling-group-diff.ts';
import type { SeenScalingGroup } from './scaling-group-diff.ts';
import { neededProcesses, suspensions } from './scaling-group-processes.ts';
import { otherVSwitches } from './scaling-group-vswitches.ts';
import { BACKEND_PORT, DRAIN_SECONDS, WEIGHT, placesOf, roleOf } from './server-group.ts';
import { isOurs, listTags, oldestFirst, ours, partOf, tagsFor } from './tagged.ts';
import { vSwitchParts } from './vswitch.ts';

/** Under this key a step remembers the group that it has made. */
const MADE = 'groupId';

/**
 * The nodes of one role. It is born disabled and with its server group, so that no node can start without being put
 * behind the load balancer; enabling it is the update that follows.
 */
export const scalingGroup = resource<SeenScalingGroup>({
  kind: 'scaling-group',
  actions: [
    'ess:CreateScalingGroup',
    'ess:DescribeScalingGroups',
    'ess:DescribeScalingInstances',
    'ess:ModifyScalingGroup',
    'ess:AttachAlbServerGroups',
    'ess:DetachAlbServerGroups',
    'ess:ResumeProcesses',
    'ess:EnableScalingGroup',
    'ess:SetGroupDeletionProtection',
    'ess:DeleteScalingGroup',
    'ess:TagResources',
    'ecs:DescribeLaunchTemplates',
    'alb:ListServerGroups',
    'alb:ListServerGroupServers',
    'alb:RemoveServersFromServerGroup',
    'vpc:DescribeVSwitches',
    'ram:CreateServiceLinkedRole',
  ],
  typicalSeconds: 6,
  goneSeconds: 20,
  staysSeconds: ({ totalCapacity }) => (totalCapacity > 0 ? DRAIN_SECONDS : 0),
  deadlineSeconds: 1_200,
  removeAfter: ['scaling-rule'],
  holds: ['vswitch', 'launch-template', 'server-group'],
  parts(spec) {
    return ROLES.map((role) => {
      const { min, max, desired } = spec[role];
      return {
        id: `scaling-group-${role}`,
        needs: [`launch-template-${role}`, ...vSwitchParts(spec), `server-group-${role}`],
        title: `Scaling group ${resourceName(spec.name, `scaling-group-${role}`)}: ${desired} node${desired === 1 ? '' : 's'} (${min} to ${max}), spread over ${spec.zones.length} zones`,
      };
    });
  },
  observe,
  ready({ seen }) {
    if (seen.lifecycleState === 'Active' || seen.lifecycleState === 'Inactive') return { state: 'ready' };
    return notReady(`scaling group ${seen.scalingGroupId}`, seen.lifecycleState, 5_000);
  },
  diff(spec, part, seen) {
    const role = roleOf(part);
    const { modify, detach, attach, enable } = groupRepair(role, spec[role], seen);
    const changes = [...modify, ...detach, ...attach, ...enable];
    return changes.length === 0 ? { action: 'none' } : { action: 'update', changes };
  },
  async hidden(look, { part, seen }) {
    const role = roleOf(part);
    const suspended = suspensions(role, seen);
    const vSwitchIds = await otherVSwitches(look, seen);
    if (vSwitchIds === undefined) return suspended;
    const [is, must] = [seen.vSwitchIds, vSwitchIds].map((ids) => ids.toSorted().join(', '));
    return [`${role} group: new nodes start in ${is}, must be spread over ${must}`, ...suspended];
  },
  async outdated(ctx, { seen }) {
    if (ctx.keepsNumbers !== true) return false;
    return seen.suspendedProcesses.length > 0 || (await otherVSwitches(ctx, seen)) !== undefined;
  },
  async create(ctx) {
    const { ess } = ctx.region;
    const role = roleOf(ctx.part);
    const name = resourceName(ctx.cluster, ctx.part);
    const [template, serverGroup, ...switches] = await Promise.all([
      ctx.output(`launch-template-${role}`),
      ctx.output(`server-group-${role}`),
      ...vSwitchParts(ctx.spec).map((part) => ctx.output(part)),
    ]);
    const wanted = ctx.spec[role];
    const creating = ess.createGroup({
      name,
      min: wanted.min,
      max: wanted.max,
      desired: wanted.desired,
      cooldownSeconds: wanted.cooldownSeconds,
      launchTemplateId: template['launchTemplateId'] ?? '',
      launchTemplateVersion: template['version'] ?? '',
      instanceTypes: wanted.instanceTypes,
      vSwitchIds: switches.map((one) => one['vSwitchId'] ?? ''),
      serverGroups: [
        { serverGroupId: serverGroup['serverGroupId'] ?? '', port: BACKEND_PORT, weight: WEIGHT },
      ],
      multiAzPolicy: MULTI_AZ_POLICY,
      healthCheckTypes: [HEALTH_CHECK],
      removalPolicies: ['OldestScalingConfiguration', 'NewestInstance'],
      tags: tagsFor(ctx),
      token: ctx.token,
    });
    return unlessTaken(
      creating.then(async (made) => ctx.remember({ [MADE]: made })),
      async () => {
        const [taken] = await ess.listGroups({ names: [name] });
        if (!taken || isOurs(taken.tags, ctx.cluster)) return undefined;
        return new NotOurs(`scaling group ${name} (${taken.scalingGroupId})`, ctx.cluster, RENAME_OR_REMOVE);
      },
    );
  },
  /** Born as it was asked for, but disabled. */
  made(ctx) {
    const scalingGroupId = ctx.memory[MADE];
    if (typeof scalingGroupId !== 'string') return undefined;
    const role = roleOf(ctx.part);
    const { min, max, desired, cooldownSeconds, instanceTypes } = ctx.spec[role];
    const serverGroupId = ctx.recorded(`server-group-${role}`)?.['serverGroupId'];
    return ours(ctx.part, scalingGroupId, tagsFor(ctx), {
      scalingGroupId,
      name: resourceName(ctx.cluster, ctx.part),
      lifecycleState: 'Inactive',
      minSize: min,
      maxSize: max,
      desiredCapacity: desired,
      totalCapacity: 0,
      activeCapacity: 0,
      cooldown: cooldownSeconds,
      launchTemplateId: undefined,
      launchTemplateVersion: undefined,
      instanceTypes,
      vSwitchIds: [],
      serverGroups: serverGroupId === undefined ? [] : [{ serverGroupId, port: BACKEND_PORT }],
      healthChecks: [HEALTH_CHECK],
      multiAzPolicy: MULTI_AZ_POLICY,
      suspendedProcesses: [],
      deletionProtected: false,
      suspended: false,
      wantedTemplate: undefined,
      wantedServerGroup: undefined,
    });
  },
  async update(ctx, { part, seen }) {
    const { ess } = ctx.region;
    const role = roleOf(part);
    const wanted = ctx.spec[role];
    const repair = groupRepair(role, wanted, seen);
    const serverGroupId = seen.wantedServerGroup;
    // Where nodes are put comes before the numbers, which start new ones.
    if (repair.detach.length > 0 && serverGroupId !== undefined) {
      const { misplaced } = await placesOf(ctx.region, serverGroupId, seen.scalingGroupId);
      // Once it is detached nothing leads back to them.
      if (misplaced.length > 0) return ctx.region.alb.removeServers(serverGroupId, misplaced);
      return ess.detachServerGroups(seen.scalingGroupId, wrongPorts(seen));
    }
    if (repair.attach.length > 0 && serverGroupId !== undefined) {
      return ess.attachServerGroups(
        seen.scalingGroupId,
        [{ serverGroupId, port: BACKEND_PORT, weight: WEIGHT }],
        // Of one that was attached and detached again the cloud would remember the answer.
        await ctx.freshToken(),
      );
    }
    // Of a change of numbers nobody was told that it moves nodes, or resumes what somebody has suspended.
    const vSwitchIds = ctx.keepsNumbers === true ? await otherVSwitches(ctx, seen) : undefined;
    const suspended = ctx.keepsNumbers === true ? seen.suspendedProcesses : [];
    if (repair.modify.length > 0 || vSwitchIds !== undefined) {
      await ess.modifyGroup(seen.scalingGroupId, {
        ...newNumbers(wanted, seen),
        cooldownSeconds: wanted.cooldownSeconds,
        instanceTypes: wanted.instanceTypes,
        ...(vSwitchIds === undefined ? {} : { vSwitchIds }),
        ...ownSettings(seen),
        ...(seen.wantedTemplate === undefined
          ? {}
          : {
              launchTemplateId: seen.wantedTemplate.id,
              launchTemplateVersion: String(seen.wantedTemplate.version),
            }),
      });
      return repair.enable.length + suspended.length === 0 ? 'settled' : undefined;
    }
    // Nodes start, and are replaced, as the group says by now.
    if (suspended.length > 0) {
      await ess.resumeProcesses(seen.scalingGroupId, suspended);
      return repair.enable.length === 0 ? 'settled' : undefined;
    }
    if (repair.enable.length > 0) await ess.enableGroup(seen.scalingGroupId);
    return 'settled';
  },
  async remove(ctx, { seen }) {
    if (seen.lifecycleState === 'Deleting') return undefined;
    const { ess } = ctx.region;
    if (!seen.deletionProtected) return ess.deleteGroup(seen.scalingGroupId);
    await ess.setDeletionProtection(seen.scalingGroupId, false);
    return 'unlocked';
  },
  output({ seen }) {
    return {
      scalingGroupId: seen.scalingGroupId,
      // As they were before its last change: whether nodes are on their way since.
      active: String(seen.activeCapacity),
      serverGroupIds: [...new Set(seen.serverGroups.map((one) => one.serverGroupId))].join(','),
    };
  },
});

async function observe(look: Observing): Promise<readonly Found<SeenScalingGroup>[]> {
  const groups = oldestFirst(await look.region.ess.listGroups({ tags: listTags(look) })).flatMap((group) => {
    const part = partOf(group.tags, look.cluster, 'scaling-group');
    return part === undefined ? [] : [{ part, group }];
  });
  if (groups.length === 0) return [];
  const wishes = look.shallow === true || look.numbersOnly === true ? {} : await wishesOf(look);
  return groups.map(({ part, group }) => {
    const { minSize: min, maxSize: max, desiredCapacity: desired = group.totalCapacity } = group;
    const seen: SeenScalingGroup = {
      scalingGroupId: group.scalingGroupId,
      name: group.scalingGroupName,
      lifecycleState: group.lifecycleState,
      minSize: group.minSize,
      maxSize: group.maxSize,
      desiredCapacity: group.desiredCapacity,
      totalCapacity: group.totalCapacity,
      activeCapacity: group.activeCapacity,
      cooldown: group.cooldownSeconds,
      launchTemplateId: group.launchTemplateId,
      launchTemplateVersion: group.launchTemplateVersion,
      instanceTypes: group.instanceTypes,
      vSwitchIds: group.vSwitchIds,
      serverGroups: group.serverGroups,
      healthChecks: group.healthCheckTypes,
      multiAzPolicy: group.multiAzPolicy,
      suspendedProcesses: neededProcesses(group.suspendedProcesses),
      deletionProtected: group.deletionProtection,
      suspended: group.systemSuspended,
      wantedTemplate: wishes[roleOf(part)]?.template,
      wantedServerGroup: wishes[roleOf(part)]?.serverGroupId,
      wantedNumbers: look.keepsNumbers === true ? { min, max, desired } : undefined,
    };
    return ours(part, group.scalingGroupId, group.tags, seen);
  });
}

/** What the groups must name, by role, as the cluster's other parts are now. */
type Wishes = Partial<
  Record<
    Role,
    { readonly template: SeenScalingGroup['wantedTemplate']; readonly serverGroupId: string | undefined }
  >
>;

async function wishesOf(look: Observing): Promise<Wishes> {
  const tags = listTags(look);
  // Of the other group nobody asks, where a part is named.
  const roles = ROLES.filter((role) => look.part === undefined || look.part === `scaling-group-${role}`);
  const all = roles.map(async (role) => {
    const made = look.recorded?.(`launch-template-${role}`);
    const template =
      made === undefined
        ? look.region.ecs.listTemplates({ tags }).then((templates) => {
            const one = templates.find(
              (each) => partOf(each.tags, look.cluster, 'launch-template') === `launch-template-${role}`,
            );
            return one && { id: one.launchTemplateId, version: one.latestVersion };
          })
        : { id: made['launchTemplateId'] ?? '', version: Number(made['version']) };
    const serverGroupId =
      look.recorded?.(`server-group-${role}`)?.['serverGroupId'] ??
      look.region.alb
        .listServerGroups({ tags })
        .then(
          (groups) =>
            groups.find((one) => partOf(one.tags, look.cluster, 'server-group') === `server-group-${role}`)
              ?.serverGroupId,
        );
    const [first, second] = await Promise.all([template, serverGroupId]);
    return [role, { template: first, serverGroupId: second }] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}
