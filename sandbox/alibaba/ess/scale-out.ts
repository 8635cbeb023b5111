/** Growing a scaling group: launch, wait for the machine, wait for hooks, put it behind the load balancer. */
import { deregister, register } from '../alb/servers.ts';
import { ApiError } from '../api-error.ts';
import type { Cloud } from '../cloud.ts';
import { closeActivity, noteFailure, openActivity, type Reason } from './activities.ts';
import { placements } from './capacity.ts';
import { launch, machine, terminate, vSwitchZones } from './ecs.ts';
import { hasHooks, waitForHooks } from './hooks-run.ts';
import { essOf } from './lookup.ts';
import type { Activity, ScalingGroup, ScalingInstance } from './state.ts';

const BOOT_LIMIT_MS = 300_000;
const LOOK_MS = 3000;

/** Starts adding instances; the answer is in progress. */
export function startScaleOut(cloud: Cloud, group: ScalingGroup, count: number, reason: Reason): Activity {
  const activity = openActivity(cloud, group, reason, {
    description: `Add "${count}" ECS instance(s)`,
    wanted: count,
  });
  group.launching += count;
  void grow(cloud, group, activity, count, reason);
  return activity;
}

async function grow(
  cloud: Cloud,
  group: ScalingGroup,
  activity: Activity,
  count: number,
  reason: Reason,
): Promise<void> {
  const grown = cloud.waits.begin('scale-out', group.id);
  await cloud.clock.sleep(3000);
  const launched = group.state === 'Deleting' ? [] : await launchAll(cloud, group, activity, count);
  group.launching -= count;
  activity.progress = 30;
  if (launched.length < count) {
    group.failures++;
    const pauseMs = Math.min(60_000 * 2 ** (group.failures - 1), 600_000);
    group.retryAt = Date.now() + pauseMs * cloud.clock.scale;
  } else group.failures = 0;

  const outcomes = await Promise.all(
    launched.map((instance) => admit(cloud, group, activity, instance, reason.ignoreHooks ?? false)),
  );
  grown();
  closeActivity(cloud, activity, outcomes.filter(Boolean).length);
}

/** Launches by vSwitch, falling back to the other instance types and vSwitches when one has no stock. */
async function launchAll(
  cloud: Cloud,
  group: ScalingGroup,
  activity: Activity,
  count: number,
): Promise<ScalingInstance[]> {
  const present = essOf(cloud).instancesOf(group.id);
  const vSwitches = vSwitchZones(cloud, group.vSwitchIds);
  const wanted = placements(group.multiAz, vSwitches, present, count);
  const types = group.overrides.length > 0 ? group.overrides.map((one) => one.InstanceType) : [undefined];
  const launched: ScalingInstance[] = [];
  for (const preferred of wanted) {
    const order = [preferred, ...group.vSwitchIds.filter((id) => id !== preferred)];
    const attempts = order.flatMap((vSwitchId) => types.map((instanceType) => ({ vSwitchId, instanceType })));
    const failures: unknown[] = [];
    for (const attempt of attempts) {
      try {
        const made = await launch(cloud, group, attempt);
        const instance: ScalingInstance = {
          instanceId: made.instanceId,
          groupId: group.id,
          state: 'Pending',
          health: 'Healthy',
          creationType: 'AutoCreated',
          entrusted: true,
          templateId: group.templateId,
          templateVersion: made.templateVersion,
          zoneId: made.zoneId,
          vSwitchId: attempt.vSwitchId,
          ip: made.ip,
          createdAt: new Date(),
          activityId: activity.id,
          inServiceAt: undefined,
        };
        essOf(cloud).instances.set(instance.instanceId, instance);
        activity.created.push(instance.instanceId);
        launched.push(instance);
        failures.length = 0;
        break;
      } catch (error) {
        failures.push(error);
        if (!isShortage(error)) break;
      }
    }
    const [first] = failures;
    if (first !== undefined) {
      noteFailure(activity, first);
      // The rest would be refused for the same reason.
      break;
    }
  }
  return launched;
}

