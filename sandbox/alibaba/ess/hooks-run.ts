/** Lifecycle hooks at work: instances wait until somebody completes their action or the heartbeat runs out. */
import { randomUUID } from 'node:crypto';
import type { Cloud } from '../cloud.ts';
import { essOf } from './lookup.ts';
import type { Activity, LifecycleAction, LifecycleHook, ScalingGroup } from './state.ts';

type Result = LifecycleAction['result'];

/** Waits for all active hooks of a transition; ABANDON wins. CONTINUE at once when there are none. */
export async function waitForHooks(
  cloud: Cloud,
  group: ScalingGroup,
  transition: LifecycleHook['transition'],
  activity: Activity,
  instanceId: string,
): Promise<Result> {
  const hooks = essOf(cloud)
    .hooksOf(group.id)
    .filter((hook) => hook.status === 'Active' && hook.transition === transition);
  const results = await Promise.all(hooks.map((hook) => waitForHook(cloud, hook, activity, instanceId)));
  return results.includes('ABANDON') ? 'ABANDON' : 'CONTINUE';
}

/** Whether a transition of the group waits for anybody. */
export function hasHooks(cloud: Cloud, groupId: string, transition: LifecycleHook['transition']): boolean {
  return essOf(cloud)
    .hooksOf(groupId)
    .some((hook) => hook.status === 'Active' && hook.transition === transition);
}

function waitForHook(
  cloud: Cloud,
  hook: LifecycleHook,
  activity: Activity,
  instanceId: string,
): Promise<Result> {
  return new Promise((done) => {
    let cancel: () => void = () => undefined;
    const action: LifecycleAction = {
      token: randomUUID(),
      hookId: hook.id,
      groupId: hook.groupId,
      activityId: activity.id,
      instanceIds: [instanceId],
      status: 'Pending',
      result: hook.defaultResult,
      settle: (status, result) => {
        if (action.status !== 'Pending') return;
        cancel();
        action.status = status;
        action.result = result;
        done(result);
      },
      beat: (seconds) => {
        cancel();
        cancel = cloud.clock.after(seconds * 1000, () => action.settle('Timeout', hook.defaultResult));
      },
    };
    action.beat(hook.heartbeatTimeout);
    essOf(cloud).actions.set(action.token, action);
  });
}

/** Ends every wait at a hook, or of a group, with CONTINUE: what happens when they are deleted. */
export function releaseWaiting(
  cloud: Cloud,
  of: { readonly hookId?: string; readonly groupId?: string },
): void {
  for (const action of essOf(cloud).actions.narrowed(of.hookId ?? of.groupId)) {
    if (action.hookId === of.hookId || action.groupId === of.groupId) action.settle('Completed', 'CONTINUE');
  }
}
