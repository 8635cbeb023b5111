/** Shrinking a scaling group: out of the load balancer, wait for hooks, then the machine goes. */
import type { Cloud } from '../cloud.ts';
import { closeActivity, noteFailure, openActivity, type Reason } from './activities.ts';
import { terminate } from './ecs.ts';
import { hasHooks, waitForHooks } from './hooks-run.ts';
import { essOf } from './lookup.ts';
import { deregisterAll } from './scale-out.ts';
import type { Activity, ScalingGroup, ScalingInstance } from './state.ts';

/** What becomes of the machines: released, or only let go. */
export type Fate = 'release' | 'detach';

/** Starts removing instances; the answer is in progress. */
export function startScaleIn(
  cloud: Cloud,
  group: ScalingGroup,
  instances: readonly ScalingInstance[],
  reason: Reason,
  fate: Fate = 'release',
): Activity {
  const verb = fate === 'release' ? 'Remove' : 'Detach';
  const activity = openActivity(cloud, group, reason, {
    description: `${verb} "${instances.length}" ECS instance(s)`,
    wanted: instances.length,
  });
  for (const instance of instances) {
    instance.state = 'Removing';
    instance.activityId = activity.id;
  }
  void Promise.all(
    instances.map((instance) => dismiss(cloud, group, activity, instance, fate, reason.ignoreHooks ?? false)),
  ).then((outcomes) => closeActivity(cloud, activity, outcomes.filter(Boolean).length));
  return activity;
}

async function dismiss(
  cloud: Cloud,
  group: ScalingGroup,
  activity: Activity,
  instance: ScalingInstance,
  fate: Fate,
  ignoreHooks: boolean,
): Promise<boolean> {
  const gone = cloud.waits.begin('scale-in', group.id, instance.instanceId);
  try {
    await cloud.clock.sleep(2000);
    await deregisterAll(cloud, group, instance.instanceId);
    if (!ignoreHooks && hasHooks(cloud, group.id, 'SCALE_IN')) {
      instance.state = 'Removing:Wait';
      await waitForHooks(cloud, group, 'SCALE_IN', activity, instance.instanceId);
      instance.state = 'Removing';
    }
    // Attached machines that were not entrusted stay their owner's.
    const isOurs = instance.creationType === 'AutoCreated' || instance.entrusted;
    if (fate === 'release' && isOurs) await terminate(cloud, instance.instanceId);
    activity.destroyed.push(instance.instanceId);
    essOf(cloud).instances.delete(instance.instanceId);
    return true;
  } catch (error) {
    noteFailure(activity, error, [instance.instanceId]);
    return false;
  } finally {
    gone();
  }
}
