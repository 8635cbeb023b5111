/** Attaching server groups to a scaling group and detaching them, in both spellings of the API. */
import { albOf } from '../alb/lookup.ts';
import { deregister, register } from '../alb/servers.ts';
import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { closeActivity, noteFailure, openActivity } from './activities.ts';
import { type AlbServerGroupInput, type ServerGroupInput, serverGroupsOf } from './group-input.ts';
import { essOf, groupInState } from './lookup.ts';
import type { AttachedServerGroup, ScalingGroup, ScalingInstance } from './state.ts';

interface AttachInput {
  readonly ScalingGroupId: string;
  readonly AlbServerGroups?: readonly AlbServerGroupInput[];
  readonly ServerGroups?: readonly ServerGroupInput[];
  readonly ForceAttach?: boolean;
  readonly ForceDetach?: boolean;
}

/** AttachAlbServerGroups and AttachServerGroups. */
export function attachServerGroups(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as AttachInput;
  const group = freeGroup(cloud, call, input.ScalingGroupId);
  const attached = serverGroupsOf(cloud, input, group.vpcId);
  for (const one of attached) {
    if (group.serverGroups.some((known) => known.id === one.id && known.port === one.port)) {
      throw new ApiError(
        'AlbServerGroup.AlreadyAttached',
        400,
        `${one.id} is attached to ${group.id} already.`,
      );
    }
    albOf(cloud).serverGroups.get(one.id)?.scalingGroups.add(group.id);
  }
  group.serverGroups = [...group.serverGroups, ...attached];
  if (input.ForceAttach !== true) return {};
  return move(cloud, group, attached, 'Attach', (one, instance) =>
    register(cloud, one.id, {
      instanceId: instance.instanceId,
      port: one.port,
      weight: one.weight,
      scalingGroupId: group.id,
    }),
  );
}

/** DetachAlbServerGroups and DetachServerGroups. */
export function detachServerGroups(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as AttachInput;
  const group = freeGroup(cloud, call, input.ScalingGroupId);
  const named = [
    ...(input.AlbServerGroups ?? []).map((one) => ({ id: one.AlbServerGroupId, port: one.Port })),
    ...(input.ServerGroups ?? []).map((one) => ({ id: one.ServerGroupId, port: one.Port })),
  ];
  const leaving = named.map(({ id, port }) => {
    const found = group.serverGroups.find(
      (known) => known.id === id && (port === undefined || known.port === port),
    );
    if (found) return found;
    throw new ApiError('AlbServerGroup.NotAttached', 400, `${id ?? ''} is not attached to ${group.id}.`);
  });
  group.serverGroups = group.serverGroups.filter((known) => !leaving.includes(known));
  for (const one of leaving) {
    if (group.serverGroups.some((known) => known.id === one.id)) continue;
    albOf(cloud).serverGroups.get(one.id)?.scalingGroups.delete(group.id);
  }
  if (input.ForceDetach !== true) return {};
  return move(cloud, group, leaving, 'Detach', (one, instance) =>
    deregister(cloud, one.id, instance.instanceId),
  );
}

function freeGroup(cloud: Cloud, call: Call, id: string): ScalingGroup {
  const group = groupInState(cloud, call, id);
  if (!essOf(cloud).isBusy(group.id)) return group;
  throw new ApiError('ScalingActivityInProgress', 400, `A scaling activity of ${group.id} is in progress.`);
}

function move(
  cloud: Cloud,
  group: ScalingGroup,
  serverGroups: readonly AttachedServerGroup[],
  verb: 'Attach' | 'Detach',
  each: (one: AttachedServerGroup, instance: ScalingInstance) => Promise<void>,
): { readonly ScalingActivityId: string } {
  const serving = essOf(cloud)
    .instancesOf(group.id)
    .filter((instance) => instance.state === 'InService' || instance.state === 'Protected');
  const ids = serverGroups.map((one) => one.id).join(', ');
  const activity = openActivity(
    cloud,
    group,
    { cause: `A user requests to ${verb.toLowerCase()} server groups.`, trigger: 'APIs' },
    { description: `${verb} server groups ${ids}`, wanted: serving.length },
  );
  void Promise.all(
    serving.flatMap((instance) =>
      serverGroups.map(async (one) => {
        try {
          await each(one, instance);
          return true;
        } catch (error) {
          noteFailure(activity, error, [instance.instanceId]);
          return false;
        }
      }),
    ),
  ).then((outcomes) => closeActivity(cloud, activity, outcomes.every(Boolean) ? serving.length : 0));
  return { ScalingActivityId: activity.id };
}