/** Refusals that another zone or instance type may not share. */
function isShortage(error: unknown): boolean {
  return (
    error instanceof ApiError && /NoStock|NotSupported|Zone\.|NotEnough|PrivateIpAddress/.test(error.code)
  );
}

/** Brings one instance into service; false when it did not make it. */
async function admit(
  cloud: Cloud,
  group: ScalingGroup,
  activity: Activity,
  instance: ScalingInstance,
  ignoreHooks: boolean,
): Promise<boolean> {
  if (!(await isRunning(cloud, instance))) {
    noteFailure(activity, new Error(`The instance ${instance.instanceId} did not start.`), [
      instance.instanceId,
    ]);
    await discard(cloud, instance);
    return false;
  }
  if (!ignoreHooks && hasHooks(cloud, group.id, 'SCALE_OUT')) {
    instance.state = 'Pending:Wait';
    const result = await waitForHooks(cloud, group, 'SCALE_OUT', activity, instance.instanceId);
    if (result === 'ABANDON') {
      noteFailure(activity, new Error('The lifecycle hook abandoned the instance.'), [instance.instanceId]);
      await discard(cloud, instance);
      return false;
    }
    instance.state = 'Pending';
  }
  try {
    await registerAll(cloud, group, instance.instanceId);
  } catch (error) {
    noteFailure(activity, error, [instance.instanceId]);
    await discard(cloud, instance);
    return false;
  }
  if (instance.state === 'Pending') instance.state = 'InService';
  instance.inServiceAt = Date.now();
  return true;
}

async function isRunning(cloud: Cloud, instance: ScalingInstance): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < BOOT_LIMIT_MS; waitedMs += LOOK_MS) {
    const status = machine(cloud, instance.instanceId)?.status;
    if (status === 'Running') return true;
    if (status === undefined) return false;
    await cloud.clock.sleep(LOOK_MS);
  }
  return false;
}

async function discard(cloud: Cloud, instance: ScalingInstance): Promise<void> {
  instance.state = 'Removing';
  const group = essOf(cloud).groups.get(instance.groupId);
  if (group) await deregisterAll(cloud, group, instance.instanceId);
  await terminate(cloud, instance.instanceId);
  essOf(cloud).instances.delete(instance.instanceId);
}

/** Puts an instance into every server group of its scaling group. */
async function registerAll(cloud: Cloud, group: ScalingGroup, instanceId: string): Promise<void> {
  await Promise.all(
    group.serverGroups.map((attached) =>
      register(cloud, attached.id, {
        instanceId,
        port: attached.port,
        weight: attached.weight,
        scalingGroupId: group.id,
      }),
    ),
  );
}

/** Takes an instance out of every server group of its scaling group. */
export async function deregisterAll(cloud: Cloud, group: ScalingGroup, instanceId: string): Promise<void> {
  await Promise.all(group.serverGroups.map((attached) => deregister(cloud, attached.id, instanceId)));
}

/** An activity that only names instances somebody else brought: AttachInstances. */
export function startAttach(
  cloud: Cloud,
  group: ScalingGroup,
  instanceIds: readonly string[],
  entrusted: boolean,
  reason: Reason,
): Activity {
  const activity = openActivity(cloud, group, reason, {
    description: `Attach "${instanceIds.length}" ECS instance(s)`,
    wanted: instanceIds.length,
  });
  const attached = instanceIds.flatMap((instanceId): ScalingInstance[] => {
    const found = machine(cloud, instanceId);
    if (found === undefined) return [];
    const instance: ScalingInstance = {
      instanceId,
      groupId: group.id,
      state: 'Pending',
      health: 'Healthy',
      creationType: 'Attached',
      entrusted,
      templateId: '',
      templateVersion: '',
      zoneId: found.zoneId,
      vSwitchId: found.vSwitchId,
      ip: found.ip,
      createdAt: new Date(),
      activityId: activity.id,
      inServiceAt: undefined,
    };
    essOf(cloud).instances.set(instanceId, instance);
    return [instance];
  });
  void Promise.all(
    attached.map((instance) => admit(cloud, group, activity, instance, reason.ignoreHooks ?? false)),
  ).then((outcomes) => closeActivity(cloud, activity, outcomes.filter(Boolean).length));
  return activity;
}
