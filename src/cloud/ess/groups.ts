import { readAll } from './list.ts';
import type { Line } from '../calling/line.ts';
import { gone, idIn, orThere } from '../calling/outcome.ts';
import type { Tags } from '../calling/tags.ts';
import { groupTags, toScalingGroup } from './group-view.ts';
import type { ScalingGroup } from './group-view.ts';

/** Whom a group's instances are put behind. */
export interface AttachedServerGroup {
  readonly serverGroupId: string;
  /** Of the instance. */
  readonly port: number;
  /** 0 to 100; default 100. */
  readonly weight?: number | undefined;
}

/** The parts of a group that may change. Send min, max and desired together. */
export interface GroupWish {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly desired?: number | undefined;
  readonly cooldownSeconds?: number | undefined;
  readonly launchTemplateId?: string | undefined;
  /** A fixed number, as ESS takes it: a text. */
  readonly launchTemplateVersion?: string | undefined;
  /** Fallbacks for stock, best first, 10 at most. */
  readonly instanceTypes?: readonly string[] | undefined;
  readonly vSwitchIds?: readonly string[] | undefined;
  readonly multiAzPolicy?: 'PRIORITY' | 'BALANCE' | undefined;
  readonly healthCheckTypes?: readonly ('NONE' | 'ECS' | 'LOAD_BALANCER')[] | undefined;
  readonly removalPolicies?: readonly string[] | undefined;
}

export interface Groups {
  /** By tags, exact names or ids; absence is the only sign of deletion (DescribeScalingGroups). */
  listGroups(input: {
    readonly tags?: Tags | undefined;
    readonly names?: readonly string[] | undefined;
    readonly ids?: readonly string[] | undefined;
  }): Promise<readonly ScalingGroup[]>;
  /** Born `Inactive`: nothing starts before `enableGroup`. @returns its id (CreateScalingGroup) */
  createGroup(
    input: GroupWish & {
      readonly name: string;
      readonly min: number;
      readonly max: number;
      readonly serverGroups?: readonly AttachedServerGroup[] | undefined;
      /** Given on to new instances. */
      readonly tags: Tags;
      readonly token: string;
    },
  ): Promise<string>;
  modifyGroup(scalingGroupId: string, wish: GroupWish): Promise<void>;
  /** `busy` when it is active already: look. (EnableScalingGroup) */
  enableGroup(scalingGroupId: string): Promise<void>;
  disableGroup(scalingGroupId: string): Promise<void>;
  /** `ScaleOut`, `HealthCheck`, …; one that is not suspended counts as resumed (ResumeProcesses). */
  resumeProcesses(scalingGroupId: string, processes: readonly string[]): Promise<void>;
  /** With its instances; asynchronous; gone already is success (DeleteScalingGroup, ForceDelete). */
  deleteGroup(scalingGroupId: string): Promise<void>;
  /** (SetGroupDeletionProtection) */
  setDeletionProtection(scalingGroupId: string, on: boolean): Promise<void>;
  /** Attached already is success (AttachAlbServerGroups, existing instances included). */
  attachServerGroups(
    scalingGroupId: string,
    serverGroups: readonly AttachedServerGroup[],
    token: string,
  ): Promise<void>;
  /** Leaves existing instances in them; detached already is success (DetachAlbServerGroups). */
  detachServerGroups(
    scalingGroupId: string,
    serverGroups: readonly Pick<AttachedServerGroup, 'serverGroupId' | 'port'>[],
  ): Promise<void>;
}

export function createGroups(line: Line<'ess'>): Groups {
  const RegionId = line.regionId;
  return {
    async listGroups({ tags, names, ids }) {
      const all = await readAll(line, 'DescribeScalingGroups', 'ScalingGroups', {
        ScalingGroupIds: ids,
        ScalingGroupNames: names,
        Tags: tags && Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      });
      return all.map(toScalingGroup);
    },
    async createGroup(input) {
      const answer = await line.callByForm('CreateScalingGroup', {
        RegionId,
        ScalingGroupName: input.name,
        ...wireOf(input),
        ScalingPolicy: 'release',
        AlbServerGroups: input.serverGroups?.map(wireOfAttached),
        Tags: groupTags(input.tags),
        ClientToken: input.token,
      });
      return idIn(answer['ScalingGroupId'] as string | undefined, 'ess', 'CreateScalingGroup');
    },
    async modifyGroup(ScalingGroupId, wish) {
      await line.callByForm('ModifyScalingGroup', { ScalingGroupId, ...wireOf(wish) });
    },
    async enableGroup(ScalingGroupId) {
      await line.callByForm('EnableScalingGroup', { RegionId, ScalingGroupId });
    },
    async disableGroup(ScalingGroupId) {
      await line.callByForm('DisableScalingGroup', { ScalingGroupId });
    },
    async resumeProcesses(ScalingGroupId, processes) {
      // Without a token: of a process that is suspended anew the cloud would remember the answer.
      await line.callByForm('ResumeProcesses', { RegionId, ScalingGroupId, Processes: processes });
    },
    deleteGroup: (ScalingGroupId) =>
      gone(line.callByForm('DeleteScalingGroup', { RegionId, ScalingGroupId, ForceDelete: true })),
    async setDeletionProtection(ScalingGroupId, on) {
      await line.callByForm('SetGroupDeletionProtection', {
        RegionId,
        ScalingGroupId,
        GroupDeletionProtection: on,
      });
    },
    async attachServerGroups(scalingGroupId, serverGroups, token) {
      await orThere(
        line.callByForm('AttachAlbServerGroups', {
          RegionId,
          ScalingGroupId: scalingGroupId,
          AlbServerGroups: serverGroups.map(wireOfAttached),
          ForceAttach: true,
          ClientToken: token,
        }),
      );
    },
    detachServerGroups: (ScalingGroupId, serverGroups) =>
      gone(
        line.callByForm('DetachAlbServerGroups', {
          RegionId,
          ScalingGroupId,
          AlbServerGroups: serverGroups.map(({ serverGroupId, port }) => ({
            AlbServerGroupId: serverGroupId,
            Port: port,
          })),
        }),
      ),
  };
}

function wireOfAttached({ serverGroupId, port, weight }: AttachedServerGroup) {
  return { AlbServerGroupId: serverGroupId, Port: port, Weight: weight ?? 100 };
}

function wireOf(wish: GroupWish) {
  return {
    MinSize: wish.min,
    MaxSize: wish.max,
    DesiredCapacity: wish.desired,
    DefaultCooldown: wish.cooldownSeconds,
    LaunchTemplateId: wish.launchTemplateId,
    LaunchTemplateVersion: wish.launchTemplateVersion,
    LaunchTemplateOverrides: wish.instanceTypes?.map((InstanceType) => ({ InstanceType })),
    VSwitchIds: wish.vSwitchIds,
    MultiAZPolicy: wish.multiAzPolicy,
    HealthCheckTypes: wish.healthCheckTypes,
    RemovalPolicies: wish.removalPolicies,
  };
}
